package dev.sluice.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.status.StatusException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GzipBodyTest {

  private static byte[] inflated(byte[] packed) {
    return new GzipBody(packed).inflated();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 1000, 100_000, 5_000_000})
  void whatWasPackedComesOut(int length) {
    byte[] plain = new byte[length];
    new Random(length).ints(length).forEach(i -> plain[Math.floorMod(i, length)] = (byte) i);
    GzipBody body = new GzipBody(Gzip.deflated(plain));
    assertThat(body.length()).isEqualTo(length);
    assertThat(body.inflated()).isEqualTo(plain);
    assertThat(inflated(Gzip.deflated(new byte[length]))).isEqualTo(new byte[length]);
  }

  /** Extra field, name, comment and header checksum, as RFC 1952 lays them out. */
  @Test
  void optionalPartsOfTheHeaderArePassedOver() {
    byte[] plain = "hi".getBytes(StandardCharsets.US_ASCII);
    byte[] packed = Gzip.deflated(plain);
    byte[] options = HexFormat.of().parseHex("0300616263" + "6e00" + "6300" + "1234");
    byte[] longer = Arrays.copyOf(packed, packed.length + options.length);
    System.arraycopy(packed, 10, longer, 10 + options.length, packed.length - 10);
    System.arraycopy(options, 0, longer, 10, options.length);
    longer[3] = 4 | 8 | 16 | 2;
    assertThat(inflated(longer)).isEqualTo(plain);
    for (int end = 10; end < 10 + options.length; end++) {
      byte[] cut = Arrays.copyOf(longer, Math.max(18, end));
      assertBroken(cut);
    }
  }

  @Test
  void anyCutAndAnyAdditionIsBroken() {
    byte[] packed =
        Gzip.deflated("{\"instances\": [1.0, 2.0]}".getBytes(StandardCharsets.US_ASCII));
    for (int length = 0; length < packed.length; length++) {
      assertBroken(Arrays.copyOf(packed, length));
    }
    assertBroken(Arrays.copyOf(packed, packed.length + 1));
    byte[] twice = Arrays.copyOf(packed, 2 * packed.length);
    System.arraycopy(packed, 0, twice, packed.length, packed.length);
    assertBroken(twice);
  }

  @Test
  void anyFlippedBitAfterTheHeaderIsFoundOrHarmless() {
    byte[] plain = "{\"instances\": [1.0, 2.0, 3.0]}".getBytes(StandardCharsets.US_ASCII);
    byte[] packed = Gzip.deflated(plain);
    for (int bit = 80; bit < 8 * packed.length; bit++) {
      byte[] damaged = packed.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      try {
        assertThat(inflated(damaged)).isEqualTo(plain); // a bit that nobody reads
      } catch (StatusException broken) {
        assertThat(broken).hasMessageStartingWith("Failed to decompress gzip request body: ");
      }
    }
  }

  /** A few bytes that claim 4 GiB must not be believed. */
  @Test
  void lengthThatTheFormatCannotReachIsRefusedAtOnce() {
    byte[] packed = Gzip.deflated(new byte[10]);
    Arrays.fill(packed, packed.length - 4, packed.length, (byte) 0xff);
    assertBroken(packed);
  }

  @Test
  void ratioOfABombIsKnownBeforeItIsInflated() {
    GzipBody bomb = new GzipBody(Gzip.deflated(new byte[10_000_000]));
    assertThat(bomb.length()).isEqualTo(10_000_000);
    assertThat(bomb.ratio()).isGreaterThan(100);
  }

  @Test
  void acceptanceIsByNameAndNotWithZeroQuality() {
    assertThat(Gzip.isAccepted("gzip")).isTrue();
    assertThat(Gzip.isAccepted("deflate, GZIP;q=0.5")).isTrue();
    assertThat(Gzip.isAccepted("br, x-gzip")).isTrue();
    assertThat(Gzip.isAccepted("gzip; q=0")).isFalse();
    assertThat(Gzip.isAccepted("gzip;q=0.000, *")).isFalse();
    assertThat(Gzip.isAccepted("")).isFalse();
    assertThat(Gzip.isAccepted("identity, deflate")).isFalse();
  }

  private static void assertBroken(byte[] packed) {
    assertThatThrownBy(() -> inflated(packed))
        .isInstanceOf(StatusException.class)
        .hasMessageStartingWith("Failed to decompress gzip request body: ");
  }
}
