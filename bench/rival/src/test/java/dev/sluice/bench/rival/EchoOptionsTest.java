package dev.sluice.bench.rival;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EchoOptionsTest {

  private static final EchoOptions OPTIONS = new EchoOptions("127.0.0.1", 8501, 2);

  @Test
  void defaultIsTheLoopbackAddressAndAThreadPerProcessor() {
    assertThat(EchoOptions.onPort(8501).with())
        .isEqualTo(new EchoOptions("127.0.0.1", 8501, Runtime.getRuntime().availableProcessors()));
  }

  @Test
  void flagsChangeOptions() {
    assertThat(OPTIONS.with("--host=0.0.0.0", "--port=9000", "--threads=7"))
        .isEqualTo(new EchoOptions("0.0.0.0", 9000, 7));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--prot=1", "--port", "--port=x", "--port=65536", "--threads=0", "stray", ""})
  void otherArgumentsAreRefused(String argument) {
    assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.with(argument));
  }
}
