package dev.sluice.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Looks at eight bytes of text at once. */
final class EightBytes {

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;

  private EightBytes() {}

  /** Eight bytes as a little-endian number: the first byte is the lowest. */
  static long at(byte[] bytes, int offset) {
    return (long) LONGS.get(bytes, offset);
  }

  /** True iff all eight are ASCII digits. */
  static boolean areDigits(long eight) {
    // High nibbles are 3, and stay 3 when 6 is added: no byte is above '9'.
    return ((eight & 0xF0F0F0F0F0F0F0F0L)
            | (((eight + 0x0606060606060606L) & 0xF0F0F0F0F0F0F0F0L) >>> 4))
        == 0x3333333333333333L;
  }

  /** The number that eight digits spell: pairs, then fours, then all. */
  static long digits(long eight) {
    long singles = eight - 0x3030303030303030L;
    long pairs = singles * 10 + (singles >>> 8);
    long low = (pairs & 0x000000FF_000000FFL) * (100 + (1_000_000L << 32));
    long high = (pairs >>> 16 & 0x000000FF_000000FFL) * (1 + (10_000L << 32));
    return (low + high) >>> 32;
  }

  /** True iff any byte is a quotation mark, a backslash or below 0x20. */
  static boolean endPlainText(long eight) {
    long quotes = zeroBytes(eight ^ ONES * '"');
    long backslashes = zeroBytes(eight ^ ONES * '\\');
    long controls = (eight - ONES * 0x20) & ~eight;
    return ((quotes | backslashes | controls) & HIGH_BITS) != 0;
  }

  // Above the first zero byte others may show up falsely: good for "is there any" only.
  private static long zeroBytes(long eight) {
    return (eight - ONES) & ~eight;
  }
}
