package dev.sluice.server;

import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** The bounded pool on which large requests are decoded, so that no event loop is held by one. */
public final class Decoders implements AutoCloseable {

  /** A request of up to this many bytes is decoded where it was read. */
  public static final int IN_LOOP_BYTES = 64 * 1024;

  /** Why a request is not decoded when too many are. */
  public static final Status FULL =
      new Status(
          StatusCode.RESOURCE_EXHAUSTED, "too many large requests are being decoded; retry later");

  /** Requests that may wait for a thread. */
  private static final int WAITING = 256;

  /** What the decoding of the last ones may take at a stop. */
  private static final Duration AT_STOP = Duration.ofSeconds(2);

  private final ThreadPoolExecutor pool;
  private final LongAdder refusals = new LongAdder();

  Decoders(int threads) {
    pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            Thread.ofPlatform().daemon().name("sluice-decode-", 0).factory());
    pool.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs a decoding soon.
   *
   * @throws StatusException RESOURCE_EXHAUSTED if too many wait already
   */
  public void execute(Runnable decoding) {
    try {
      pool.execute(decoding);
    } catch (RejectedExecutionException full) {
      refusals.increment();
      throw FULL.toException();
    }
  }

  /** How often a decoding was refused so far. */
  long refusals() {
    return refusals.sum();
  }

  /** Takes no more, and lets those that it has end. */
  @Override
  public void close() {
    pool.shutdown();
    try {
      if (!pool.awaitTermination(AT_STOP.toMillis(), TimeUnit.MILLISECONDS)) {
        pool.shutdownNow();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
