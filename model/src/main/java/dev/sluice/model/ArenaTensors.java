package dev.sluice.model;

import dev.sluice.status.StatusException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An allocator without an engine: memory that the garbage collector gives back. For clients and
 * tests; a server decodes into its engine's own memory, since collected memory comes back late.
 */
public final class ArenaTensors implements TensorAllocator {

  private static final long ALIGNMENT = 64;

  @Override
  public Tensor allocate(DataType dataType, Shape shape) {
    if (!dataType.hasFixedSize()) {
      throw StatusException.invalidArgument(
          "cannot allocate a tensor of type %s: its elements have no fixed size", dataType.label());
    }
    long bytes = Math.multiplyExact(shape.elementCount(), dataType.elementSize());
    return new ArenaTensor(dataType, shape, Arena.ofAuto().allocate(bytes, ALIGNMENT));
  }

  private static final class ArenaTensor implements Tensor {

    private final DataType dataType;
    private final Shape shape;
    private final MemorySegment data;
    private volatile boolean closed;

    ArenaTensor(DataType dataType, Shape shape, MemorySegment data) {
      this.dataType = dataType;
      this.shape = shape;
      this.data = data;
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
      if (closed) {
        throw new IllegalStateException("tensor is closed");
      }
      return data;
    }

    @Override
    public byte[] string(long index) {
      throw new IllegalStateException("a tensor of " + dataType.label() + " holds no strings");
    }

    @Override
    public void close() {
      closed = true;
    }

    @Override
    public String toString() {
      return dataType.label() + shape;
    }
  }
}
