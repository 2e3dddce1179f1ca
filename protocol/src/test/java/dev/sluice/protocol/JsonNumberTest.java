package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonNumberTest {

  /** As a float too, by both of the ways in which one is read. */
  private static void assertNearest(String token) {
    assertNearestDouble(token);
    float expected = token.equals("-0") ? 0 : Float.parseFloat(token);
    assertNearest(token, expected, "");
    // Long fractions are read another way where enough bytes follow to look at without care.
    assertNearest(token, expected, " ".repeat(2 * Long.BYTES));
  }

  private static void assertNearest(String token, float expected, String behind) {
    byte[] text = utf8("[" + token + "]" + behind);
    float alone = new JsonNumber(text).readFloat(1);
    MemorySegment listed = MemorySegment.ofArray(new byte[Float.BYTES]);
    FloatLists lists = FloatLists.read(text, new NumberSyntax(text, text.length), 0);
    assertThat(lists.behind()).isEqualTo(text.length - behind.length());
    lists.copyTo(listed);
    int bits = Float.floatToRawIntBits(expected);
    if (Float.floatToRawIntBits(alone) != bits || listed.get(Elements.INT, 0) != bits) {
      assertThat(alone).as(token).isEqualTo(expected);
      assertThat(listed.get(Elements.FLOAT, 0)).as(token).isEqualTo(expected);
      assertThat(1 / listed.get(Elements.FLOAT, 0)).as(token).isEqualTo(1 / expected);
    }
  }

  private static void assertNearestDouble(String token) {
    JsonNumber number = new JsonNumber(utf8("[" + token + "]"));
    double value = number.readDouble(1);
    double expected = token.equals("-0") ? 0 : Double.parseDouble(token);
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
    assertNearestDouble(token);
    assertThat(new JsonNumber(utf8(token + ",")).readFloat(0)).isEqualTo(Float.parseFloat(token));
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

  /** What the 17th digit and those behind it decide depends on how many of the 16 are zeros. */
  @Test
  void digitsBehindAnyNumberOfZerosCount() {
    SplittableRandom random = new SplittableRandom(14);
    for (String token : new String[] {"0.00000000000000019", "-0.000000000013260273"}) {
      assertNearest(token);
    }
    for (int i = 0; i < 200_000; i++) {
      StringBuilder token = new StringBuilder().append(random.nextInt(3)).append('.');
      token.append("0".repeat(random.nextInt(24)));
      for (int digits = 1 + random.nextInt(24); digits > 0; digits--) {
        token.append((char) ('0' + random.nextInt(10)));
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
  void shortNumbersOfEveryLayoutAreRead() {
    for (int before = 0; before < 10; before++) {
      for (int behind = 0; behind < 10; behind++) {
        String whole = before == 0 ? "0" : "123456789".substring(0, before);
        String fraction = behind == 0 ? "" : "." + "024681357".substring(0, behind);
        for (String exponent : new String[] {"", "e1", "E-2"}) {
          assertNearest(whole + fraction + exponent);
          assertNearest("-" + whole + fraction + exponent);
        }
      }
    }
  }

  @Test
  void halfWayBetweenTwoFloatsGoesToTheEvenOne() {
    SplittableRandom random = new SplittableRandom(12);
    for (int i = 0; i < 100_000; i++) {
      int bits = random.nextInt(8) == 0 ? random.nextInt(1 << 23) : random.nextInt() >>> 1;
      float low = Float.intBitsToFloat(bits);
      float high = Math.nextUp(low);
      if (!Float.isFinite(high)) {
        continue;
      }
      BigDecimal middle =
          new BigDecimal(low).add(new BigDecimal(high)).divide(BigDecimal.valueOf(2));
      BigDecimal hair = middle.ulp().scaleByPowerOfTen(-random.nextInt(30));
      for (BigDecimal value : new BigDecimal[] {middle, middle.add(hair), middle.subtract(hair)}) {
        assertNearest(value.toString().replace("E", "e"));
        if (value.precision() - value.scale() > -30) {
          assertNearest(value.toPlainString());
        }
      }
    }
  }

  /** The double in between is a tie of floats, so rounding twice would go wrong. */
  @Test
  void floatIsNotRoundedTwice() {
    byte[] text = utf8("[1.00000017881393432617187499]");
    assertThat(new JsonNumber(text).readFloat(1)).isEqualTo(1.0000001f);
    assertThat((float) new JsonNumber(text).readDouble(1)).isNotEqualTo(1.0000001f);
  }

  @Test
  void edgesOfFloatsAreThoseOfJava() {
    for (String token :
        new String[] {
          "3.4028234663852886e38",
          "3.4028235677973366e38",
          "3.4028235677973365e38",
          "3.4028235677973367e38",
          "3.5e38",
          "1e39",
          "1.4e-45",
          "7.006492321624085e-46",
          "7.006492321624086e-46",
          "7.0064923216240853546186479164495806564013097093825788587853e-46",
          "7.0064923216240853546186479164495806564013097093825788587854e-46",
          "1e-50",
          "1.1754943508222875e-38",
          "1.17549429e-38",
          "1.1754942e-38",
          "16777217",
          "16777219",
          "16777217.0000000000000000000000000000001",
          "340282356779733661637539395458142568447.999",
          "340282356779733661637539395458142568448",
        }) {
      assertNearest(token);
      assertNearest("-" + token);
    }
  }

  @Test
  void upToAThousandDigitsAreRoundedToTheNearest() {
    SplittableRandom random = new SplittableRandom(13);
    for (int i = 0; i < 20_000; i++) {
      float low = Float.intBitsToFloat(random.nextInt(0x7F000000));
      BigDecimal middle =
          new BigDecimal(low).add(new BigDecimal(Math.nextUp(low))).divide(BigDecimal.valueOf(2));
      StringBuilder token = new StringBuilder(middle.toPlainString());
      token.append(token.indexOf(".") < 0 ? "." : "");
      int zeros = random.nextInt(Math.max(1, 1000 - token.length()));
      token.append("0".repeat(zeros)).append(random.nextBoolean() ? "1" : "");
      if (token.charAt(token.length() - 1) != '.') {
        assertNearest(token.toString());
      }
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
