package dev.sluice.server;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts requests that are being worked on, so that a stop can wait for them. Thread-safe. */
public final class InFlight {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();
  private final AtomicLong count = new AtomicLong();
  private volatile boolean waited;

  /** A request begins. */
  public void begin() {
    count.incrementAndGet();
  }

  /** A request has ended. */
  public void end() {
    if (count.decrementAndGet() == 0 && waited) {
      lock.lock();
      try {
        idle.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Waits until none is left. False if that takes longer. */
  public boolean awaitIdle(Duration limit) throws InterruptedException {
    long left = limit.toNanos();
    waited = true; // before the count is read: who brings it to zero later, signals
    lock.lock();
    try {
      while (count.get() > 0) {
        if (left <= 0) {
          return false;
        }
        left = idle.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }
}
