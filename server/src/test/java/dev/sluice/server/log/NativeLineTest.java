package dev.sluice.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is made of lines that native code writes. */
class NativeLineTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2026-11-23 07:00:00.123456: I tensorflow/cc/reader.cc:83] Reading x | DEBUG |"
            + " tensorflow/cc/reader.cc:83 | Reading x",
        "2026-11-23 07:00:00.1: W tensorflow/c.cc:1] a] b: c | WARNING | tensorflow/c.cc:1 | a] b: c",
        "2026-11-23 07:00:00.1: E external/local_xla/x.cc:9] no | ERROR | external/local_xla/x.cc:9"
            + " | no",
        "2026-11-23 07:00:00.1: F tensorflow/c.cc:1] Check failed: a == b | ERROR |"
            + " tensorflow/c.cc:1 | Check failed: a == b",
        "I0000 00:00:1795417200.123456    1234 mlir_pass.cc:401] MLIR V1 is not enabled | DEBUG |"
            + " mlir_pass.cc:401 | MLIR V1 is not enabled",
        "W1123 07:00:00.123456 77 x.cc:4] careful | WARNING | x.cc:4 | careful",
        "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR |"
            + " DEBUG | absl |"
            + " WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
        "double free or corruption (out) | INFO | '' | double free or corruption (out)",
      })
  void lineIsTakenApart(String line, LogLevel level, String source, String message) {
    assertThat(NativeLine.of(line)).isEqualTo(new NativeLine(level, source, message));
  }
}
