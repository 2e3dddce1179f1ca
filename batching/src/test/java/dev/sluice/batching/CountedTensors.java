package dev.sluice.batching;

import dev.sluice.model.ArenaTensors;
import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.status.StatusException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Tensors with real memory, of which it is known how many are open. Thread-safe. */
final class CountedTensors implements TensorAllocator {

  private final ArenaTensors memory = new ArenaTensors();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger closedTwice = new AtomicInteger();
  private final AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);

  /** There will be memory for so many tensors, then a failure, then memory again. */
  void failAfter(int count) {
    left.set(count);
  }

  int open() {
    return open.get();
  }

  int closedTwice() {
    return closedTwice.get();
  }

  @Override
  public Tensor allocate(DataType dataType, Shape shape) {
    if (left.get() != Integer.MAX_VALUE && left.getAndDecrement() == 0) {
      left.set(Integer.MAX_VALUE);
      throw StatusException.resourceExhausted("no memory");
    }
    return new Counted(memory.allocate(dataType, shape));
  }

  private final class Counted implements Tensor {
    private final Tensor tensor;
    private final AtomicBoolean closed = new AtomicBoolean();

    Counted(Tensor tensor) {
      this.tensor = tensor;
      open.incrementAndGet();
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
      if (closed.compareAndSet(false, true)) {
        open.decrementAndGet();
        tensor.close();
      } else {
        closedTwice.incrementAndGet();
      }
    }
  }
}
