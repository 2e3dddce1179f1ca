package dev.sluice.protocol;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * The fast way of {@link FloatText} for floats: one multiplication yields nine digits, and with
 * them the answer to whether six would do.
 *
 * <p>Value times a power of ten, 64 bits by 64, gives 27 to 30 bits before the decimal point and
 * more than 33 behind it, too low by less than two units of the last. So the ninth digit is certain
 * unless what follows it is that close to one half. Six digits read back as the same float if they
 * are nearer to it than half the way to the next one, and that way is the product again, without
 * the float's mantissa. Whatever is too close to call, and all subnormals, is left to the caller.
 *
 * <p>Eight of the digits are taken apart together: the number is halved into fours of digits, these
 * into pairs, these into single ones, each half in a lane of its own of one 64-bit word.
 *
 * <p>Not thread-safe.
 */
final class NineDigits {

  private static final int MANTISSA_BITS = 24;
  private static final int LEAST_MANTISSA = 1 << (MANTISSA_BITS - 1);
  private static final int UNCERTAINTY = 4;
  private static final int TEN_TO_8 = 100_000_000;
  private static final int TEN_TO_9 = 1_000_000_000;
  private static final int SHORT_PRECISION = 6;
  private static final int FULL_PRECISION = 9;

  // Division of a number below 2^30 as multiplication: exact, and without care for a sign.
  private static final long BY_1000 = 274_877_907;
  private static final int BY_1000_SHIFT = 38;
  private static final long BY_TEN_TO_4 = 3_518_437_209L;
  private static final int BY_TEN_TO_4_SHIFT = 45;
  private static final long BY_TEN_TO_8 = 1_441_151_881;
  private static final int BY_TEN_TO_8_SHIFT = 57;

  private static final long ZEROS = 0x3030303030303030L;
  private static final long LEADING_ZEROS = ZEROS - (('0' - '.') << Byte.SIZE);

  /** Per biased binary exponent: the decimal exponent of the least float that has it. */
  private static final byte[] EXPONENTS = new byte[2 * Float.MAX_EXPONENT + 1];

  /** From which mantissa on the decimal exponent is one more. */
  private static final int[] NEXT_POWER = new int[EXPONENTS.length];

  static {
    for (int biased = 1; biased < EXPONENTS.length; biased++) {
      BigDecimal unit = new BigDecimal(Float.intBitsToFloat(biased << (MANTISSA_BITS - 1)));
      int exponent = unit.precision() - unit.scale() - 1;
      BigDecimal next =
          BigDecimal.TEN
              .scaleByPowerOfTen(exponent)
              .multiply(BigDecimal.valueOf(LEAST_MANTISSA))
              .divide(unit, 0, RoundingMode.CEILING);
      EXPONENTS[biased] = (byte) exponent;
      NEXT_POWER[biased] = next.min(BigDecimal.valueOf(2 * LEAST_MANTISSA)).intValueExact();
    }
  }

  private int exponent;
  private int precision;
  private byte first;
  private long others;
  private int significant;

  /**
   * Rounds a float to the digits that are to be printed.
   *
   * @param bits of a positive, finite float
   * @return false if they are not certain
   */
  boolean round(int bits) {
    int biased = bits >>> (MANTISSA_BITS - 1);
    int mantissa = (bits & (LEAST_MANTISSA - 1)) | LEAST_MANTISSA;
    int digits = biased == 0 ? 0 : chooseDigits(mantissa, biased);
    if (digits == 0) {
      return false;
    }
    if (digits == TEN_TO_9) {
      digits = TEN_TO_8;
      exponent++;
    }
    takeApart(digits);
    return true;
  }

