package dev.sluice.server.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;

/**
 * Tells the log of what may happen a thousand times a second, and is counted where it happens: the
 * first time within a second, then at most one line in ten seconds, with how often it was. Those
 * who count pay nothing for it.
 *
 * <p>Thread-safe. Its lock is held while it logs: nobody waits for it but the start and the end.
 */
public final class CountWatch implements AutoCloseable {

  /** Least time between two lines of the same count. */
  static final Duration QUIET = Duration.ofSeconds(10);

  private static final Logger LOG = System.getLogger(CountWatch.class.getName());

  /** A count and what was told of it. */
  private static final class Watched {
    private final LongSupplier count;
    private final LongFunction<LogEvent> event;
    private long told;
    private long toldNanos;
    private boolean quiet;

    Watched(LongSupplier count, LongFunction<LogEvent> event) {
      this.count = count;
      this.event = event;
      this.told = count.getAsLong();
    }

    void look(long nowNanos, boolean last) {
      long now = count.getAsLong();
      if (now < told) {
        told = now; // what was counted is gone, such as a model
      }
      quiet = quiet && nowNanos - toldNanos < QUIET.toNanos();
      if (now > told && (last || !quiet)) {
        long times = now - told;
        told = now;
        toldNanos = nowNanos;
        quiet = true;
        event.apply(times).with("count", times).log(LOG, Level.WARNING);
      }
    }
  }

  private final LongSupplier nanoTime;
  private final ScheduledThreadPoolExecutor thread;

  @GuardedBy("this") private final List<Watched> all = new ArrayList<>();

  @GuardedBy("this") private boolean closed;

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  public CountWatch(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.thread =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("sluice-log").factory());
  }

  /** Looks every second from now on. */
  public void begin() {
    var _ = thread.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
  }

  /**
   * Watches one count more, from what it is now.
   *
   * @param count only grows, but may begin again; asked on a thread of its own and at the end
   * @param event what to say when it has grown by so much; a member {@code count} is added
   */
  public synchronized void add(LongSupplier count, LongFunction<LogEvent> event) {
    all.add(new Watched(count, event));
  }

  void look() {
    look(false);
  }

  private synchronized void look(boolean last) {
    if (closed) {
      return;
    }
    closed = last;
    long now = nanoTime.getAsLong();
    for (Watched watched : all) {
      try {
        watched.look(now, last);
      } catch (RuntimeException failure) {
        LOG.log(Level.ERROR, "A count could not be read", failure);
      }
    }
  }

  /** Tells what is not told yet, and looks no more. */
  @Override
  public void close() {
    thread.shutdownNow();
    look(true);
  }
}
