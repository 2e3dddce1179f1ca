package dev.sluice.protocol;

import dev.sluice.status.StatusException;

/**
 * The grammar of number tokens, for the first pass: it finds their ends and refuses what is none.
 * Immutable.
 *
 * <p>Digits are looked at eight at a time. Where all eight are digits the next position is a
 * constant away, which a CPU that guesses so can go on with at once; only the last step has to wait
 * for a count.
 */
final class NumberSyntax {

  private final byte[] bytes;
  private final int end;

  NumberSyntax(byte[] bytes, int end) {
    this.bytes = bytes;
    this.end = end;
  }

  /** From where on no byte counts. */
  int end() {
    return end;
  }

  /** True iff a number that is finite may begin with this byte. */
  static boolean begins(byte first) {
    return isDigit(first) || first == '-';
  }

  static boolean isDigit(byte next) {
    return next >= '0' && next <= '9';
  }

  private byte at(int position) {
    return position < end ? bytes[position] : 0;
  }

  private long eight(int position) {
    return EightBytes.at(bytes, position, end);
  }

  /**
   * Checks a token.
   *
   * @return the position behind it
   * @throws StatusException INVALID_ARGUMENT with reason and offset; so for all that is no value
   */
  int end(int start) {
    int from = at(start) == '-' ? start + 1 : start;
    if (!isDigit(at(from))) {
      return nonFinite(from);
    }
    // Most often there is one digit before the point.
    int point = at(from + 1) == '.' ? from + 1 : integer(start, from);
    byte next = at(point);
    if (next == '.') {
      return fraction(start, point + 1);
    }
    return (next | 0x20) == 'e' ? exponent(start, point + 1) : point;
  }

  private int integer(int start, int from) {
    if (bytes[from] == '0') {
      return from + 1;
    }
    int at = digits(from);
    if (at - from > NumberLimits.SAFE_DIGITS) {
      NumberLimits.checkInteger(bytes, start, from, at);
    }
    return at;
  }

  private int digits(int from) {
    int at = from;
    long eight = eight(at);
    int count = EightBytes.leadingDigits(eight);
    while (count == Long.BYTES) {
      at += Long.BYTES;
      eight = eight(at);
      count = EightBytes.leadingDigits(eight);
    }
    return at + count;
  }

  private int fraction(int start, int from) {
    int at = from;
    long eight = eight(at);
    int count = EightBytes.leadingDigits(eight);
    while (count == Long.BYTES) {
      at += Long.BYTES;
      eight = eight(at);
      count = EightBytes.leadingDigits(eight);
    }
    int behind = at + count;
    if (behind == from) {
      throw JsonScanner.error("Miss fraction part in number.", from);
    }
    int next = EightBytes.byteAt(eight, count);
    return (next | 0x20) == 'e' ? exponent(start, behind + 1) : behind;
  }

  private int exponent(int start, int from) {
    byte sign = at(from);
    int digits = sign == '+' || sign == '-' ? from + 1 : from;
    if (!isDigit(at(digits))) {
      throw JsonScanner.error("Miss exponent in number.", digits);
    }
    int at = digits(digits);
    if (sign != '-' && at - digits > 1) {
      NumberLimits.checkExponent(bytes, start, digits, at);
    }
    return at;
  }

  private int nonFinite(int at) {
    if (at(at) == 'N') {
      int behind = match(at, "NaN", 0);
      if (behind == at + 3) {
        return behind;
      }
      throw invalid(behind);
    }
    int behind = match(at, "Infinity", 0);
    // "Inf" alone is fine too, unless the long form was begun.
    if (behind == at + 8 || behind == at + 3) {
      return behind;
    }
    throw invalid(behind);
  }

  /** Checks one of the words that are values. */
  int literal(int at, String text) {
    int mismatch = match(at + 1, text, 1);
    if (mismatch < at + text.length()) {
      throw invalid(mismatch);
    }
    return mismatch;
  }

  /** Where the text stops to match, at the latest behind its end. */
  private int match(int from, String text, int skipped) {
    int at = from;
    for (int i = skipped; i < text.length() && at(at) == text.charAt(i); i++) {
      at++;
    }
    return at;
  }

  private static StatusException invalid(int at) {
    return JsonScanner.error("Invalid value.", at);
  }
}
