package dev.sluice.tensorflow;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A whole number of which the walk knows something: the size of an axis, or an element of a tensor
 * of sizes. Immutable.
 *
 * <p>A known one is a product of a number and symbols. One symbol stands for the rows of the run;
 * every other is a size that is the same in each of the requests that may share a run, such as the
 * length of a series. Of an unknown one it is known at least whether it depends on the rows.
 */
record Size(long factor, List<String> symbols) {

  private static final String NUMBER_OF_ROWS = "rows";

  static final Size ONE = of(1);

  /** How many rows the run has. */
  static final Size ROWS = new Size(1, List.of(NUMBER_OF_ROWS));

  /** A number, perhaps negative, that does not depend on the rows. */
  static final Size FIXED = new Size(1, List.of("a number"));

  /** A number that depends on how many rows there are, nobody knows how. */
  static final Size COUNTED = new Size(1, List.of("a number of rows"));

  static Size of(long number) {
    return new Size(number, List.of());
  }

  /** A size, so not negative, that does not depend on the rows; the same name, the same size. */
  static Size named(String name) {
    return new Size(1, List.of("size " + name));
  }

  boolean isNumber() {
    return symbols.isEmpty();
  }

  boolean is(long number) {
    return isNumber() && factor == number;
  }

  /** False for the unknown ones. */
  boolean isProduct() {
    return !equals(FIXED) && !equals(COUNTED);
  }

  /** Whether it changes with the number of rows. */
  boolean dependsOnRows() {
    return equals(COUNTED) || symbols.contains(NUMBER_OF_ROWS);
  }

  /** True for the number of rows times what does not depend on it, if anything. */
  boolean isOfRows() {
    return isProduct() && symbols.stream().filter(NUMBER_OF_ROWS::equals).count() == 1;
  }

  private static Size unknown(Size a, Size b) {
    return a.dependsOnRows() || b.dependsOnRows() ? COUNTED : FIXED;
  }

  /**
   * @throws ArithmeticException if the factor does not fit 64 bits
   */
  Size times(Size other) {
    if (is(1) || other.is(1)) {
      return is(1) ? other : this;
    }
    if (!isProduct() || !other.isProduct()) {
      return unknown(this, other);
    }
    List<String> all = new ArrayList<>(symbols);
    all.addAll(other.symbols);
    return product(Math.multiplyExact(factor, other.factor), all);
  }

  private static Size product(long factor, List<String> symbols) {
    return factor == 0 ? of(0) : new Size(factor, symbols.stream().sorted().toList());
  }

  Size plus(Size other) {
    if (is(0) || other.is(0)) {
      return is(0) ? other : this;
    }
    return isProduct() && symbols.equals(other.symbols)
        ? product(Math.addExact(factor, other.factor), symbols)
        : unknown(this, other);
  }

  Size minus(Size other) {
    return plus(other.times(of(-1)));
  }

  /** This divided by another one; null unless it is sure that nothing remains. */
  @Nullable Size dividedBy(Size other) {
    if (!isProduct() || !other.isProduct() || other.factor == 0 || factor % other.factor != 0) {
      return null;
    }
    List<String> left = new ArrayList<>(symbols);
    for (String symbol : other.symbols) {
      if (!left.remove(symbol)) {
        return null;
      }
    }
    return product(factor / other.factor, left);
  }

  /** The result of some operation on two of them: computed for numbers, else hardly known. */
  Size with(Size other, LongBinaryOperator operation) {
    return isNumber() && other.isNumber()
        ? of(operation.applyAsLong(factor, other.factor))
        : unknown(this, other);
  }

  static Size product(List<Size> sizes) {
    return sizes.stream().reduce(ONE, Size::times);
  }

  @Override
  public String toString() {
    String text = String.join("·", symbols);
    return isNumber() ? Long.toString(factor) : factor == 1 ? text : factor + "·" + text;
  }
}
