package dev.sluice.protocol;

/**
 * Decimal to double, rounded to the nearest, ties to even.
 *
 * <p>Most decimals that clients send take one of two fast ways. If the digits make a whole number
 * of at most 53 bits and the power of ten is exact as a double, one multiplication or division
 * rounds correctly by itself. Else the digits are multiplied with a 128-bit power of ten. The upper
 * 128 bits of that product are too low by less than two units, so the upper 53 bits and the way to
 * round them are certain unless what follows them is that close to one half. The caller has the
 * exact way for this remainder.
 */
final class Decimals {

  /** The answer "not certain": no double that comes out of here has these bits. */
  static final double UNCERTAIN = Double.NaN;

  private static final long EXACT_LIMIT = 1L << 53;

  private static final double[] EXACT_POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  private Decimals() {}

  /**
   * {@code digits * 10^exponent}.
   *
   * @param digits unsigned
   * @return {@link #UNCERTAIN} if the fast ways do not decide, which includes every result that is
   *     infinite or subnormal
   */
  static double toDouble(long digits, int exponent) {
    if (digits == 0) {
      return 0;
    }
    if (digits > 0 && digits <= EXACT_LIMIT && Math.abs(exponent) < EXACT_POWERS.length) {
      return exponent < 0 ? digits / EXACT_POWERS[-exponent] : digits * EXACT_POWERS[exponent];
    }
    if (exponent < PowersOfTen.SMALLEST || exponent > PowersOfTen.LARGEST) {
      return UNCERTAIN;
    }
    return byProduct(digits, exponent);
  }

  private static double byProduct(long digits, int exponent) {
    int shift = Long.numberOfLeadingZeros(digits);
    long factor = digits << shift;
    long carry = Math.unsignedMultiplyHigh(factor, PowersOfTen.low(exponent));
    long low = factor * PowersOfTen.high(exponent) + carry;
    long high =
        Math.unsignedMultiplyHigh(factor, PowersOfTen.high(exponent))
            + (Long.compareUnsigned(low, carry) < 0 ? 1 : 0);
    // The product's highest bit is bit 127 or bit 126.
    int surplus = high < 0 ? 11 : 10;
    int binaryExponent = PowersOfTen.exponent(exponent) - shift + 128 + surplus;
    return round(high, low, surplus, binaryExponent);
  }

  /** Rounds {@code high:low} to its 53 upper bits; the last of them is worth 2^exponent. */
  private static double round(long high, long low, int surplus, int exponent) {
    long half = 1L << (surplus - 1);
    long rest = high & (2 * half - 1);
    boolean nearHalf = rest == half ? low == 0 : rest == half - 1 && low >= -2 && low < 0;
    if (nearHalf) {
      return UNCERTAIN;
    }
    long mantissa = (high >>> surplus) + (rest >= half ? 1 : 0);
    if (mantissa == EXACT_LIMIT) {
      return scaled(EXACT_LIMIT >>> 1, exponent + 1);
    }
    return scaled(mantissa, exponent);
  }

  private static double scaled(long mantissa, int exponent) {
    int biased = exponent + 52 + Double.MAX_EXPONENT;
    if (biased <= 0 || biased > 2 * Double.MAX_EXPONENT) {
      return UNCERTAIN;
    }
    return Double.longBitsToDouble((long) biased << 52 | (mantissa & ((1L << 52) - 1)));
  }
}
