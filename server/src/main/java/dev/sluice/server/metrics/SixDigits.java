package dev.sluice.server.metrics;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Numbers with six significant digits, as C++ streams and C's {@code %g} print them. */
final class SixDigits {

  private static final int DIGITS = 6;
  private static final MathContext ROUNDING = new MathContext(DIGITS, RoundingMode.HALF_EVEN);

  /** Below ten to this power the form has an exponent. */
  private static final int SMALLEST_PLAIN = -4;

  private SixDigits() {}

  /** {@code 222}, {@code 0.5}, {@code 1.27482e+06}. */
  static String of(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return "0";
    }
    BigDecimal rounded = new BigDecimal(value).round(ROUNDING).stripTrailingZeros();
    int exponent = rounded.precision() - rounded.scale() - 1;
    if (exponent >= SMALLEST_PLAIN && exponent < DIGITS) {
      return rounded.toPlainString();
    }
    String digits = rounded.unscaledValue().abs().toString();
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    String power = (exponent < 0 ? "-" : "+") + twoDigits(Math.abs(exponent));
    return (value < 0 ? "-" : "") + mantissa + "e" + power;
  }

  private static String twoDigits(int number) {
    return number < 10 ? "0" + number : Integer.toString(number);
  }
}
