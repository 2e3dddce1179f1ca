package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {

  private final AtomicLong now = new AtomicLong();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private Progress progress() {
    return Progress.on(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        now::get,
        Executors.newSingleThreadScheduledExecutor());
  }

  private void pass(Progress progress, long millis) {
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    progress.tick();
  }

  @Test
  void silenceIsBrokenBeforeTwoSeconds() {
    try (Progress progress = progress()) {
      progress.doing("Training");
      pass(progress, 1700);
      assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
      pass(progress, 100);
      assertThat(out.toString(StandardCharsets.UTF_8)).isEqualToIgnoringNewLines("  Training: 1 s");
      pass(progress, 1800);
      assertThat(out.toString(StandardCharsets.UTF_8))
          .endsWith("  Training: 3 s" + System.lineSeparator());
    }
  }

  @Test
  void linesOfOthersCountAsProgress() {
    try (Progress progress = progress()) {
      progress.doing("Training");
      pass(progress, 1700);
      progress.say("epoch 1");
      pass(progress, 1700);
      assertThat(out.toString(StandardCharsets.UTF_8)).isEqualToIgnoringNewLines("epoch 1");
    }
  }

  @Test
  void nothingIsSaidWhereNothingGoesOn() {
    try (Progress progress = progress()) {
      progress.doing("Asking");
      progress.doing("");
      pass(progress, 60_000);
      assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
    }
  }
}
