package dev.sluice.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the last words of a process. */
class StandardErrorTest {

  private static final int ABORTED = 128 + 6;

  @TempDir Path folder;

  private static void await(Process process, Path file, String text) throws IOException {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!Files.readString(file).contains(text)) {
      assertThat(process.isAlive()).as(Files.readString(file)).isTrue();
      assertThat(System.nanoTime()).as("no line with %s", text).isLessThan(limit);
      LockSupport.parkNanos(10_000_000);
    }
  }

  /** The pipe alone would lose them: this fails without what delays an abort. */
  @Test
  @EnabledOnOs(OS.LINUX) // elsewhere standard error is not taken over
  void lastWordsBeforeAnAbortAreOnTheLog() throws Exception {
    Path err = folder.resolve("err");
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "ulimit -c 0; exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                StandardErrorCrash.class.getName())
            .redirectError(err.toFile())
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    await(process, err, "none of TensorFlow's");
    try (OutputStream in = process.getOutputStream()) {
      in.write('\n');
    }
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(ABORTED);
    List<String> lines = Files.readAllLines(err);
    assertThat(lines).hasSize(2);
    assertThat(lines.getFirst())
        .contains("\"level\":\"info\",\"event\":\"stderr\"")
        .endsWith("\"message\":\"none of TensorFlow's\"}");
    assertThat(lines.getLast())
        .contains("\"level\":\"error\",\"event\":\"tensorflow\"")
        .contains("\"source\":\"tensorflow/core/x.cc:12\"")
        .endsWith("\"message\":\"Check failed: a == b\"}");
  }
}
