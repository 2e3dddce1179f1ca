package dev.sluice.model;

import java.lang.foreign.MemorySegment;

/**
 * A {@link DataType#STRING} tensor: its elements live on the heap, so there is nothing to give
 * back; an engine copies them into its own strings when it runs.
 */
public final class StringTensor implements Tensor {

  private final Shape shape;
  private final byte[][] elements;
  private volatile boolean closed;

  /**
   * Takes over the array.
   *
   * @throws IllegalArgumentException if the number of elements is not that of the shape
   */
  public StringTensor(Shape shape, byte[][] elements) {
    if (shape.elementCount() != elements.length) {
      throw new IllegalArgumentException(
          elements.length + " strings for shape " + shape + ", expected " + shape.elementCount());
    }
    this.shape = shape;
    this.elements = elements;
  }

  @Override
  public DataType dataType() {
    return DataType.STRING;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public MemorySegment data() {
    throw new IllegalStateException("a string tensor has no flat data");
  }

  @Override
  public byte[] string(long index) {
    if (closed) {
      throw new IllegalStateException("tensor is closed");
    }
    return elements[Math.toIntExact(index)];
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public String toString() {
    return "string" + shape;
  }
}
