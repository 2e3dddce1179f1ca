package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sluice.model.DataType;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorSpec;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether two runs gave the same: a signature as loaded and frozen, or rows alone and together.
 *
 * <p>Floats may differ by rounding, since TensorFlow may compute in another order: by {@link
 * #ROUNDINGS} times the last place of the largest number of the tensor. That is far less than what
 * a wrong weight or a wrong edge of the graph makes. All else has to be equal.
 */
final class Agreement {

  /** How many roundings may lie between one way to compute and the other. */
  static final int ROUNDINGS = 256;

  private Agreement() {}

  /**
   * Compares outputs, in the order of their specs.
   *
   * @return what differs, as a clause; null if nothing does
   */
  static @Nullable String difference(
      List<TensorSpec> specs, List<Tensor> expected, List<Tensor> actual) {
    for (int i = 0; i < specs.size(); i++) {
      String difference = difference(expected.get(i), actual.get(i));
      if (difference != null) {
        return "output %s differs: %s".formatted(specs.get(i).name(), difference);
      }
    }
    return null;
  }

  /** Compares two tensors. */
  static @Nullable String difference(Tensor expected, Tensor actual) {
    if (expected.dataType() != actual.dataType() || !expected.shape().equals(actual.shape())) {
      return "%s%s and %s%s"
          .formatted(
              expected.dataType().label(),
              expected.shape(),
              actual.dataType().label(),
              actual.shape());
    }
    DataType type = expected.dataType();
    if (type == DataType.STRING) {
      return strings(expected, actual);
    }
    if (!type.hasFixedSize()) {
      return "a value of type %s can't be compared".formatted(type.label());
    }
    return expected.data().mismatch(actual.data()) < 0 ? null : numbers(expected, actual);
  }

  private static @Nullable String strings(Tensor expected, Tensor actual) {
    for (long i = 0; i < expected.shape().elementCount(); i++) {
      if (!Arrays.equals(expected.string(i), actual.string(i))) {
        return "element " + i;
      }
    }
    return null;
  }

  private static @Nullable String numbers(Tensor expected, Tensor actual) {
    double unit = lastPlace(expected.dataType());
    if (unit == 0) {
      return "element "
          + expected.data().mismatch(actual.data()) / expected.dataType().elementSize();
    }
    long count = expected.shape().elementCount();
    double largest = 0;
    for (long i = 0; i < count; i++) {
      double size = Math.abs(number(expected, i));
      largest = Double.isFinite(size) ? Math.max(largest, size) : largest;
    }
    for (long i = 0; i < count; i++) {
      double wanted = number(expected, i);
      double got = number(actual, i);
      boolean same = Double.compare(wanted, got) == 0 || wanted == got;
      if (!same && !(Math.abs(wanted - got) <= ROUNDINGS * unit * largest)) {
        return "element %d is %s and %s".formatted(i, wanted, got);
      }
    }
    return null;
  }

  /** The distance from 1 to the next number; 0 for types that are not rounded. */
  private static double lastPlace(DataType type) {
    return switch (type) {
      case FLOAT -> 0x1p-23;
      case DOUBLE -> 0x1p-52;
      case HALF -> 0x1p-10;
      case BFLOAT16 -> 0x1p-7;
      default -> 0;
    };
  }

  private static double number(Tensor tensor, long index) {
    return switch (tensor.dataType()) {
      case FLOAT -> tensor.data().getAtIndex(JAVA_FLOAT, index);
      case DOUBLE -> tensor.data().getAtIndex(JAVA_DOUBLE, index);
      case HALF -> Float.float16ToFloat(tensor.data().getAtIndex(JAVA_SHORT, index));
      default -> Float.intBitsToFloat(tensor.data().getAtIndex(JAVA_SHORT, index) << 16);
    };
  }
}
