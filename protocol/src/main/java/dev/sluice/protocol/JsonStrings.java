package dev.sluice.protocol;

import java.util.Arrays;

/** Reads JSON strings that a scan has checked. A string is named by its opening quotation mark. */
final class JsonStrings {

  private JsonStrings() {}

  /** Where the closing quotation mark stands. */
  static int closingQuote(byte[] bytes, int quote) {
    int at = plainEnd(bytes, quote + 1);
    while (bytes[at] != '"') {
      // Behind a backslash anything may stand; what the scan let pass else is no end either.
      at = plainEnd(bytes, bytes[at] == '\\' ? at + 2 : at + 1);
    }
    return at;
  }

  /** Where the next quotation mark or backslash stands. */
  private static int plainEnd(byte[] bytes, int from) {
    int at = from;
    int count = EightBytes.leadingPlainText(EightBytes.at(bytes, at));
    while (count == Long.BYTES) {
      at += Long.BYTES;
      count = EightBytes.leadingPlainText(EightBytes.at(bytes, at));
    }
    return at + count;
  }

  /** True iff the string stands for these bytes. */
  static boolean equal(byte[] bytes, int quote, byte[] expected) {
    int from = quote + 1;
    int end = plainEnd(bytes, from);
    if (bytes[end] == '"') {
      return end - from == expected.length
          && Arrays.equals(bytes, from, end, expected, 0, expected.length);
    }
    return Arrays.equals(unescape(bytes, from, closingQuote(bytes, quote)), expected);
  }

  /** The bytes that the text between two positions stands for; a copy. */
  static byte[] decode(byte[] bytes, int from, int to) {
    return hasEscape(bytes, from, to)
        ? unescape(bytes, from, to)
        : Arrays.copyOfRange(bytes, from, to);
  }

  static boolean hasEscape(byte[] bytes, int from, int to) {
    for (int at = from; at < to; at++) {
      if (bytes[at] == '\\') {
        return true;
      }
    }
    return false;
  }

  // No escape is shorter than what it stands for.
  private static byte[] unescape(byte[] bytes, int from, int to) {
    byte[] text = new byte[to - from];
    int size = 0;
    int at = from;
    while (at < to) {
      if (bytes[at] != '\\') {
        text[size++] = bytes[at++];
      } else if (bytes[at + 1] != 'u') {
        text[size++] = control(bytes[at + 1]);
        at += 2;
      } else {
        int code = hex(bytes, at + 2);
        at += 6;
        if (Character.isHighSurrogate((char) code)) {
          code = Character.toCodePoint((char) code, (char) hex(bytes, at + 2));
          at += 6;
        }
        size = encode(code, text, size);
      }
    }
    return Arrays.copyOf(text, size);
  }

  private static byte control(byte escaped) {
    return switch (escaped) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      default -> escaped;
    };
  }

  private static int hex(byte[] bytes, int from) {
    int value = 0;
    for (int at = from; at < from + 4; at++) {
      value = value << 4 | Character.digit(bytes[at], 16);
    }
    return value;
  }

  // A lone low surrogate is legal and takes three bytes, which are not UTF-8.
  private static int encode(int code, byte[] text, int at) {
    int size = at;
    if (code < 0x80) {
      text[size++] = (byte) code;
      return size;
    }
    if (code < 0x800) {
      text[size++] = (byte) (0xC0 | code >> 6);
    } else {
      if (code < 0x10000) {
        text[size++] = (byte) (0xE0 | code >> 12);
      } else {
        text[size++] = (byte) (0xF0 | code >> 18);
        text[size++] = (byte) (0x80 | (code >> 12 & 0x3F));
      }
      text[size++] = (byte) (0x80 | (code >> 6 & 0x3F));
    }
    text[size++] = (byte) (0x80 | (code & 0x3F));
    return size;
  }
}
