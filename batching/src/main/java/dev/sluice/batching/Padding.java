package dev.sluice.batching;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.status.StatusException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Makes tensors longer at the ends of all dimensions but the first. What is added are copies of the
 * tensor's own first element, as TensorFlow Serving has it, and not zeros.
 */
final class Padding {

  private static final int LARGEST_RANK = 6;

  private Padding() {}

  /** Copies elements that lie next to each other; places and counts are in elements. */
  private interface Copy {
    void elements(long from, long to, long count);
  }

  /** The largest size of each dimension, of shapes of the same rank. */
  static long[] largest(List<Shape> shapes) {
    long[] sizes = shapes.get(0).dimensions();
    for (Shape shape : shapes) {
      for (int i = 0; i < sizes.length; i++) {
        sizes[i] = Math.max(sizes[i], shape.dimension(i));
      }
    }
    return sizes;
  }

  /**
   * The tensor with other sizes, its number of rows kept.
   *
   * @param sizes at least its own, but the first of them, which does not count
   * @return the tensor itself where nothing is to be added, else one that the caller closes
   * @throws StatusException INVALID_ARGUMENT with TensorFlow Serving's text for a tensor that can't
   *     be padded
   */
  static Tensor pad(TensorAllocator tensors, Tensor tensor, long[] sizes) {
    Shape from = tensor.shape();
    DataType type = tensor.dataType();
    if (!type.hasFixedSize() && type != DataType.STRING) {
      throw StatusException.invalidArgument("Unsupported type");
    }
    if (from.rank() < 1 || from.rank() > LARGEST_RANK) {
      throw StatusException.invalidArgument(
          "Only tensors with rank from 1 to %d can be padded.", LARGEST_RANK);
    }
    long[] padded = sizes.clone();
    padded[0] = from.dimension(0);
    Shape to = Shape.of(padded);
    if (to.equals(from)) {
      return tensor;
    }
    if (from.elementCount() == 0) {
      throw StatusException.invalidArgument("Got empty tensor in batch of non-empty tensors.");
    }
    return type == DataType.STRING ? padStrings(tensor, to) : padBytes(tensors, tensor, to);
  }

  private static Tensor padStrings(Tensor tensor, Shape to) {
    byte[][] elements = new byte[Math.toIntExact(to.elementCount())][];
    Arrays.fill(elements, tensor.string(0));
    copy(
        tensor.shape(),
        to,
        (source, target, count) -> {
          for (long i = 0; i < count; i++) {
            elements[Math.toIntExact(target + i)] = tensor.string(source + i);
          }
        });
    return new StringTensor(to, elements);
  }

  private static Tensor padBytes(TensorAllocator tensors, Tensor tensor, Shape to) {
    Tensor padded = tensors.allocate(tensor.dataType(), to);
    try {
      int size = tensor.dataType().elementSize();
      MemorySegment source = tensor.data();
      MemorySegment target = padded.data();
      fill(target, source.asSlice(0, size));
      copy(
          tensor.shape(),
          to,
          (from, into, count) ->
              MemorySegment.copy(source, from * size, target, into * size, count * size));
      return padded;
    } catch (Throwable failure) {
      padded.close();
      throw failure;
    }
  }

  /** Repeats an element, by copies of what is there already, each twice as long as the last. */
  private static void fill(MemorySegment target, MemorySegment element) {
    long filled = element.byteSize();
    MemorySegment.copy(element, 0, target, 0, filled);
    while (filled < target.byteSize()) {
      long more = Math.min(filled, target.byteSize() - filled);
      MemorySegment.copy(target, 0, target, filled, more);
      filled += more;
    }
  }

  /** Copies the innermost rows of a tensor to their places in a larger one. */
  private static void copy(Shape from, Shape to, Copy copy) {
    int innermost = from.rank() - 1;
    long length = from.dimension(innermost);
    long rows = from.elementCount() / length;
    for (long row = 0; row < rows; row++) {
      copy.elements(row * length, place(row, from, to) * to.dimension(innermost), length);
    }
  }

  /** Which innermost row of the larger tensor the row of the smaller one becomes. */
  private static long place(long row, Shape from, Shape to) {
    long place = 0;
    long stride = 1;
    long rest = row;
    for (int i = from.rank() - 2; i >= 0; i--) {
      place += rest % from.dimension(i) * stride;
      rest /= from.dimension(i);
      stride *= to.dimension(i);
    }
    return place;
  }
}