  /** Nine digits, the last three of which are zero if six are enough; 0 if that is not certain. */
  private int chooseDigits(int mantissa, int biased) {
    exponent = EXPONENTS[biased] + (mantissa >= NEXT_POWER[biased] ? 1 : 0);
    int tens = FULL_PRECISION - 1 - exponent;
    long power = PowersOfTen.high(tens);
    long product = Math.unsignedMultiplyHigh((long) mantissa << (Long.SIZE - MANTISSA_BITS), power);
    // The decimal point lies so many bits above the product's last.
    int point = Float.MAX_EXPONENT - Long.SIZE - 1 - biased - PowersOfTen.exponent(tens);
    int whole = (int) (product >>> point);
    int thousands = (int) (((whole + 500) * BY_1000) >>> BY_1000_SHIFT) * 1000;
    long distance = Math.abs(((long) thousands << point) - product);
    long halfWay = power >>> (MANTISSA_BITS + 1);
    // Below a power of two floats are twice as dense.
    long nearer = mantissa == LEAST_MANTISSA ? halfWay >>> 1 : halfWay;
    precision = SHORT_PRECISION;
    if (distance < nearer - UNCERTAINTY) {
      return thousands;
    }
    precision = FULL_PRECISION;
    long half = 1L << (point - 1);
    long rest = product & (2 * half - 1);
    boolean certain =
        distance > halfWay + UNCERTAINTY && Long.compareUnsigned(rest - half + 1, 1) > 0;
    return certain ? whole + (int) (rest >>> (point - 1)) : 0;
  }

  private void takeApart(int digits) {
    long leading = (digits * BY_TEN_TO_8) >>> BY_TEN_TO_8_SHIFT;
    long eight = digits - leading * TEN_TO_8;
    // Each step leaves a quotient in the lower half of a lane and puts the rest into the upper.
    long quotients = (eight * BY_TEN_TO_4) >>> BY_TEN_TO_4_SHIFT;
    long fours = (eight << 32) - quotients * ((10_000L << 32) - 1);
    quotients = ((fours * 10_486) >>> 20) & 0x0000007F_0000007FL;
    long pairs = (fours << 16) - quotients * ((100L << 16) - 1);
    quotients = ((pairs * 103) >>> 10) & 0x000F000F_000F000FL;
    long singles = (pairs << 8) - quotients * ((10L << 8) - 1);
    first = (byte) ('0' + leading);
    others = singles | ZEROS;
    significant = FULL_PRECISION - (Long.numberOfLeadingZeros(singles) >>> 3);
  }

  /**
   * Writes the digits by the rules of {@code %g}, and {@code .0} behind a whole number. Bytes
   * behind those of the text, up to {@link FloatText#MAX_LENGTH} in all, are written too.
   *
   * @return the position behind the last byte
   */
  int write(byte[] out, int at) {
    if (exponent < -4 || exponent >= precision) {
      return scientific(out, at);
    }
    if (exponent < 0) {
      EightBytes.set(out, at, LEADING_ZEROS);
      int start = at + 1 - exponent;
      out[start] = first;
      EightBytes.set(out, start + 1, others);
      return start + significant;
    }
    return plain(out, at);
  }

  private int plain(byte[] out, int at) {
    int before = exponent + 1;
    out[at] = first;
    EightBytes.set(out, at + 1, others);
    out[at + before] = '.';
    if (significant <= before) {
      out[at + before + 1] = '0';
      return at + before + 2;
    }
    EightBytes.set(out, at + before + 1, others >>> ((before - 1) * Byte.SIZE));
    return at + significant + 1;
  }

  private int scientific(byte[] out, int at) {
    out[at] = first;
    out[at + 1] = '.';
    EightBytes.set(out, at + 2, others);
    int end = significant == 1 ? at + 1 : at + 1 + significant;
    out[end] = 'e';
    out[end + 1] = (byte) (exponent < 0 ? '-' : '+');
    int size = Math.abs(exponent);
    out[end + 2] = (byte) ('0' + size / 10);
    out[end + 3] = (byte) ('0' + size % 10);
    return end + 4;
  }
}
