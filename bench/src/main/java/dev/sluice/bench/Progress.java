package dev.sluice.bench;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Says what goes on: each line with the time since the beginning, and a sign of life where there
 * has been none for a while. Thread-safe; its one lock is held while a line is printed, so that
 * lines stay whole.
 */
final class Progress {

  /** Two seconds are promised, and a look takes place ten times a second. */
  private static final Duration SILENCE = Duration.ofMillis(1800);

  private final PrintStream out;
  private final LongSupplier nanoTime;
  private final @Nullable ScheduledExecutorService timer;
  private final long began;

  @GuardedBy("this") private long said;

  private Progress(
      PrintStream out, LongSupplier nanoTime, @Nullable ScheduledExecutorService timer) {
    this.out = out;
    this.nanoTime = nanoTime;
    this.timer = timer;
    this.began = nanoTime.getAsLong();
    this.said = began;
  }

  /** By the system's clock. */
  static Progress on(PrintStream out) {
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("sluice-bench-progress").factory());
    Progress progress = new Progress(out, System::nanoTime, timer);
    var _ = timer.scheduleAtFixedRate(progress::tick, 100, 100, TimeUnit.MILLISECONDS);
    return progress;
  }

  /** By another clock; {@link #tick} is then called by whoever owns that. */
  static Progress on(PrintStream out, LongSupplier nanoTime) {
    return new Progress(out, nanoTime, null);
  }

  /** Prints a line. */
  synchronized void say(String line) {
    said = nanoTime.getAsLong();
    out.printf("%4d s  %s%n", TimeUnit.NANOSECONDS.toSeconds(said - began), line);
  }

  /** Prints a sign of life if nothing was said for a while. */
  synchronized void tick() {
    if (nanoTime.getAsLong() - said >= SILENCE.toNanos()) {
      say("  ...");
    }
  }

  /** No more signs of life. */
  void stop() {
    if (timer != null) {
      timer.shutdown();
    }
  }
}
