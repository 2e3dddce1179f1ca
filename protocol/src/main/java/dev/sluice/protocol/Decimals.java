package dev.sluice.protocol;

/**
 * Decimal to binary, rounded to the nearest, ties to even.
 *
 * <p>Most decimals that clients send take one of two fast ways. If digits and power of ten are both
 * exact in the type, one multiplication or division rounds correctly by itself. Else the digits,
 * shifted up to 64 bits, are multiplied with a power of ten of 64 or 128 bits, cut off below. What
 * was cut off makes the product's upper half too low by less than two units, so its upper bits and
 * the way to round them are certain unless what follows them is that close to one half. For a float
 * 40 bits follow, so 64 bits of the power do; for a double 11 follow, and one number in 700 needs
 * all 128. The caller has the exact way for what is then still open: ties, above all.
 */
final class Decimals {

  /** The answer "not certain": nothing else that comes out of here is a NaN. */
  static final float UNCERTAIN = Float.NaN;

  private static final int FLOAT_BITS = 24;
  private static final int DOUBLE_BITS = 53;

  /**
   * Behind fewer significant bits what was cut off is worth more than the way from one float to the
   * next: it decides nearly always.
   */
  private static final int LEAST_CUT_BITS = FLOAT_BITS + 2;

  private static final double[] EXACT_DOUBLES = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };
  private static final float[] EXACT_FLOATS = {
    1e0f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f, 1e6f, 1e7f, 1e8f, 1e9f, 1e10f
  };

  private Decimals() {}

  /**
   * {@code digits * 10^exponent} as a float.
   *
   * @param digits unsigned
   * @return {@link #UNCERTAIN} if the fast ways do not decide
   */
  static float toFloat(long digits, int exponent) {
    if (digits >>> FLOAT_BITS == 0 && Math.abs(exponent) < EXACT_FLOATS.length) {
      float exact = (int) digits;
      return exponent < 0 ? exact / EXACT_FLOATS[-exponent] : exact * EXACT_FLOATS[exponent];
    }
    if (digits == 0 || exponent < PowersOfTen.SMALLEST) {
      return 0;
    }
    if (exponent > PowersOfTen.LARGEST) {
      return Float.POSITIVE_INFINITY;
    }
    return byProduct(digits, exponent, 0);
  }

  /**
   * A float that lies between {@code digits * 10^exponent} and {@code (digits + 1) * 10^exponent}:
   * digits that follow are not worth reading, as they hardly ever decide.
   *
   * @param digits unsigned
   * @param exponent for which there is a power of ten
   * @return {@link #UNCERTAIN} if they might
   */
  static float cutToFloat(long digits, int exponent) {
    return digits >>> LEAST_CUT_BITS == 0 ? UNCERTAIN : byProduct(digits, exponent, 1);
  }

  private static float byProduct(long digits, int exponent, long cut) {
    int shift = Long.numberOfLeadingZeros(digits);
    long high = Math.unsignedMultiplyHigh(digits << shift, PowersOfTen.high(exponent));
    int scale = PowersOfTen.exponent(exponent) - shift + 128 + Float.MAX_EXPONENT;
    int surplus = surplus(high, scale, FLOAT_BITS);
    if (isOpen(high, surplus, (cut << shift) + 1)) {
      return surplus > Long.SIZE && cut == 0 ? 0 : UNCERTAIN;
    }
    return Float.intBitsToFloat((int) bits(high, surplus, scale, FLOAT_BITS));
  }

  /**
   * {@code digits * 10^exponent} as a double.
   *
   * @param digits unsigned
   * @return {@link #UNCERTAIN} if the fast ways do not decide
   */
  static double toDouble(long digits, int exponent) {
    if (digits >>> DOUBLE_BITS == 0 && Math.abs(exponent) < EXACT_DOUBLES.length) {
      return exponent < 0 ? digits / EXACT_DOUBLES[-exponent] : digits * EXACT_DOUBLES[exponent];
    }
    if (digits == 0 || exponent < PowersOfTen.SMALLEST) {
      return 0;
    }
    if (exponent > PowersOfTen.LARGEST) {
      return Double.POSITIVE_INFINITY;
    }
    int shift = Long.numberOfLeadingZeros(digits);
    long factor = digits << shift;
    long high = Math.unsignedMultiplyHigh(factor, PowersOfTen.high(exponent));
    int scale = PowersOfTen.exponent(exponent) - shift + 128 + Double.MAX_EXPONENT;
    int surplus = surplus(high, scale, DOUBLE_BITS);
    if (!isOpen(high, surplus, 1)) {
      return Double.longBitsToDouble(bits(high, surplus, scale, DOUBLE_BITS));
    }
    return surplus > Long.SIZE ? 0 : byWholePower(factor, exponent, scale);
  }

  /** The same with all 128 bits of the power: then the lower half of the product counts too. */
  private static double byWholePower(long factor, int exponent, int scale) {
    long carry = Math.unsignedMultiplyHigh(factor, PowersOfTen.low(exponent));
    long low = factor * PowersOfTen.high(exponent) + carry;
    long high =
        Math.unsignedMultiplyHigh(factor, PowersOfTen.high(exponent))
            + (Long.compareUnsigned(low, carry) < 0 ? 1 : 0);
    int surplus = surplus(high, scale, DOUBLE_BITS);
    if (surplus >= Long.SIZE) {
      return UNCERTAIN;
    }
    long half = 1L << (surplus - 1);
    long rest = high & (2 * half - 1);
    boolean open = rest == half ? low == 0 : rest == half - 1 && low >= -2 && low < 0;
    return open ? UNCERTAIN : Double.longBitsToDouble(bits(high, surplus, scale, DOUBLE_BITS));
  }

  /**
   * How many bits of a product lie below the last that the type keeps. The product has 64 bits or
   * 63; of a subnormal number fewer are kept, perhaps none.
   *
   * @param scale the power of two that the product's last bit is worth, plus the type's bias
   */
  private static int surplus(long high, int scale, int precision) {
    int normal = Long.SIZE - 1 - precision + (int) (high >>> (Long.SIZE - 1));
    return Math.max(normal, 2 - precision - scale);
  }

  /**
   * True iff the product may be too low by so much, and a unit more, that it is rounded wrongly.
   */
  private static boolean isOpen(long high, int surplus, long lack) {
    long half = 1L << (surplus - 1);
    long rest = high & (2 * half - 1);
    return Long.compareUnsigned(rest - half + lack, lack) <= 0 || surplus >= Long.SIZE;
  }

  /**
   * The bits of the number, without a sign. A mantissa that is rounded up to the next power of two
   * carries over.
   */
  private static long bits(long high, int surplus, int scale, int precision) {
    long mantissa = (high >>> surplus) + (high >>> (surplus - 1) & 1);
    // The mantissa's own highest bit adds the one that is missing; a subnormal has none.
    int exponent = scale + surplus + precision - 2;
    int largest = precision == FLOAT_BITS ? 2 * Float.MAX_EXPONENT : 2 * Double.MAX_EXPONENT;
    return exponent >= largest
        ? (largest + 1L) << (precision - 1)
        : ((long) exponent << (precision - 1)) + mantissa;
  }
}
