package dev.sluice.protocol;

import java.nio.charset.StandardCharsets;

/** Reads number tokens that a scan has checked. Reused from token to token; not thread-safe. */
final class JsonNumber {

  /** Every number of so many digits fits 64 bits. */
  private static final int SAFE_DIGITS = 19;

  private static final long LARGEST_TENTH = Long.divideUnsigned(-1, 10);
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
    end = digitsEnd(from);
    int digits = end - from;
    if (digits == 0 || digits > SAFE_DIGITS + 1 || at(end) == '.' || isExponent(end)) {
      return false;
    }
    magnitude = value(0, from, Math.min(end, from + SAFE_DIGITS));
    if (digits > SAFE_DIGITS) {
      int last = bytes[end - 1] - '0';
      int toLimit = Long.compareUnsigned(magnitude, LARGEST_TENTH);
      if (toLimit > 0 || (toLimit == 0 && last > 5)) {
        return false;
      }
      magnitude = magnitude * 10 + last;
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
    int point = digitsEnd(from);
    int to = point;
    long digits = value(0, from, point);
    long exponent = 0;
    if (at(point) == '.') {
      to = digitsEnd(point + 1);
      digits = value(digits, point + 1, to);
      exponent = point + 1L - to;
    }
    end = to;
    if (isExponent(to)) {
      exponent += exponent(to + 1);
    } else if (to == point && digits == 0 && to == from + 1) {
      return 0; // An integer zero has no sign.
    }
    double size =
        to - from <= SAFE_DIGITS
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

  private int digitsEnd(int from) {
    int at = from;
    while (at + Long.BYTES <= bytes.length && EightBytes.areDigits(EightBytes.at(bytes, at))) {
      at += Long.BYTES;
    }
    while (at < bytes.length && isDigit(bytes[at])) {
      at++;
    }
    return at;
  }

  private static boolean isDigit(byte next) {
    return next >= '0' && next <= '9';
  }

  /** Appends digits to a number; the lower 64 bits. */
  private long value(long before, int from, int to) {
    long value = before;
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      value = value * 100_000_000 + EightBytes.digits(EightBytes.at(bytes, at));
    }
    for (; at < to; at++) {
      value = value * 10 + (bytes[at] - '0');
    }
    return value;
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
