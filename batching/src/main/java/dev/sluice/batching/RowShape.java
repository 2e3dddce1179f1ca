package dev.sluice.batching;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * What a row of a request looks like: types and all dimensions but the first, of every input. Only
 * requests with equal rows may share a run.
 */
final class RowShape {

  /** Per input its type, its rank, and its dimensions after the first. */
  private final long[] content;

  private final int hash;

  /**
   * @param inputs for which {@link #rows} found some
   */
  RowShape(List<Tensor> inputs) {
    int length = 0;
    for (Tensor input : inputs) {
      length += 1 + input.shape().rank();
    }
    content = new long[length];
    int next = 0;
    for (Tensor input : inputs) {
      Shape shape = input.shape();
      content[next++] = input.dataType().number();
      content[next++] = shape.rank();
      for (int i = 1; i < shape.rank(); i++) {
        content[next++] = shape.dimension(i);
      }
    }
    hash = Arrays.hashCode(content);
  }

  /** Whether a request's rows are of this shape, without making an object. */
  boolean fits(List<Tensor> inputs) {
    int next = 0;
    for (int i = 0; i < inputs.size(); i++) {
      Shape shape = inputs.get(i).shape();
      if (next + 1 + shape.rank() > content.length
          || content[next] != inputs.get(i).dataType().number()
          || content[next + 1] != shape.rank()) {
        return false;
      }
      next += 2;
      for (int d = 1; d < shape.rank(); d++) {
        if (content[next++] != shape.dimension(d)) {
          return false;
        }
      }
    }
    return next == content.length;
  }

  /** Whether two requests have rows of the same shape, without making an object. */
  static boolean alike(List<Tensor> one, List<Tensor> other) {
    if (one.size() != other.size()) {
      return false;
    }
    for (int i = 0; i < one.size(); i++) {
      if (one.get(i).dataType() != other.get(i).dataType()
          || !rowsAlike(one.get(i).shape(), other.get(i).shape())) {
        return false;
      }
    }
    return true;
  }

  private static boolean rowsAlike(Shape one, Shape other) {
    if (one.rank() != other.rank()) {
      return false;
    }
    for (int i = 1; i < one.rank(); i++) {
      if (one.dimension(i) != other.dimension(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * How many rows a request has; 0 if it has none that could be put together with another's: a
   * scalar, inputs of unequal length, a type without readable elements, no input, no row.
   */
  static long rows(List<Tensor> inputs) {
    long rows = 0;
    for (int i = 0; i < inputs.size(); i++) {
      Tensor input = inputs.get(i);
      Shape shape = input.shape();
      if (shape.rank() == 0 || (i > 0 && shape.dimension(0) != rows) || !joins(input.dataType())) {
        return 0;
      }
      rows = shape.dimension(0);
    }
    return rows;
  }

  private static boolean joins(DataType type) {
    return type.hasFixedSize() || type == DataType.STRING;
  }

  /** How many elements all inputs have together, at least 1. */
  static long elements(List<Tensor> inputs) {
    long elements = 0;
    for (int i = 0; i < inputs.size(); i++) {
      elements += inputs.get(i).shape().elementCount();
    }
    return Math.max(1, elements);
  }

  /** How much memory the inputs hold, roughly. */
  static long bytes(List<Tensor> inputs) {
    long bytes = 0;
    for (int i = 0; i < inputs.size(); i++) {
      Tensor input = inputs.get(i);
      bytes +=
          input.dataType() == DataType.STRING
              ? stringBytes(input)
              : input.shape().elementCount() * input.dataType().elementSize();
    }
    return bytes;
  }

  private static long stringBytes(Tensor input) {
    long bytes = 0;
    long count = input.shape().elementCount();
    for (long i = 0; i < count; i++) {
      bytes += input.string(i).length + 16L;
    }
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RowShape shape && Arrays.equals(content, shape.content);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
