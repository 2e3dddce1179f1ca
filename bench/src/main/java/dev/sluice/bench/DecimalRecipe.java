package dev.sluice.bench;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/**
 * Floats as TensorFlow Serving prints them, by the plain recipe: the exact decimal value, rounded
 * to six digits and, where these do not read back, to nine.
 */
final class DecimalRecipe {

  private static final MathContext SIX = new MathContext(6, RoundingMode.HALF_EVEN);
  private static final MathContext NINE = new MathContext(9, RoundingMode.HALF_EVEN);

  private DecimalRecipe() {}

  /** Rows of numbers as an answer to predict, byte by byte what Sluice answers. */
  static byte[] write(float[] values, int columns) {
    StringBuilder out = new StringBuilder(64 + values.length * 12);
    out.append("{\n    \"predictions\": [");
    for (int row = 0; row < values.length; row += columns) {
      out.append(row == 0 ? "[" : ", [");
      for (int i = row; i < row + columns; i++) {
        out.append(i == row ? "" : ", ").append(text(values[i]));
      }
      out.append(']');
    }
    return out.append("\n    ]\n}").toString().getBytes(StandardCharsets.US_ASCII);
  }

  static String text(float value) {
    if (Float.isNaN(value) || Float.isInfinite(value) || value == 0) {
      return Float.toString(value);
    }
    BigDecimal exact = new BigDecimal(value);
    String six = layOut(exact.round(SIX), 6);
    String text = Float.parseFloat(six) == value ? six : layOut(exact.round(NINE), 9);
    return text.indexOf('.') < 0 && text.indexOf('e') < 0 ? text + ".0" : text;
  }

  private static String layOut(BigDecimal rounded, int precision) {
    int exponent = rounded.precision() - rounded.scale() - 1;
    BigDecimal stripped = rounded.stripTrailingZeros();
    if (exponent >= -4 && exponent < precision) {
      return stripped.toPlainString();
    }
    String digits = stripped.unscaledValue().abs().toString();
    String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
    int size = Math.abs(exponent);
    return (stripped.signum() < 0 ? "-" : "")
        + digits.charAt(0)
        + fraction
        + (exponent < 0 ? "e-" : "e+")
        + (size < 10 ? "0" : "")
        + size;
  }
}
