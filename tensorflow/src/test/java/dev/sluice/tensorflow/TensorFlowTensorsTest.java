package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.TensorAllocator;
import dev.sluice.testkit.TensorAllocatorContract;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

class TensorFlowTensorsTest extends TensorAllocatorContract {

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
  }

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  @Override
  protected TensorAllocator allocator() {
    return new TensorFlowTensors();
  }
}
