package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonNumberTest {

  private static void assertNearest(String token) {
    JsonNumber number = new JsonNumber(utf8("[" + token + "]"));
    double value = number.readDouble(1);
    double expected = Double.parseDouble(token);
    // Without a String.format per case.
    if (Double.doubleToRawLongBits(value) != Double.doubleToRawLongBits(expected)) {
      assertThat(value).as(token).isEqualTo(expected);
      assertThat(1 / value).as(token).isEqualTo(1 / expected);
    }
    assertThat(number.end()).isEqualTo(1 + token.length());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "0.0",
        "-0.0",
        "-0e5",
        "1",
        "-1",
        "9007199254740993",
        "9007199254740992.5",
        "18446744073709551615",
        "18446744073709551616",
        "123456789012345678901234567890",
        "4.9e-324",
        "2.4703282292062327e-324",
        "2.47032822920623272e-324",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "9e308",
        "1e22",
        "1e23",
        "8.5e22",
        "1e-400",
        "1e-99999999999",
        "0e99999",
        "0.000000000000000000000000000000000000012345678901234567890123",
        "179769313486231580793728971405301e276",
        "3.141592653589793238462643383279502884197169399375105820974944",
        "0.1e1",
        "100000000000000000000000000000000000000000000000000000000.0",
        "1e00000000000000000000005",
        "7.2057594037927933e16",
        "7.20575940379279350e16",
        "7.2057594037927935000000000000000000000000000000001e16",
      })
  void tokenIsTheNearestDouble(String token) {
    assertNearest(token);
  }

  @Test
  void integerZeroLosesItsSign() {
    assertThat(1 / new JsonNumber(utf8("-0,")).readDouble(0)).isPositive();
    assertThat(1 / new JsonNumber(utf8("-0.0,")).readDouble(0)).isNegative();
  }

  @Test
  void randomDoublesReadBackFromTheirText() {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 400_000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(value)) {
        assertNearest(Double.toString(value).replace("E", "e"));
      }
      float single = Float.intBitsToFloat(random.nextInt());
      if (Float.isFinite(single)) {
        assertNearest(Float.toString(single));
        assertNearest(Double.toString(single));
      }
    }
  }

  @Test
  void randomDigitsAreRoundedToTheNearest() {
    SplittableRandom random = new SplittableRandom(8);
    for (int i = 0; i < 400_000; i++) {
      StringBuilder token = new StringBuilder().append(1 + random.nextInt(9));
      int digits = random.nextInt(random.nextInt(20) == 0 ? 60 : 21);
      int point = random.nextInt(digits + 1);
      for (int j = 0; j < digits; j++) {
        token.append(j == point ? "." : "").append(random.nextInt(10));
      }
      if (random.nextInt(3) == 0) {
        token.append('e').append(random.nextInt(-340, 300));
      }
      assertNearest(token.toString());
    }
  }

  @Test
  void halfWayBetweenTwoDoublesGoesToTheEvenOne() {
    SplittableRandom random = new SplittableRandom(9);
    for (int i = 0; i < 20_000; i++) {
      double low = Double.longBitsToDouble(random.nextLong() >>> 1);
      double high = Math.nextUp(low);
      if (!Double.isFinite(high) || low == 0) {
        continue;
      }
      BigDecimal middle =
          new BigDecimal(low).add(new BigDecimal(high)).divide(BigDecimal.valueOf(2));
      assertNearest(middle.toString().replace("E+", "e").replace("E", "e"));
      BigDecimal above = middle.add(middle.ulp());
      assertNearest(above.toString().replace("E+", "e").replace("E", "e"));
    }
  }

  @Test
  void integersAreReadUpTo64Bits() {
    SplittableRandom random = new SplittableRandom(10);
    BigInteger most = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    BigInteger least = BigInteger.ONE.shiftLeft(63).negate();
    for (int i = 0; i < 200_000; i++) {
      BigInteger value = new BigInteger(1 + random.nextInt(68), new java.util.Random(i));
      for (BigInteger signed : new BigInteger[] {value, value.negate()}) {
        JsonNumber number = new JsonNumber(utf8(signed + "]"));
        boolean fits = signed.compareTo(most) <= 0 && signed.compareTo(least) >= 0;
        assertThat(number.readInteger(0)).as("%s", signed).isEqualTo(fits);
        if (fits) {
          String magnitude = Long.toUnsignedString(number.magnitude());
          assertThat(magnitude).isEqualTo(signed.abs().toString());
          assertThat(number.end()).isEqualTo(signed.toString().length());
        }
      }
    }
    for (String edge :
        new String[] {"18446744073709551615", "-9223372036854775808", "9223372036854775808"}) {
      assertThat(new JsonNumber(utf8(edge + "]")).readInteger(0)).isTrue();
    }
    for (String edge :
        new String[] {
          "18446744073709551616",
          "18446744073709551620",
          "-9223372036854775809",
          "1.0",
          "1e2",
          "NaN"
        }) {
      assertThat(new JsonNumber(utf8(edge + "]")).readInteger(0)).isFalse();
    }
  }

  @Test
  void eightDigitsAtOnceAreThoseOneByOne() {
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = new byte[8];
      random.nextBytes(bytes);
      boolean digits = random.nextBoolean();
      int leading = 8;
      int plain = 8;
      for (int j = 7; j >= 0; j--) {
        int digit = '0' + (bytes[j] & 0xFF) % (random.nextInt(8) == 0 ? 12 : 10);
        bytes[j] = digits ? (byte) digit : bytes[j];
        leading = bytes[j] >= '0' && bytes[j] <= '9' ? leading : j;
        boolean special = (bytes[j] & 0xFF) < 0x20 || bytes[j] == '"' || bytes[j] == '\\';
        plain = special ? j : plain;
      }
      long eight = EightBytes.at(bytes, 0);
      assertThat(EightBytes.leadingDigits(eight)).isEqualTo(leading);
      assertThat(EightBytes.leadingPlainText(eight)).isEqualTo(plain);
      if (leading > 0) {
        String text = new String(bytes, 0, leading, java.nio.charset.StandardCharsets.US_ASCII);
        assertThat(EightBytes.digits(eight, leading)).isEqualTo(Long.parseLong(text));
      }
    }
  }

  @Test
  void powersOfTenAreCutOffByLessThanOneUnit() {
    for (int q = PowersOfTen.SMALLEST; q <= PowersOfTen.LARGEST; q++) {
      BigInteger mantissa =
          new BigInteger(Long.toUnsignedString(PowersOfTen.high(q)))
              .shiftLeft(64)
              .add(new BigInteger(Long.toUnsignedString(PowersOfTen.low(q))));
      assertThat(mantissa.bitLength()).isEqualTo(128);
      BigDecimal unit = power(PowersOfTen.exponent(q));
      BigDecimal below = new BigDecimal(mantissa).multiply(unit);
      BigDecimal exact = BigDecimal.ONE.scaleByPowerOfTen(q);
      assertThat(below).isLessThanOrEqualTo(exact);
      assertThat(below.add(unit)).isGreaterThan(exact);
      if (q >= 0 && q <= PowersOfTen.LARGEST_EXACT) {
        assertThat(below).isEqualByComparingTo(exact);
      }
    }
  }

  private static BigDecimal power(int exponent) {
    BigDecimal power = new BigDecimal(BigInteger.ONE.shiftLeft(Math.abs(exponent)));
    return exponent >= 0 ? power : BigDecimal.ONE.divide(power); // Exact: a power of two.
  }
}
