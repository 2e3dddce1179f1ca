package dev.sluice.core;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits that give up loudly. */
final class Waiting {

  private static final long LIMIT_SECONDS = 30;

  private Waiting() {}

  static void on(CountDownLatch latch) {
    try {
      if (!latch.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("not reached in time");
      }
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new AssertionError(interrupt);
    }
  }

  static void on(Thread thread) {
    try {
      if (!thread.join(java.time.Duration.ofSeconds(LIMIT_SECONDS))) {
        throw new AssertionError(thread + " did not end in time");
      }
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new AssertionError(interrupt);
    }
  }

  static Thread start(Runnable task) {
    return Thread.ofPlatform().daemon().start(task);
  }
}
