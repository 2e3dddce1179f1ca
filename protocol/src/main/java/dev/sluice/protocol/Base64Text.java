package dev.sluice.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Base64 as Abseil unescapes it: standard alphabet only, ASCII white space anywhere, padding either
 * absent or of the right length, {@code .} for {@code =}, spare bits of the last digit ignored.
 */
final class Base64Text {

  private static final byte[] DIGITS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
          .getBytes(StandardCharsets.US_ASCII);

  private static final byte SPACE = -1;
  private static final byte PAD = -2;
  private static final byte INVALID = -3;
  private static final byte[] VALUES = values();

  private Base64Text() {}

  private static byte[] values() {
    byte[] values = new byte[256];
    Arrays.fill(values, INVALID);
    for (int i = 0; i < DIGITS.length; i++) {
      values[DIGITS[i]] = (byte) i;
    }
    for (char space : new char[] {' ', '\t', '\n', 0x0B, '\f', '\r'}) {
      values[space] = SPACE;
    }
    values['='] = PAD;
    values['.'] = PAD;
    return values;
  }

  /** The bytes that the text stands for; null if it is not base64. */
  static byte @Nullable [] decode(byte[] text, int from, int to) {
    byte[] decoded = new byte[(int) ((to - from) * 3L / 4)];
    int size = 0;
    int bits = 0;
    int digits = 0;
    int at = from;
    for (; at < to; at++) {
      byte value = VALUES[text[at] & 0xFF];
      if (value >= 0) {
        bits = bits << 6 | value;
        digits++;
        if ((digits & 3) != 1) {
          decoded[size++] = (byte) (bits >> (6 - 2 * ((digits - 1) & 3)));
        }
      } else if (value != SPACE) {
        break;
      }
    }
    return endsWell(text, at, to, digits & 3) ? Arrays.copyOf(decoded, size) : null;
  }

  /** What follows the digits is white space and no padding, or as much as belongs there. */
  private static boolean endsWell(byte[] text, int from, int to, int spareDigits) {
    int pads = 0;
    for (int at = from; at < to; at++) {
      byte value = VALUES[text[at] & 0xFF];
      if (value == PAD) {
        pads++;
      } else if (value != SPACE) {
        return false;
      }
    }
    return spareDigits != 1 && (pads == 0 || (spareDigits != 0 && pads == 4 - spareDigits));
  }
}
