package dev.sluice.bench;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.function.DoubleFunction;

/**
 * The request bodies that are measured: what Python's {@code json.dumps} makes of random numbers
 * from 0 up to 1, in row format. Always the same bytes.
 */
final class JsonBodies {

  static final int[] IMAGE = {1, 224, 224, 3};
  static final int[] ROW = {1, 13};

  private static final int ROW_BODIES = 256;

  // Of each column of the data: the largest value, and how many decimals it is given with.
  private static final double[] LARGEST = {9, 100, 28, 1, 0.9, 9, 100, 12, 24, 711, 22, 397, 38};
  private static final int[] DECIMALS = {5, 1, 2, 0, 3, 3, 1, 4, 0, 0, 1, 2, 2};

  private JsonBodies() {}

  /** A 224 x 224 picture of doubles as they are: 16 to 19 digits a number. */
  static byte[] longImage() {
    return body(IMAGE, JsonBodies::python);
  }

  /** The same picture with its numbers rounded to 6 digits. */
  static byte[] shortImage() {
    return body(IMAGE, value -> python(Math.round(value * 1e6) / 1e6));
  }

  /**
   * Rows of 13 numbers that look like those of the Boston housing data, each a body of its own.
   * There are many, so that a CPU can't learn by heart how long each number is.
   */
  static byte[][] rows() {
    SplittableRandom random = new SplittableRandom(506);
    byte[][] rows = new byte[ROW_BODIES][];
    for (int i = 0; i < rows.length; i++) {
      StringBuilder row = new StringBuilder("{\"instances\": [[");
      for (int j = 0; j < LARGEST.length; j++) {
        double scale = Math.pow(10, DECIMALS[j]);
        double value = Math.round(random.nextDouble() * LARGEST[j] * scale) / scale;
        row.append(j == 0 ? "" : ", ").append(python(value));
      }
      rows[i] = row.append("]]}").toString().getBytes(StandardCharsets.US_ASCII);
    }
    return rows;
  }

  /** How Python prints a double, but never with an exponent. */
  private static String python(double value) {
    return new BigDecimal(Double.toString(value)).toPlainString();
  }

  private static byte[] body(int[] sizes, DoubleFunction<String> text) {
    SplittableRandom random = new SplittableRandom(224);
    StringBuilder out = new StringBuilder("{\"instances\": ");
    nested(out, sizes, 0, () -> text.apply(random.nextDouble()));
    return out.append('}').toString().getBytes(StandardCharsets.US_ASCII);
  }

  private interface Numbers {
    String next();
  }

  private static void nested(StringBuilder out, int[] sizes, int level, Numbers numbers) {
    if (level == sizes.length) {
      out.append(numbers.next());
      return;
    }
    out.append('[');
    for (int i = 0; i < sizes[level]; i++) {
      out.append(i == 0 ? "" : ", ");
      nested(out, sizes, level + 1, numbers);
    }
    out.append(']');
  }

  /** How many elements a shape has. */
  static int elements(int[] sizes) {
    int elements = 1;
    for (int size : sizes) {
      elements *= size;
    }
    return elements;
  }
}
