package dev.sluice.model;

import java.util.Arrays;

/**
 * The dimensions of a tensor, outermost first; rank 0 is a scalar. All sizes are known and not
 * negative. Immutable.
 */
public final class Shape {

  /** The largest rank that TensorFlow represents. */
  public static final int MAX_RANK = 254;

  private static final Shape SCALAR = new Shape(new long[0], 1);

  private final long[] dimensions;
  private final long elementCount;

  private Shape(long[] dimensions, long elementCount) {
    this.dimensions = dimensions;
    this.elementCount = elementCount;
  }

  /** The shape of a scalar. */
  public static Shape scalar() {
    return SCALAR;
  }

  /**
   * A shape with these sizes.
   *
   * @throws IllegalArgumentException for a negative size, a rank above {@link #MAX_RANK}, or a
   *     product that does not fit 64 bits
   */
  public static Shape of(long... dimensions) {
    if (dimensions.length == 0) {
      return SCALAR;
    }
    if (dimensions.length > MAX_RANK) {
      throw new IllegalArgumentException(
          "rank " + dimensions.length + ", expected at most " + MAX_RANK);
    }
    return new Shape(dimensions.clone(), product(dimensions));
  }

  private static long product(long[] dimensions) {
    long count = 1;
    boolean empty = false;
    for (long size : dimensions) {
      if (size < 0) {
        throw new IllegalArgumentException(
            "negative dimension in shape " + Arrays.toString(dimensions));
      }
      empty |= size == 0;
      // Sizes next to a zero are checked as well: TensorFlow refuses [2^62, 4, 0] too.
      if (size > 0) {
        try {
          count = Math.multiplyExact(count, size);
        } catch (ArithmeticException overflow) {
          throw new IllegalArgumentException(
              "more than 2^63-1 elements in shape " + Arrays.toString(dimensions), overflow);
        }
      }
    }
    return empty ? 0 : count;
  }

  /** How many dimensions there are. */
  public int rank() {
    return dimensions.length;
  }

  /** The size of one dimension, counted from 0 at the outermost. */
  public long dimension(int index) {
    return dimensions[index];
  }

  /** All sizes, outermost first; a copy. */
  public long[] dimensions() {
    return dimensions.clone();
  }

  /** The product of all sizes; 1 for a scalar, 0 if any size is 0. */
  public long elementCount() {
    return elementCount;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dimensions, shape.dimensions);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dimensions);
  }

  /** {@code [2,3]}; a scalar is {@code []}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < dimensions.length; i++) {
      text.append(i == 0 ? "" : ",").append(dimensions[i]);
    }
    return text.append(']').toString();
  }
}
