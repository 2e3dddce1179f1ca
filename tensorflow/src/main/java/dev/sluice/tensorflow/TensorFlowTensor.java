package dev.sluice.tensorflow;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A tensor in memory that TensorFlow allocated and counts.
 *
 * <p>Closing drops our reference only: an output may share the memory, a variable may have kept it,
 * and then TensorFlow frees it when they are done. That is why no memory is ever handed to
 * TensorFlow from outside and none is pooled.
 */
final class TensorFlowTensor implements Tensor {

  private final MemorySegment pointer;
  private final DataType dataType;
  private final Shape shape;
  private final @Nullable MemorySegment data;
  private final AtomicBoolean closed = new AtomicBoolean();

  private TensorFlowTensor(
      MemorySegment pointer, DataType dataType, Shape shape, @Nullable MemorySegment data) {
    this.pointer = pointer;
    this.dataType = dataType;
    this.shape = shape;
    this.data = data;
  }

  /** New memory for a type whose elements have a fixed size; its content is undefined. */
  static TensorFlowTensor allocate(DataType dataType, Shape shape) {
    if (!dataType.hasFixedSize()) {
      throw StatusException.invalidArgument(
          "cannot allocate a tensor of type %s: its elements have no fixed size", dataType.label());
    }
    long bytes = byteSize(shape, dataType.elementSize());
    MemorySegment pointer;
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment dims = scratch.allocateFrom(ValueLayout.JAVA_LONG, shape.dimensions());
      pointer = CApi.allocateTensor(dataType.number(), dims, shape.rank(), bytes);
    }
    NativeObjects.opened(NativeObjects.Kind.TENSOR);
    // Where there is no memory TensorFlow returns a tensor all the same, without data.
    MemorySegment data = CApi.tensorData(pointer);
    if (bytes > 0 && data.address() == 0) {
      delete(pointer);
      throw StatusException.resourceExhausted(
          "no memory for a tensor of type %s and shape %s (%d bytes)",
          dataType.label(), shape, bytes);
    }
    return new TensorFlowTensor(pointer, dataType, shape, data.reinterpret(bytes));
  }

  static long byteSize(Shape shape, long cell) {
    try {
      return Math.multiplyExact(shape.elementCount(), cell);
    } catch (ArithmeticException overflow) {
      throw StatusException.resourceExhausted(
          "a tensor of shape %s with %d bytes per element has more than 2^63-1 bytes", shape, cell);
    }
  }

  /** Takes over a pointer that TensorFlow made. */
  static TensorFlowTensor adopt(MemorySegment pointer) {
    NativeObjects.opened(NativeObjects.Kind.TENSOR);
    DataType dataType = DataType.ofNumber(CApi.tensorType(pointer));
    if (dataType == null) {
      int number = CApi.tensorType(pointer);
      delete(pointer);
      throw StatusException.unimplemented(
          "the model returned a tensor of TensorFlow type %d, which Sluice does not know", number);
    }
    Shape shape = Shape.of(CApi.tensorDimensions(pointer));
    boolean readable = dataType.hasFixedSize() || dataType == DataType.STRING;
    MemorySegment data =
        readable ? CApi.tensorData(pointer).reinterpret(CApi.tensorBytes(pointer)) : null;
    return new TensorFlowTensor(pointer, dataType, shape, data);
  }

  /** Deletes a pointer that TensorFlow made and nobody wants. */
  static void discard(MemorySegment pointer) {
    NativeObjects.opened(NativeObjects.Kind.TENSOR);
    delete(pointer);
  }

  private static void delete(MemorySegment pointer) {
    CApi.deleteTensor(pointer);
    NativeObjects.closed(NativeObjects.Kind.TENSOR);
  }

  /** What a run is fed with. */
  MemorySegment pointer() {
    checkOpen();
    return pointer;
  }

  /** The raw memory, string cells included. */
  MemorySegment cells() {
    checkOpen();
    if (data == null) {
      throw new IllegalStateException("elements of type " + dataType.label() + " cannot be read");
    }
    return data;
  }

  private void checkOpen() {
    if (closed.get()) {
      throw new IllegalStateException("tensor is closed");
    }
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
    if (!dataType.hasFixedSize()) {
      throw new IllegalStateException("a tensor of " + dataType.label() + " has no flat data");
    }
    return cells();
  }

  @Override
  public byte[] string(long index) {
    if (dataType != DataType.STRING) {
      throw new IllegalStateException("a tensor of " + dataType.label() + " holds no strings");
    }
    return CApi.stringBytes(cells().asSlice(index * CApi.STRING_SIZE, CApi.STRING_SIZE));
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      delete(pointer);
    }
  }

  @Override
  public String toString() {
    return dataType.label() + shape;
  }
}
