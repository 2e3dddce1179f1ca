package dev.sluice.protocol;

import java.math.BigInteger;

/**
 * Powers of ten as 128-bit mantissas with a binary exponent: 10<sup>q</sup> = m *
 * 2<sup>exponent</sup> with 2<sup>127</sup> &lt;= m &lt; 2<sup>128</sup>, cut off below. What is
 * cut off is less than one unit of the last place; from q = 0 to {@value #LARGEST_EXACT} it is
 * nothing.
 */
final class PowersOfTen {

  static final int SMALLEST = -350;
  static final int LARGEST = 350;
  static final int LARGEST_EXACT = 55;

  private static final int COUNT = LARGEST - SMALLEST + 1;
  private static final long[] HIGH = new long[COUNT];
  private static final long[] LOW = new long[COUNT];
  private static final short[] EXPONENT = new short[COUNT];

  static {
    for (int q = SMALLEST; q <= LARGEST; q++) {
      BigInteger power = BigInteger.TEN.pow(Math.abs(q));
      if (q >= 0) {
        int exponent = power.bitLength() - 128;
        set(q, power.shiftRight(exponent), exponent);
      } else {
        int shift = 127 + power.bitLength();
        set(q, BigInteger.ONE.shiftLeft(shift).divide(power), -shift);
      }
    }
  }

  private PowersOfTen() {}

  private static void set(int q, BigInteger mantissa, int exponent) {
    HIGH[q - SMALLEST] = mantissa.shiftRight(64).longValue();
    LOW[q - SMALLEST] = mantissa.longValue();
    EXPONENT[q - SMALLEST] = (short) exponent;
  }

  /** The upper 64 bits of the mantissa of 10<sup>q</sup>. */
  static long high(int q) {
    return HIGH[q - SMALLEST];
  }

  /** The lower 64 bits of the mantissa of 10<sup>q</sup>. */
  static long low(int q) {
    return LOW[q - SMALLEST];
  }

  /** The binary exponent of 10<sup>q</sup>. */
  static int exponent(int q) {
    return EXPONENT[q - SMALLEST];
  }
}
