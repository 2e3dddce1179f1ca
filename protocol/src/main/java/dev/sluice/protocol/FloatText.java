package dev.sluice.protocol;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/**
 * Floating-point numbers as TensorFlow Serving prints them: six significant digits if they read
 * back as the same number, else nine for a float and seventeen for a double, in the style of C's
 * {@code %g}, with {@code .0} where neither point nor exponent would show. This is not the shortest
 * text that reads back, so {@link Float#toString} is no help.
 *
 * <p>How the digits come about: value times a power of ten, as a 64-bit mantissa times a 128-bit
 * power. The upper 128 bits of that product are too low by less than two units, and more than 64 of
 * them lie behind the decimal point, so the rounding is certain unless that fraction is as close to
 * one half as that. A tie is common only where the power is exact, and there the whole product is
 * known; the rest goes the slow way of {@link BigDecimal}.
 *
 * <p>Not thread-safe.
 */
final class FloatText {

  /** No number takes more bytes than this. */
  static final int MAX_LENGTH = 32;

  private static final int INFINITE = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);
  private static final int SHORT_PRECISION = 6;
  private static final int FLOAT_PRECISION = 9;
  private static final int DOUBLE_PRECISION = 17;

  private static final long[] POWERS = new long[19];

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = POWERS[i - 1] * 10;
    }
  }

  private static final byte[] NAN = ascii("NaN");
  private static final byte[] INFINITY = ascii("Infinity");
  private static final byte[] ZERO = ascii("0.0");

  private final NineDigits nine = new NineDigits();

  /** The number last rounded is {@code digits * 10^(exponent - precision + 1)}. */
  private long digits;

  private int exponent;

  /** What one product yields: digits before the point, and whether what follows rounds them up. */
  private long whole;

  private boolean up;
  private boolean certain;

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Writes a float.
   *
   * @return the position behind its last byte
   */
  int write(float value, byte[] out, int at) {
    int bits = Float.floatToRawIntBits(value);
    int size = bits & Integer.MAX_VALUE;
    if (size > 0 && size < INFINITE && nine.round(size)) {
      int start = at;
      if (bits < 0) {
        out[start++] = '-';
      }
      return nine.write(out, start);
    }
    return writeSlowly(value, out, at);
  }

  private int writeSlowly(float value, byte[] out, int at) {
    int start = sign(value, out, at);
    float size = Math.abs(value);
    if (!(size > 0 && size < Float.POSITIVE_INFINITY)) {
      return special(size, out, start);
    }
    round(size, SHORT_PRECISION);
    if (readsBackAs(size)) {
      return layOut(SHORT_PRECISION, out, start);
    }
    round(size, FLOAT_PRECISION);
    return layOut(FLOAT_PRECISION, out, start);
  }

  /**
   * Writes a double.
   *
   * @return the position behind its last byte
   */
  int write(double value, byte[] out, int at) {
    int start = sign(value, out, at);
    double size = Math.abs(value);
    if (!(size > 0 && size < Double.POSITIVE_INFINITY)) {
      return special(size, out, start);
    }
    round(size, SHORT_PRECISION);
    if (shortDouble() == size) {
      return layOut(SHORT_PRECISION, out, start);
    }
    round(size, DOUBLE_PRECISION);
    return layOut(DOUBLE_PRECISION, out, start);
  }

  private static int sign(double value, byte[] out, int at) {
    if (Double.doubleToLongBits(value) >= 0) {
      return at;
    }
    out[at] = '-';
    return at + 1;
  }

  private static int special(double size, byte[] out, int at) {
    byte[] text = Double.isNaN(size) ? NAN : size == 0 ? ZERO : INFINITY;
    System.arraycopy(text, 0, out, at, text.length);
    return at + text.length;
  }

  /** Sets digits and exponent to a positive value rounded to so many digits, ties to even. */
  private void round(double value, int precision) {
    long bits = Double.doubleToRawLongBits(value);
    int biased = (int) (bits >>> 52);
    long fraction = bits & ((1L << 52) - 1);
    long mantissa = biased == 0 ? fraction : fraction | 1L << 52;
    int shift = Long.numberOfLeadingZeros(mantissa);
    int binaryExponent = Math.max(biased, 1) - 1075 - shift;
    // floor(log10(2^(e + 63))): the decimal exponent, or one too few.
    exponent = (int) (((binaryExponent + 63) * 1_292_913_986L) >> 32);
    multiply(mantissa << shift, binaryExponent, precision - 1 - exponent);
    if (whole >= POWERS[precision]) {
      exponent++;
      multiply(mantissa << shift, binaryExponent, precision - 1 - exponent);
    }
    if (!certain) {
      roundExactly(value, precision);
      return;
    }
    digits = up ? whole + 1 : whole;
    if (digits == POWERS[precision]) {
      digits = POWERS[precision - 1];
      exponent++;
    }
  }

  private void multiply(long mantissa, int binaryExponent, int power) {
    long powerLow = PowersOfTen.low(power);
    long powerHigh = PowersOfTen.high(power);
    long carry = Math.unsignedMultiplyHigh(mantissa, powerLow);
    long low = mantissa * powerHigh + carry;
    long high =
        Math.unsignedMultiplyHigh(mantissa, powerHigh)
            + (Long.compareUnsigned(low, carry) < 0 ? 1 : 0);
    // The point lies so many bits above the lowest of high.
    int point = -128 - binaryExponent - PowersOfTen.exponent(power);
    whole = high >>> point;
    long half = 1L << (point - 1);
    long rest = high & (2 * half - 1);
    boolean exact = power >= 0 && power <= PowersOfTen.LARGEST_EXACT;
    if (exact) {
      boolean tie = rest == half && (low | mantissa * powerLow) == 0;
      up = tie ? (whole & 1) != 0 : rest >= half;
      certain = true;
    } else {
      up = rest >= half;
      certain = !(rest == half ? low == 0 : rest == half - 1 && low >= -2 && low < 0);
    }
  }

  private void roundExactly(double value, int precision) {
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(precision, RoundingMode.HALF_EVEN));
    exponent = rounded.precision() - rounded.scale() - 1;
    digits = rounded.scaleByPowerOfTen(precision - 1 - exponent).longValueExact();
  }

  /** The double that six digits stand for. */
  private double shortDouble() {
    int power = exponent - SHORT_PRECISION + 1;
    double value = Decimals.toDouble(digits, power);
    return Double.isNaN(value) ? Double.parseDouble(digits + "e" + power) : value;
  }

  private boolean readsBackAs(float size) {
    double nearest = shortDouble();
    // Half-way between two floats the double has lost what would decide; so it has, in other
    // places, where floats are subnormal.
    boolean halfWay = (Double.doubleToRawLongBits(nearest) & 0x1FFF_FFFF) == 0x1000_0000;
    if (halfWay || nearest < Float.MIN_NORMAL) {
      return Float.parseFloat(digits + "e" + (exponent - SHORT_PRECISION + 1)) == size;
    }
    return (float) nearest == size;
  }

  private int layOut(int precision, byte[] out, int at) {
    long significant = digits;
    int count = precision;
    while (significant % 10 == 0) {
      significant /= 10;
      count--;
    }
    if (exponent < -4 || exponent >= precision) {
      return scientific(significant, count, out, at);
    }
    if (exponent < 0) {
      return small(significant, count, out, at);
    }
    return plain(significant, count, out, at);
  }

  private int scientific(long significant, int count, byte[] out, int at) {
    int end = at + 1;
    if (count > 1) {
      end = digits(significant, count, out, at + 1);
      out[at] = out[at + 1];
      out[at + 1] = '.';
    } else {
      out[at] = (byte) ('0' + significant);
    }
    out[end++] = 'e';
    out[end++] = (byte) (exponent < 0 ? '-' : '+');
    int size = Math.abs(exponent);
    return digits(size, size < 100 ? 2 : 3, out, end);
  }

  private int small(long significant, int count, byte[] out, int at) {
    int end = at;
    out[end++] = '0';
    out[end++] = '.';
    for (int i = exponent; i < -1; i++) {
      out[end++] = '0';
    }
    return digits(significant, count, out, end);
  }

  private int plain(long significant, int count, byte[] out, int at) {
    int before = exponent + 1;
    if (count > before) {
      int end = digits(significant, count, out, at + 1);
      System.arraycopy(out, at + 1, out, at, before);
      out[at + before] = '.';
      return end;
    }
    int end = digits(significant, count, out, at);
    for (int i = count; i < before; i++) {
      out[end++] = '0';
    }
    out[end++] = '.';
    out[end++] = '0';
    return end;
  }

  private static int digits(long number, int count, byte[] out, int at) {
    long rest = number;
    for (int i = at + count - 1; i >= at; i--) {
      long next = rest / 10;
      out[i] = (byte) ('0' + (rest - next * 10));
      rest = next;
    }
    return at + count;
  }
}
