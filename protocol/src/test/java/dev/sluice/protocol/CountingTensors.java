package dev.sluice.protocol;

import dev.sluice.model.ArenaTensors;
import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.status.StatusException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Counts what is allocated and not yet closed, and runs out of memory on demand. */
final class CountingTensors implements TensorAllocator {

  private final ArenaTensors memory = new ArenaTensors();
  private int allocations;
  private int open;
  private long bytes;
  private int failAt = Integer.MAX_VALUE;

  CountingTensors failingAt(int allocation) {
    failAt = allocation;
    return this;
  }

  int open() {
    return open;
  }

  int allocations() {
    return allocations;
  }

  long bytes() {
    return bytes;
  }

  @Override
  public Tensor allocate(DataType dataType, Shape shape) {
    if (allocations++ == failAt) {
      throw StatusException.resourceExhausted("out of memory, on demand");
    }
    Tensor tensor = memory.allocate(dataType, shape);
    MemorySegment data = tensor.data();
    // What a decoder forgets to write has to show.
    data.fill((byte) 0xA5);
    bytes += data.byteSize();
    open++;
    return new Counted(tensor);
  }

  private final class Counted implements Tensor {

    private final Tensor tensor;
    private boolean closed;

    Counted(Tensor tensor) {
      this.tensor = tensor;
    }

    @Override
    public DataType dataType() {
      return tensor.dataType();
    }

    @Override
    public Shape shape() {
      return tensor.shape();
    }

    @Override
    public MemorySegment data() {
      return tensor.data();
    }

    @Override
    public byte[] string(long index) {
      return tensor.string(index);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        open--;
        tensor.close();
      }
    }
  }

  static byte[] bytesOf(Tensor tensor) {
    return tensor.data().toArray(ValueLayout.JAVA_BYTE);
  }
}
