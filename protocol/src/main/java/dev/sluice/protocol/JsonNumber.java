package dev.sluice.protocol;

import java.nio.charset.StandardCharsets;

/**
 * Reads number tokens that a scan has checked. Reused from token to token; not thread-safe.
 *
 * <p>The token is taken apart into digits and a power of ten, and {@link Decimals} makes a float or
 * a double of these. As in {@link NumberSyntax}, whose walk this repeats, the lengths of numbers
 * are left to arithmetic as far as can be, for a CPU can't foretell them.
 */
final class JsonNumber {

  /** Every number of so many digits fits 64 bits. */
  private static final int SAFE_DIGITS = 19;

  private static final long SMALLEST_OF_20 = Long.parseUnsignedLong("10000000000000000000");
  private static final int EXPONENT_LIMIT = 1_000_000_000;

  private final byte[] bytes;
  private int from;
  private int end;
  private boolean negative;
  private long magnitude;

  // Of the finite number last taken apart, whose value is digits * 10^exponent: where the digits
  // end, how many there are behind leading zeros, and the exponent.
  private int digitsEnd;
  private int significant;
  private int exponent;

  JsonNumber(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Behind the last byte of the token last read. */
  int end() {
    return end;
  }

  /** True iff the integer last read has a minus sign. */
  boolean isNegative() {
    return negative;
  }

  /** The integer last read without its sign; unsigned. */
  long magnitude() {
    return magnitude;
  }

  /** Reads a token as an integer; false if it has a fraction or an exponent or exceeds 64 bits. */
  boolean readInteger(int start) {
    begin(start);
    magnitude = digits(0, from);
    int count = end - from;
    if (count == 0 || count > SAFE_DIGITS + 1 || at(end) == '.' || isExponent(end)) {
      return false;
    }
    // Of twenty digits the first can only be 1, and what wraps around stays below this.
    boolean wrapped = bytes[from] != '1' || Long.compareUnsigned(magnitude, SMALLEST_OF_20) < 0;
    if (count > SAFE_DIGITS && wrapped) {
      return false;
    }
    return !negative || Long.compareUnsigned(magnitude, Long.MIN_VALUE) <= 0;
  }

  /** Reads a token as the nearest float. */
  float readFloat(int start) {
    begin(start);
    if (bytes[from] > '9') {
      return (float) nonFinite();
    }
    long digits = takeApart();
    if (isIntegerZero()) {
      return 0;
    }
    float size = Decimals.toFloat(digits, exponent);
    if (significant > SAFE_DIGITS && size != Decimals.toFloat(digits + 1, exponent)) {
      size = Decimals.UNCERTAIN;
    }
    float certain = Float.isNaN(size) ? Float.parseFloat(text()) : size;
    return negative ? -certain : certain;
  }

  /** Reads a token as the nearest double. */
  double readDouble(int start) {
    begin(start);
    if (bytes[from] > '9') {
      return nonFinite();
    }
    long digits = takeApart();
    if (isIntegerZero()) {
      return 0;
    }
    double size = Decimals.toDouble(digits, exponent);
    if (significant > SAFE_DIGITS && size != Decimals.toDouble(digits + 1, exponent)) {
      size = Decimals.UNCERTAIN;
    }
    double certain = Double.isNaN(size) ? Double.parseDouble(text()) : size;
    return negative ? -certain : certain;
  }

  private void begin(int start) {
    negative = bytes[start] == '-';
    from = negative ? start + 1 : start;
  }

  /** An integer zero has no sign. */
  private boolean isIntegerZero() {
    return end == from + 1 && bytes[from] == '0';
  }

  private static int clamped(long exponent) {
    return Math.clamp(exponent, -EXPONENT_LIMIT, EXPONENT_LIMIT);
  }

  /** Finds the end and the exponent; the digits, of more than 19 the first 19. */
  private long takeApart() {
    long digits;
    int point = from + 1;
    // Most often there is one digit before the point.
    if (at(point) == '.') {
      digits = digits(bytes[from] - '0', point + 1);
    } else {
      digits = digits(0, from);
      point = end;
      if (at(point) == '.') {
        digits = digits(digits, point + 1);
      }
    }
    digitsEnd = end;
    // Neither the point nor the zero before it is significant.
    int fraction = end == point ? 0 : end - point - 1;
    significant = point - from + fraction - (bytes[from] == '0' ? 1 : 0);
    exponent = -fraction;
    if (isExponent(end)) {
      exponent = clamped(exponent(end + 1) - fraction);
    }
    return significant <= SAFE_DIGITS ? digits : firstDigits();
  }

  private double nonFinite() {
    if (bytes[from] == 'N') {
      end = from + "NaN".length();
      return Double.NaN;
    }
    end = from + "Inf".length();
    if (at(end) == 'i') {
      end = from + "Infinity".length();
    }
    return negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
  }

  private byte at(int position) {
    return position < bytes.length ? bytes[position] : 0;
  }

  private boolean isExponent(int position) {
    return (at(position) | 0x20) == 'e';
  }

  /**
   * Appends the digits from here on to a number, modulo 2^64, and puts {@link #end} behind them.
   */
  private long digits(long before, int from) {
    long value = before;
    int at = from;
    long eight = EightBytes.at(bytes, at);
    int count = EightBytes.leadingDigits(eight);
    while (count == Long.BYTES) {
      value = value * 100_000_000 + EightBytes.digits(eight);
      at += Long.BYTES;
      eight = EightBytes.at(bytes, at);
      count = EightBytes.leadingDigits(eight);
    }
    end = at + count;
    return value * EightBytes.powerOfTen(count) + EightBytes.digits(eight, count);
  }

  private long exponent(int from) {
    boolean minus = bytes[from] == '-';
    int at = minus || bytes[from] == '+' ? from + 1 : from;
    long size = 0;
    for (; NumberSyntax.isDigit(at(at)); at++) {
      size = Math.min(size * 10 + (bytes[at] - '0'), EXPONENT_LIMIT);
    }
    end = at;
    return minus ? -size : size;
  }

  /**
   * The first 19 digits behind leading zeros, with the power of ten that is then theirs. If others
   * follow, the number lies between this and the next one, and mostly both round to the same.
   */
  private long firstDigits() {
    int at = from;
    while (at < digitsEnd && (bytes[at] == '0' || bytes[at] == '.')) {
      at++;
    }
    long first = 0;
    significant = 0;
    for (; at < digitsEnd && significant < SAFE_DIGITS; at++) {
      if (bytes[at] != '.') {
        first = first * 10 + (bytes[at] - '0');
        significant++;
      }
    }
    int dropped = 0;
    for (; at < digitsEnd; at++) {
      dropped += bytes[at] == '.' ? 0 : 1;
    }
    significant += dropped;
    exponent = clamped((long) exponent + dropped);
    return first;
  }

  private String text() {
    return new String(bytes, from, end - from, StandardCharsets.ISO_8859_1);
  }
}
