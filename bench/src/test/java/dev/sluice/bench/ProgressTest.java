package dev.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {

  private final AtomicLong millis = new AtomicLong();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Progress progress =
      Progress.on(
          new PrintStream(out, true, StandardCharsets.UTF_8),
          () -> TimeUnit.MILLISECONDS.toNanos(millis.get()));

  @Test
  void silenceIsNeverLongerThanTwoSeconds() {
    progress.say("warming up");
    for (int i = 0; i < 50; i++) {
      millis.addAndGet(100);
      progress.tick();
      if (millis.get() == 3000) {
        progress.say("done");
      }
    }
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .containsExactly("   0 s  warming up", "   1 s    ...", "   3 s  done", "   4 s    ...");
  }
}
