package dev.sluice.testkit;

import dev.sluice.model.ArenaTensors;
import dev.sluice.model.TensorAllocator;

class ArenaTensorsTest extends TensorAllocatorContract {

  @Override
  protected TensorAllocator allocator() {
    return new ArenaTensors();
  }
}
