package dev.sluice.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {

  @ParameterizedTest
  @CsvSource({
    "localhost, localhost:8500",
    "models.example:9000, models.example:9000",
    "127.0.0.1:1, 127.0.0.1:1",
    "[::1]:9000, [::1]:9000",
    "[::1], [::1]:8500",
    "::1, [::1]:8500",
    "unix:/run/sluice.sock, unix:/run/sluice.sock"
  })
  void targetsAreReadAndPrinted(String text, String printed) {
    assertThat(Target.parse(text)).hasToString(printed);
    assertThat(SluiceClient.of(text)).hasToString(printed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":8500",
        "host:",
        "host:0",
        "host:65536",
        "host:x",
        "http://host:1",
        "unix:",
        "a b"
      })
  void anythingElseIsRefused(String text) {
    assertThatThrownBy(() -> SluiceClient.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected host, host:port, [address]:port or unix:path");
  }
}
