package dev.sluice.protocol;

/**
 * When a number is too big to be stored: RapidJSON decides it from the digits it has used so far
 * and not from the value, so {@code 1e309} is an error while {@code 9e308} is an infinity.
 */
final class NumberLimits {

  /** Integers of so many digits are never too big. */
  static final int SAFE_DIGITS = 308;

  private static final double BEFORE_LAST_DIGIT = Double.MAX_VALUE / 10;
  private static final int LARGEST_EXPONENT = 308;
  private static final long MANTISSA_LIMIT = (1L << 53) - 1;
  private static final int SIGNIFICANT_DIGITS = 17;

  private NumberLimits() {}

  /** Checks an integer part of more than {@link #SAFE_DIGITS} digits. */
  static void checkInteger(byte[] bytes, int start, int from, int to) {
    double value = 0;
    for (int at = from; at < to; at++) {
      if (value >= BEFORE_LAST_DIGIT) {
        throw tooBig(start);
      }
      value = value * 10 + (bytes[at] - '0');
    }
  }

  /** Checks a positive exponent, whose digits lie between {@code from} and {@code to}. */
  static void checkExponent(byte[] bytes, int start, int from, int to) {
    int exponent = 0;
    for (int at = from; at < to && exponent < 1_000_000_000 / 10; at++) {
      exponent = exponent * 10 + (bytes[at] - '0');
    }
    if (exponent > LARGEST_EXPONENT
        && exponent > LARGEST_EXPONENT + usedFractionDigits(bytes, start)) {
      throw tooBig(start);
    }
  }

  /**
   * How many digits behind the point become part of the mantissa: as long as that has at most 53
   * bits, and after that up to 17 significant digits in all.
   */
  private static int usedFractionDigits(byte[] bytes, int start) {
    int at = bytes[start] == '-' ? start + 1 : start;
    int integerDigits = 0;
    long mantissa = 0;
    for (; isDigit(bytes[at]); at++) {
      mantissa = integerDigits < 18 ? mantissa * 10 + (bytes[at] - '0') : Long.MAX_VALUE;
      integerDigits++;
    }
    if (bytes[at] != '.') {
      return 0;
    }
    int point = at++;
    int significant = integerDigits - 1;
    for (; isDigit(bytes[at]); at++) {
      if (mantissa > MANTISSA_LIMIT && significant >= SIGNIFICANT_DIGITS) {
        break;
      }
      mantissa = mantissa > MANTISSA_LIMIT ? mantissa : mantissa * 10 + (bytes[at] - '0');
      significant += mantissa != 0 ? 1 : 0;
    }
    return at - point - 1;
  }

  private static boolean isDigit(byte next) {
    return next >= '0' && next <= '9';
  }

  private static RuntimeException tooBig(int start) {
    return JsonScanner.error("Number too big to be stored in double.", start);
  }
}
