package dev.sluice.examples.boston;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Passes lines on, and adds one of its own when none has come for a while: on a busy machine or
 * from a slow disk, TensorFlow's libraries take seconds to load. Thread-safe.
 */
final class Heartbeat implements Consumer<String> {

  private static final long PATIENCE_MILLIS = 1500;

  private final Consumer<String> out;
  private final LongSupplier nanoTime;
  private final long start;
  private long last;

  /**
   * @param nanoTime a clock as {@link System#nanoTime}
   */
  Heartbeat(Consumer<String> out, LongSupplier nanoTime) {
    this.out = out;
    this.nanoTime = nanoTime;
    this.start = nanoTime.getAsLong();
    this.last = start;
  }

  @Override
  public synchronized void accept(String line) {
    last = nanoTime.getAsLong();
    out.accept(line);
  }

  /** Looks at the clock. */
  synchronized void beat() {
    long now = nanoTime.getAsLong();
    if (now - last >= TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS)) {
      accept("  still working, after %d s".formatted(TimeUnit.NANOSECONDS.toSeconds(now - start)));
    }
  }

  /** Looks at the clock several times a second, until what is returned is shut down. */
  ScheduledExecutorService start() {
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("heartbeat").factory());
    var _ = timer.scheduleAtFixedRate(this::beat, 250, 250, TimeUnit.MILLISECONDS);
    return timer;
  }
}
