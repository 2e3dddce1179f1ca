package dev.sluice.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FloatTextTest {

  private final FloatText floatText = new FloatText();
  private final byte[] out = new byte[FloatText.MAX_LENGTH + 1];

  private String text(float value) {
    return new String(out, 0, floatText.write(value, out, 0), US_ASCII);
  }

  private String text(double value) {
    return new String(out, 0, floatText.write(value, out, 0), US_ASCII);
  }

  @ParameterizedTest
  @CsvSource({
    "2.5, 2.5",
    "4, 4.0",
    "0.1, 0.1",
    "0.33333334, 0.333333343",
    "9000000, 9e+06",
    "999999, 999999.0",
    "1000000, 1e+06",
    "555557.5, 555557.5",
    "16777216, 16777216.0",
    "1435774336, 1.43577434e+09",
    "0.00003, 3e-05",
    "3.4028235e38, 3.40282347e+38",
    "-0.0, -0.0",
    "0.0, 0.0",
    "-1.5, -1.5",
    "1.4e-45, 1.4013e-45",
    "NaN, NaN",
    "Infinity, Infinity",
    "-Infinity, -Infinity",
  })
  void floatsLookAsInTheReference(float value, String expected) {
    assertThat(text(value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "0.1, 0.1",
    "0.3333333333333333, 0.33333333333333331",
    "0.30000000000000004, 0.30000000000000004",
    "1234567, 1234567.0",
    "9000000, 9e+06",
    "123456789, 123456789.0",
    "1e15, 1e+15",
    "123456789012345678, 1.2345678901234568e+17",
    "1e22, 1e+22",
    "0.00001, 1e-05",
    "1.2345678e-05, 1.2345677999999999e-05",
    "1.7976931348623157e308, 1.7976931348623157e+308",
    "5e-324, 4.94066e-324",
    "-0.0, -0.0",
    "NaN, NaN",
    "-Infinity, -Infinity",
  })
  void doublesLookAsInTheReference(double value, String expected) {
    assertThat(text(value)).isEqualTo(expected);
  }

  /** The recipe: exact decimal value, rounded half-even, laid out by the exponent rule. */
  private static String recipe(double value, int precision) {
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(precision, RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - rounded.scale() - 1;
    BigDecimal stripped = rounded.stripTrailingZeros();
    if (exponent >= -4 && exponent < precision) {
      return stripped.toPlainString();
    }
    String digits = stripped.unscaledValue().abs().toString();
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    int size = Math.abs(exponent);
    return (value < 0 ? "-" : "")
        + mantissa
        + (exponent < 0 ? "e-" : "e+")
        + (size < 10 ? "0" : "")
        + size;
  }

  private static String withPoint(String text) {
    return text.indexOf('.') < 0 && text.indexOf('e') < 0 ? text + ".0" : text;
  }

  private static String expected(float value) {
    String six = recipe(value, 6);
    return withPoint(Float.parseFloat(six) == value ? six : recipe(value, 9));
  }

  private static String expected(double value) {
    String six = recipe(value, 6);
    return withPoint(Double.parseDouble(six) == value ? six : recipe(value, 17));
  }

  private void check(float value) {
    if (Float.isFinite(value) && value != 0 && !text(value).equals(expected(value))) {
      assertThat(text(value)).as("%s", value).isEqualTo(expected(value));
    }
  }

  private void check(double value) {
    if (Double.isFinite(value) && value != 0 && !text(value).equals(expected(value))) {
      assertThat(text(value)).as("%s", value).isEqualTo(expected(value));
    }
  }

  @Test
  void randomBitsOfFloatsAgreeWithTheRecipe() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 400_000; i++) {
      check(Float.intBitsToFloat(random.nextInt()));
    }
  }

  @Test
  void randomBitsOfDoublesAgreeWithTheRecipe() {
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < 250_000; i++) {
      check(Double.longBitsToDouble(random.nextLong()));
    }
  }

  @Test
  void everydayNumbersAgreeWithTheRecipe() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 200_000; i++) {
      check((float) random.nextDouble());
      check(random.nextDouble() * 1000);
      check((float) random.nextInt(100_000_000));
      check((double) random.nextLong(1L << random.nextInt(1, 62)));
      // Few decimal digits: the six-digit form reads back.
      check(random.nextInt(1_000_000) / 1000.0);
      check(random.nextInt(1_000_000) / 1000.0f);
      check((float) (random.nextInt(1, 1_000_000) * Math.pow(10, random.nextInt(-50, 33))));
    }
  }

  @Test
  void tiesAndEdgesAgreeWithTheRecipe() {
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < 100_000; i++) {
      // Seven digits that end in 5, as integers and behind a binary fraction.
      long seven = random.nextInt(100_000, 1_000_000) * 10L + 5;
      check((float) seven);
      check((double) seven);
      check(seven * Math.pow(10, random.nextInt(0, 12)));
      check(random.nextInt(100_000, 1_000_000) + 0.5);
      check(random.nextInt(10_000, 100_000) + 0.25f);
      check(random.nextInt(10_000, 100_000) + 0.75);
    }
    for (int exponent = -1074; exponent < 1024; exponent++) {
      double power = Math.scalb(1.0, exponent);
      check(power);
      check(Math.nextUp(power));
      check(Math.nextDown(power));
      check((float) power);
      check(Math.nextUp((float) power));
      check(Math.nextDown((float) power));
    }
    for (int exponent = -324; exponent < 309; exponent++) {
      double power = Double.parseDouble("1e" + exponent);
      check(power);
      check(Math.nextUp(power));
      check(Math.nextDown(power));
      check((float) power);
      check(Math.nextUp((float) power));
      check(Math.nextDown((float) power));
      check(Double.parseDouble("9.99999500000000001e" + exponent));
      check(Double.parseDouble("9.999995e" + exponent));
    }
    check(Float.MAX_VALUE);
    check(Double.MAX_VALUE);
    check(Float.MIN_VALUE);
    check(Double.MIN_VALUE);
  }

  @Test
  void subnormalsAgreeWithTheRecipe() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 50_000; i++) {
      check(Float.intBitsToFloat(random.nextInt(1 << 23)));
      check(Double.longBitsToDouble(random.nextLong(1L << 52)));
    }
  }

  @Test
  void powersOfTwoAndTenAndTheirNeighboursAgreeAsFloats() {
    for (int exponent = -149; exponent < 128; exponent++) {
      around(Math.scalb(1f, exponent));
      around(Math.scalb(3f, exponent - 1));
    }
    for (int exponent = -45; exponent < 39; exponent++) {
      around(Float.parseFloat("1e" + exponent));
      around(Float.parseFloat("9.99999e" + exponent));
      around(Float.parseFloat("1.234565e" + exponent));
    }
  }

  private void around(float value) {
    int bits = Float.floatToRawIntBits(value);
    for (int near = bits - 300; near <= bits + 300; near++) {
      check(Float.intBitsToFloat(near));
    }
  }

  /** Every 29th of all floats: 148 million, two minutes. */
  @Test
  @Tag("stress")
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void allFloatsAgreeWithTheRecipe() {
    for (long bits = 7; bits < 1L << 32; bits += 29) {
      check(Float.intBitsToFloat((int) bits));
    }
  }
}
