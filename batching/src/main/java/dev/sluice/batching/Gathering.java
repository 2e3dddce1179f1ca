package dev.sluice.batching;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts the rows of several requests one below the other, and takes rows out of one. Rows lie along
 * the first axis; row-major memory makes each of them one stretch of bytes, so that is one copy per
 * tensor. What comes out is new tensors that the caller closes, and never a view of what went in:
 * an engine may keep the memory that it is fed.
 */
final class Gathering {

  private Gathering() {}

  /**
   * Joins tensors along their first axis, position by position. A tensor that stands at several
   * positions of every part is joined once, and its result stands at all of them.
   *
   * @param parts at least one list of tensors per request, all of the same length; at each position
   *     types and all dimensions but the first are equal, and the rank is at least 1
   * @throws dev.sluice.status.StatusException RESOURCE_EXHAUSTED if there is no memory
   */
  static List<Tensor> join(TensorAllocator tensors, List<List<Tensor>> parts) {
    int positions = parts.get(0).size();
    List<Tensor> joined = new ArrayList<>(positions);
    try {
      for (int i = 0; i < positions; i++) {
        boolean again = i > 0 && sameEverywhere(parts, i);
        joined.add(again ? joined.get(i - 1) : joinAt(tensors, parts, i));
      }
      return joined;
    } catch (Throwable failure) {
      close(joined);
      throw failure;
    }
  }

  /** Examples are one tensor that is fed to several inputs. */
  private static boolean sameEverywhere(List<List<Tensor>> parts, int position) {
    for (List<Tensor> part : parts) {
      if (!same(part.get(position), part.get(position - 1))) {
        return false;
      }
    }
    return true;
  }

  @SuppressWarnings("ReferenceEquality") // the very tensor is meant, not one like it
  private static boolean same(Object one, Object other) {
    return one == other;
  }

  private static Tensor joinAt(TensorAllocator tensors, List<List<Tensor>> parts, int position) {
    long rows = 0;
    for (List<Tensor> part : parts) {
      rows += part.get(position).shape().dimension(0);
    }
    Tensor first = parts.get(0).get(position);
    Shape shape = withRows(first.shape(), rows);
    return first.dataType() == DataType.STRING
        ? joinStrings(shape, parts, position)
        : joinBytes(tensors.allocate(first.dataType(), shape), parts, position);
  }

  private static Tensor joinStrings(Shape shape, List<List<Tensor>> parts, int position) {
    byte[][] elements = new byte[Math.toIntExact(shape.elementCount())][];
    int next = 0;
    for (List<Tensor> part : parts) {
      Tensor tensor = part.get(position);
      long count = tensor.shape().elementCount();
      for (long i = 0; i < count; i++) {
        elements[next++] = tensor.string(i);
      }
    }
    return new StringTensor(shape, elements);
  }

  private static Tensor joinBytes(Tensor joined, List<List<Tensor>> parts, int position) {
    try {
      MemorySegment target = joined.data();
      long offset = 0;
      for (List<Tensor> part : parts) {
        MemorySegment source = part.get(position).data();
        MemorySegment.copy(source, 0, target, offset, source.byteSize());
        offset += source.byteSize();
      }
      return joined;
    } catch (Throwable failure) {
      joined.close();
      throw failure;
    }
  }

  /**
   * Copies some rows out of each tensor.
   *
   * @param inputs of rank 1 or more, each with at least {@code from + rows} rows
   */
  static List<Tensor> rows(TensorAllocator tensors, List<Tensor> inputs, long from, long rows) {
    List<Tensor> taken = new ArrayList<>(inputs.size());
    try {
      for (int i = 0; i < inputs.size(); i++) {
        boolean again = i > 0 && same(inputs.get(i), inputs.get(i - 1));
        taken.add(again ? taken.get(i - 1) : rowsOf(tensors, inputs.get(i), from, rows));
      }
      return taken;
    } catch (Throwable failure) {
      close(taken);
      throw failure;
    }
  }

  private static Tensor rowsOf(TensorAllocator tensors, Tensor input, long from, long rows) {
    Shape shape = withRows(input.shape(), rows);
    long perRow = elementsPerRow(input.shape());
    if (input.dataType() == DataType.STRING) {
      byte[][] elements = new byte[Math.toIntExact(shape.elementCount())][];
      for (int i = 0; i < elements.length; i++) {
        elements[i] = input.string(from * perRow + i);
      }
      return new StringTensor(shape, elements);
    }
    Tensor taken = tensors.allocate(input.dataType(), shape);
    try {
      long bytesPerRow = perRow * input.dataType().elementSize();
      MemorySegment.copy(input.data(), from * bytesPerRow, taken.data(), 0, rows * bytesPerRow);
      return taken;
    } catch (Throwable failure) {
      taken.close();
      throw failure;
    }
  }

  /** Closes what {@link #join} or {@link #rows} made, each tensor once. */
  static void close(List<Tensor> tensors) {
    for (int i = 0; i < tensors.size(); i++) {
      if (i == 0 || !same(tensors.get(i), tensors.get(i - 1))) {
        tensors.get(i).close();
      }
    }
  }

  /** The same shape with another number of rows. */
  static Shape withRows(Shape shape, long rows) {
    if (shape.dimension(0) == rows) {
      return shape;
    }
    long[] dimensions = shape.dimensions();
    dimensions[0] = rows;
    return Shape.of(dimensions);
  }

  /** The product of all dimensions but the first. */
  static long elementsPerRow(Shape shape) {
    long rows = shape.dimension(0);
    if (rows > 0) {
      return shape.elementCount() / rows;
    }
    long product = 1;
    for (int i = 1; i < shape.rank(); i++) {
      product *= shape.dimension(i);
    }
    return product;
  }
}
