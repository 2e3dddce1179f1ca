package dev.sluice.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Looks at eight bytes of text at once, as one number whose lowest byte comes first.
 *
 * <p>Nothing here branches on what the bytes are: how long a number is can't be foretold, and a
 * wrong guess of the CPU costs more than all the arithmetic on eight digits.
 */
final class EightBytes {

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long ZEROS = ONES * '0';
  private static final long HIGH_BITS = 0x8080808080808080L;

  private static final long[] POWERS = {
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000
  };

  private EightBytes() {}

  /** The eight bytes from here on; zeros stand for those behind the array's end. */
  static long at(byte[] bytes, int offset) {
    return at(bytes, offset, bytes.length);
  }

  /**
   * The eight bytes from here on.
   *
   * @param end from where on zeros stand for the bytes; at most the array's length
   */
  static long at(byte[] bytes, int offset, int end) {
    return offset <= end - Long.BYTES ? (long) LONGS.get(bytes, offset) : tail(bytes, offset, end);
  }

  /** The eight bytes from here on; all must lie in the array. */
  static long within(byte[] bytes, int offset) {
    return (long) LONGS.get(bytes, offset);
  }

  private static long tail(byte[] bytes, int offset, int end) {
    if (end >= Long.BYTES) {
      int missing = offset - (end - Long.BYTES);
      return missing < Long.BYTES
          ? (long) LONGS.get(bytes, end - Long.BYTES) >>> (missing * Byte.SIZE)
          : 0;
    }
    long eight = 0;
    for (int at = end - 1; at >= offset; at--) {
      eight = eight << Byte.SIZE | (bytes[at] & 0xFF);
    }
    return eight;
  }

  /** Stores eight bytes; all must lie in the array. */
  static void set(byte[] bytes, int offset, long eight) {
    LONGS.set(bytes, offset, eight);
  }

  /** How many of the first bytes are ASCII digits: 0 to 8. */
  static int leadingDigits(long eight) {
    return index(others(eight));
  }

  /**
   * Marks each byte that is no ASCII digit by its highest bit. This holds up to the first byte that
   * is not ASCII; behind it anything may be marked.
   */
  static long others(long eight) {
    // What is a digit becomes 0 to 9, and no other byte stays below 0x80 when 0x76 is added. Only a
    // byte that is not ASCII can carry over to the next.
    long values = eight ^ ZEROS;
    return ((values + ONES * 0x76) | values) & HIGH_BITS;
  }

  /** The index of the first byte that is marked; 8 if none is. */
  static int index(long marks) {
    return Long.numberOfTrailingZeros(marks) >>> 3;
  }

  /** The byte at this index, 0 to 7, as a number without a sign. */
  static int byteAt(long eight, int index) {
    return (int) (eight >>> (index * Byte.SIZE)) & 0xFF;
  }

  /**
   * The number that the first digits spell.
   *
   * @param count how many, 0 to 8
   */
  static long digits(long eight, int count) {
    // The other bytes leave at the top, in two steps as a shift by 64 would do nothing; zeros come
    // in as leading digits.
    int half = 4 * (Long.BYTES - count);
    return value((eight ^ ZEROS) << half << half);
  }

  /** The number that eight digits spell. */
  static long digits(long eight) {
    return value(eight ^ ZEROS);
  }

  /** Pairs, then fours, then all. */
  private static long value(long singles) {
    long pairs = singles * 10 + (singles >>> 8);
    long low = (pairs & 0x000000FF_000000FFL) * (100 + (1_000_000L << 32));
    long high = (pairs >>> 16 & 0x000000FF_000000FFL) * (1 + (10_000L << 32));
    return (low + high) >>> 32;
  }

  /** By what a number is multiplied to append so many digits: 0 to 8. */
  static long powerOfTen(int count) {
    return POWERS[count];
  }

  /** How many of the first bytes are no quotation mark, no backslash and not below 0x20: 0 to 8. */
  static int leadingPlainText(long eight) {
    long quotes = zeroBytes(eight ^ ONES * '"');
    long backslashes = zeroBytes(eight ^ ONES * '\\');
    long controls = (eight - ONES * 0x20) & ~eight;
    return Long.numberOfTrailingZeros((quotes | backslashes | controls) & HIGH_BITS) >>> 3;
  }

  // Above the first zero byte others may show up falsely; here only the first counts.
  private static long zeroBytes(long eight) {
    return (eight - ONES) & ~eight;
  }
}
