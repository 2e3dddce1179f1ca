package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Base64TextTest {

  private static byte[] decode(String text) {
    byte[] bytes = utf8("<" + text + ">");
    return Base64Text.decode(bytes, 1, bytes.length - 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"aGk=", "aGk", "aGk.", " a\tG\nk\u000B\f\r= ", "aG k =", "aGl=", "aGm", "aG k. "})
  void variantsOfHiDecode(String text) {
    assertThat(decode(text)).isEqualTo(utf8("hi"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "a===",
        "aGk==",
        "aG=",
        "aG===",
        "aGkx=",
        "aGkxa",
        "=",
        "==",
        "aGkxaGkx==",
        "aGk=a",
        "a-_b",
        "aGk=\u0001",
        "aé==",
        "aG=k"
      })
  void otherTextDoesNot(String text) {
    assertThat(decode(text)).isNull();
  }

  @Test
  void paddingMayComeWithDotsOrNotAtAll() {
    assertThat(decode("")).isEmpty();
    assertThat(decode(" ")).isEmpty();
    assertThat(decode("aA==")).isEqualTo(utf8("h"));
    assertThat(decode("aA.=")).isEqualTo(utf8("h"));
    assertThat(decode("aA")).isEqualTo(utf8("h"));
  }

  @Test
  void anyBytesComeBack() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 2_000; i++) {
      byte[] bytes = new byte[random.nextInt(50)];
      random.nextBytes(bytes);
      assertThat(decode(Base64.getEncoder().encodeToString(bytes))).isEqualTo(bytes);
      assertThat(decode(Base64.getEncoder().withoutPadding().encodeToString(bytes)))
          .isEqualTo(bytes);
      assertThat(decode(Base64.getMimeEncoder(8, utf8("\r\n")).encodeToString(bytes)))
          .isEqualTo(bytes);
    }
  }
}
