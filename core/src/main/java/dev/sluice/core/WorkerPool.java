package dev.sluice.core;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Threads that load or unload: a fixed number of them with a queue, or none, and then the caller's
 * thread does the work. Safe for use by many threads.
 */
final class WorkerPool {

  private final @Nullable ThreadPoolExecutor executor;
  private final AtomicInteger accepted = new AtomicInteger();
  private final Runnable whenIdle;
  private volatile @Nullable CountDownLatch gate;

  private WorkerPool(@Nullable ThreadPoolExecutor executor, Runnable whenIdle) {
    this.executor = executor;
    this.whenIdle = whenIdle;
  }

  /** A pool that runs each task on the thread that brings it. */
  static WorkerPool inline() {
    return new WorkerPool(null, () -> {});
  }

  /**
   * A pool of daemon threads, named {@code <name>-1} and so on, that start when there is work.
   *
   * @param whenIdle run on a pool thread each time the last accepted task is done
   */
  static WorkerPool ofThreads(String name, int threads, Runnable whenIdle) {
    return new WorkerPool(
        new ThreadPoolExecutor(
            threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons(name)),
        whenIdle);
  }

  static ThreadFactory daemons(String name) {
    return Thread.ofPlatform().daemon().name(name + "-", 1).factory();
  }

  boolean isInline() {
    return executor == null;
  }

  /** Whether a task is queued or running. */
  boolean isBusy() {
    return accepted.get() > 0;
  }

  /** Lets tasks that are brought from now on start only when the latch is at zero. */
  void holdUntil(CountDownLatch latch) {
    gate = latch;
  }

  /** Runs a task, here or soon; false if the pool is closed. Tasks must not throw. */
  boolean run(Runnable task) {
    CountDownLatch before = gate;
    Runnable held = before == null ? task : () -> runAfter(before, task);
    if (executor == null) {
      held.run();
      return true;
    }
    accepted.incrementAndGet();
    try {
      executor.execute(() -> runCounted(held));
      return true;
    } catch (RejectedExecutionException closed) {
      accepted.decrementAndGet();
      return false;
    }
  }

  private void runCounted(Runnable task) {
    try {
      task.run();
    } finally {
      if (accepted.decrementAndGet() == 0) {
        whenIdle.run();
      }
    }
  }

  private static void runAfter(CountDownLatch latch, Runnable task) {
    boolean interrupted = false;
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException interrupt) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    task.run();
  }

  /** Waits for every task accepted so far; exact only for one thread. */
  void drain() throws InterruptedException {
    CountDownLatch reached = new CountDownLatch(1);
    if (run(reached::countDown)) {
      reached.await();
    }
  }

  /** Accepts no more tasks and waits for those accepted. */
  void close() throws InterruptedException {
    if (executor != null) {
      executor.shutdown();
      executor.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    }
  }

  /** Accepts no more tasks; those accepted still run. */
  void shutdown() {
    if (executor != null) {
      executor.shutdown();
    }
  }
}
