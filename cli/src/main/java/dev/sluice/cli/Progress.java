package dev.sluice.cli;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lines for somebody who waits: those that there are to say, and one of its own where there has
 * been none for a while. Thread-safe; its one lock is also held while a line is printed, so that
 * lines stay whole.
 */
final class Progress implements AutoCloseable {

  /** Two seconds are promised, and a look takes place ten times a second. */
  static final Duration SILENCE = Duration.ofMillis(1800);

  private final PrintStream out;
  private final LongSupplier nanoTime;
  private final ScheduledExecutorService timer;
  private final ScheduledFuture<?> ticks;

  @GuardedBy("this") private String activity = "";

  @GuardedBy("this") private long began;

  @GuardedBy("this") private long said;

  private Progress(PrintStream out, LongSupplier nanoTime, ScheduledExecutorService timer) {
    this.out = out;
    this.nanoTime = nanoTime;
    this.timer = timer;
    this.ticks = timer.scheduleAtFixedRate(this::tick, 100, 100, TimeUnit.MILLISECONDS);
  }

  /** Begins with nothing going on, by the system's clock. */
  static Progress on(PrintStream out) {
    return on(
        out,
        System::nanoTime,
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("sluice-progress").factory()));
  }

  /**
   * Begins with nothing going on.
   *
   * @param timer looks at the clock; closed together with this
   */
  static Progress on(PrintStream out, LongSupplier nanoTime, ScheduledExecutorService timer) {
    return new Progress(out, nanoTime, timer);
  }

  /** From now on this goes on; said only if it takes long. Empty for nothing. */
  synchronized void doing(String newActivity) {
    activity = newActivity;
    began = nanoTime.getAsLong();
    said = began;
  }

  /** Prints a line. */
  synchronized void say(String line) {
    out.println(line);
    said = nanoTime.getAsLong();
  }

  /** Prints how long the activity has taken, if nothing was said for a while. */
  synchronized void tick() {
    long now = nanoTime.getAsLong();
    if (!activity.isEmpty() && now - said >= SILENCE.toNanos()) {
      say("  " + activity + ": " + TimeUnit.NANOSECONDS.toSeconds(now - began) + " s");
    }
  }

  @Override
  public void close() {
    ticks.cancel(false);
    timer.shutdown();
  }
}
