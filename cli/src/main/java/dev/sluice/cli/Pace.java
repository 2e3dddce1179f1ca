package dev.sluice.cli;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * When requests are due that are to be sent at a rate: each at its own time from the first one on,
 * so those that are late do not move the others. For one thread.
 */
final class Pace {

  private static final double NANOS = 1e9;

  private final double perSecond;
  private final LongSupplier nanoTime;
  private final LongConsumer wait;
  private long begin;
  private long count;

  /**
   * @param perSecond 0 for at once
   * @param nanoTime as {@link System#nanoTime}
   * @param wait lets so many nanoseconds pass, or fewer
   */
  Pace(double perSecond, LongSupplier nanoTime, LongConsumer wait) {
    this.perSecond = perSecond;
    this.nanoTime = nanoTime;
    this.wait = wait;
  }

  /** By the system's clock. */
  static Pace of(double perSecond) {
    return new Pace(perSecond, System::nanoTime, LockSupport::parkNanos);
  }

  /** Returns when the next request is due, or at once in a thread that is interrupted. */
  void await() {
    if (perSecond == 0) {
      return;
    }
    if (count == 0) {
      begin = nanoTime.getAsLong();
    }
    long due = begin + Math.round(count * NANOS / perSecond);
    count++;
    long left = due - nanoTime.getAsLong();
    while (left > 0 && !Thread.currentThread().isInterrupted()) {
      wait.accept(left);
      left = due - nanoTime.getAsLong();
    }
  }
}
