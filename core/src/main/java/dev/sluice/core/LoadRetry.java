package dev.sluice.core;

import dev.sluice.status.Status;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * How often a load is tried.
 *
 * @param maxRetries tries after the first; not negative
 * @param interval pause between two tries; none if zero or negative
 * @param retryable whether a failure is worth another try
 * @param pause how to pause
 */
record LoadRetry(
    int maxRetries, Duration interval, Predicate<? super Status> retryable, Pause pause) {

  private static final Logger LOG = System.getLogger(LoadRetry.class.getName());

  /** A pause that ends early when the load is cancelled. */
  @FunctionalInterface
  interface Pause {

    /** Waits on the latch itself: an interval's length, or until the cancel counts it down. */
    Pause TIMED =
        (interval, cancelled) -> {
          boolean early = cancelled.await(interval.toNanos(), TimeUnit.NANOSECONDS);
          LOG.log(Level.DEBUG, early ? "Pause ended by a cancel" : "Pause over");
        };

    void await(Duration interval, CountDownLatch cancelled) throws InterruptedException;
  }

  /**
   * Tries until one attempt succeeds, none is left, the failure is not worth another, or the whole
   * is cancelled. A cancel has no effect on an attempt in progress and lets none follow.
   *
   * @param what for the log
   * @param cancelled at zero once cancelled
   * @return what the last attempt came to
   */
  Status run(String what, Supplier<Status> attempt, CountDownLatch cancelled) {
    Status status = attempt(what, attempt);
    int retry = 0;
    while (!status.isOk() && retry < maxRetries && mayRetry(status, cancelled)) {
      pause(cancelled);
      if (isDone(cancelled)) {
        break;
      }
      retry++;
      LOG.log(Level.INFO, "Retrying of " + what + " retry: " + retry);
      status = attempt(what, attempt);
    }
    logEnd(what, mayRetry(status, cancelled), retry == maxRetries);
    return status;
  }

  private static Status attempt(String what, Supplier<Status> attempt) {
    Status status = attempt.get();
    if (!status.isOk()) {
      LOG.log(Level.ERROR, what + " failed: " + status);
    }
    return status;
  }

  private boolean mayRetry(Status status, CountDownLatch cancelled) {
    return !isDone(cancelled) && (status.isOk() || retryable.test(status));
  }

  private void logEnd(String what, boolean mayRetry, boolean exhausted) {
    if (!mayRetry) {
      LOG.log(Level.INFO, "Retrying of " + what + " was cancelled.");
    }
    if (exhausted) {
      LOG.log(Level.INFO, "Retrying of " + what + " exhausted max_num_retries: " + maxRetries);
    }
  }

  /** An interrupt asks the thread to stop, so it cancels. */
  private void pause(CountDownLatch cancelled) {
    if (!interval.isPositive()) {
      return;
    }
    try {
      pause.await(interval, cancelled);
    } catch (InterruptedException interrupt) {
      cancelled.countDown();
      Thread.currentThread().interrupt();
    }
  }

  static boolean isDone(CountDownLatch cancelled) {
    return cancelled.getCount() == 0;
  }
}
