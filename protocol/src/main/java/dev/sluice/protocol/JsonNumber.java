package dev.sluice.protocol;

import java.nio.charset.StandardCharsets;

/** Reads number tokens that a scan has checked. Reused from token to token; not thread-safe. */
final class JsonNumber {

  /** Every number of so many digits fits 64 bits. */
  private static final int SAFE_DIGITS = 19;

  private static final long SMALLEST_OF_20 = Long.parseUnsignedLong("10000000000000000000");
  private static final long[] POWERS = {
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000
  };
  private static final int EXPONENT_LIMIT = 1_000_000_000;

  private final byte[] bytes;
  private int end;
  private boolean negative;
  private long magnitude;

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
    negative = bytes[start] == '-';
    int from = negative ? start + 1 : start;
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

  /** Reads a token as the nearest double. */
  double readDouble(int start) {
    negative = bytes[start] == '-';
    int from = negative ? start + 1 : start;
    if (bytes[from] > '9') {
      return nonFinite(from);
    }
    long digits = digits(0, from);
    int point = end;
    long exponent = 0;
    if (at(point) == '.') {
      digits = digits(digits, point + 1);
      exponent = point + 1L - end;
    }
    int to = end;
    if (isExponent(to)) {
      exponent += exponent(to + 1);
    } else if (to == point && digits == 0 && to == from + 1) {
      return 0; // An integer zero has no sign.
    }
    // Neither the point nor the zero before it is significant.
    int significant = to - from - (to > point ? 1 : 0) - (bytes[from] == '0' ? 1 : 0);
    double size =
        significant <= SAFE_DIGITS
            ? Decimals.toDouble(digits, clamped(exponent))
            : ofManyDigits(digits, from, to, exponent);
    double certain = Double.isNaN(size) ? exact(from) : size;
    return negative ? -certain : certain;
  }

  private static int clamped(long exponent) {
    return Math.clamp(exponent, -EXPONENT_LIMIT, EXPONENT_LIMIT);
  }

  private double nonFinite(int from) {
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
    while (at + Long.BYTES <= bytes.length) {
      long eight = EightBytes.at(bytes, at);
      int count = EightBytes.leadingDigits(eight);
      if (count > 0) {
        value = value * POWERS[count] + EightBytes.digits(eight, count);
      }
      at += count;
      if (count < Long.BYTES) {
        end = at;
        return value;
      }
    }
    for (; isDigit(at(at)); at++) {
      value = value * 10 + (bytes[at] - '0');
    }
    end = at;
    return value;
  }

  private static boolean isDigit(byte next) {
    return next >= '0' && next <= '9';
  }

  private long exponent(int from) {
    boolean minus = bytes[from] == '-';
    int at = minus || bytes[from] == '+' ? from + 1 : from;
    long exponent = 0;
    for (; isDigit(at(at)); at++) {
      exponent = Math.min(exponent * 10 + (bytes[at] - '0'), EXPONENT_LIMIT);
    }
    end = at;
    return minus ? -exponent : exponent;
  }

  /**
   * A number of more than 19 digits. Leading zeros cost nothing; of the others the first 19 say
   * between which two numbers it lies, and mostly both round to the same double.
   */
  private double ofManyDigits(long digits, int from, int to, long exponent) {
    int at = from;
    while (at < to && (bytes[at] == '0' || bytes[at] == '.')) {
      at++;
    }
    long first = 0;
    int count = 0;
    for (; at < to && count < SAFE_DIGITS; at++) {
      if (bytes[at] != '.') {
        first = first * 10 + (bytes[at] - '0');
        count++;
      }
    }
    int dropped = to - at;
    for (int i = at; i < to; i++) {
      dropped -= bytes[i] == '.' ? 1 : 0;
    }
    if (dropped == 0) {
      return Decimals.toDouble(digits, clamped(exponent));
    }
    double below = Decimals.toDouble(first, clamped(exponent + dropped));
    double above = Decimals.toDouble(first + 1, clamped(exponent + dropped));
    return below == above ? below : Decimals.UNCERTAIN;
  }

  private double exact(int from) {
    return Double.parseDouble(new String(bytes, from, end - from, StandardCharsets.ISO_8859_1));
  }
}
