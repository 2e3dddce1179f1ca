package dev.sluice.batching;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts opens and closes in its model. */
final class FakeTensor implements Tensor {

  private final AtomicInteger open;
  private final AtomicInteger closedTwice;
  private final AtomicBoolean closed = new AtomicBoolean();

  FakeTensor(AtomicInteger open, AtomicInteger closedTwice) {
    this.open = open;
    this.closedTwice = closedTwice;
    open.incrementAndGet();
  }

  boolean isClosed() {
    return closed.get();
  }

  @Override
  public DataType dataType() {
    return DataType.FLOAT;
  }

  @Override
  public Shape shape() {
    return Shape.scalar();
  }

  @Override
  public MemorySegment data() {
    throw new IllegalStateException("a fake holds nothing");
  }

  @Override
  public byte[] string(long index) {
    throw new IllegalStateException("a fake holds nothing");
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      open.decrementAndGet();
    } else {
      closedTwice.incrementAndGet();
    }
  }
}
