package dev.sluice.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Looks at eight bytes of text at once. */
final class EightBytes {

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long ZEROS = ONES * '0';
  private static final long HIGH_BITS = 0x8080808080808080L;

  private EightBytes() {}

  /** Eight bytes as a little-endian number: the first byte is the lowest. */
  static long at(byte[] bytes, int offset) {
    return (long) LONGS.get(bytes, offset);
  }

  /** How many of the first bytes are ASCII digits: 0 to 8. */
  static int leadingDigits(long eight) {
    // What is a digit becomes 0 to 9, and no other byte stays below 0x80 when 0x76 is added. A
    // carry
    // spoils only bytes behind the first that is no digit.
    long values = eight ^ ZEROS;
    long others = ((values + ONES * 0x76) | values) & HIGH_BITS;
    return Long.numberOfTrailingZeros(others) >>> 3;
  }

  /**
   * The number that the first digits spell: pairs, then fours, then all.
   *
   * @param count how many, 1 to 8
   */
  static long digits(long eight, int count) {
    // The other bytes leave at the top; zeros come in as leading digits.
    long singles = (eight ^ ZEROS) << (64 - 8 * count);
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
