package dev.sluice.bench;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A tensor whose memory is handed out again and again, so that a measurement is of the codec and
 * not of the memory it writes to. Its rivals reuse their arrays likewise.
 */
final class ReusedTensor implements Tensor, TensorAllocator {

  private final DataType dataType;
  private final Shape shape;
  private final MemorySegment data;

  ReusedTensor(DataType dataType, Shape shape) {
    this.dataType = dataType;
    this.shape = shape;
    this.data = Arena.global().allocate(shape.elementCount() * dataType.elementSize(), 64);
  }

  @Override
  public Tensor allocate(DataType type, Shape wanted) {
    if (type != dataType || !wanted.equals(shape)) {
      throw new IllegalArgumentException(type + " " + wanted + ", expected " + shape);
    }
    return this;
  }

  @Override
  public DataType dataType() {
    return dataType;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public MemorySegment data() {
    return data;
  }

  @Override
  public byte[] string(long index) {
    throw new IllegalStateException("no strings");
  }

  @Override
  public void close() {
    // Reused.
  }
}
