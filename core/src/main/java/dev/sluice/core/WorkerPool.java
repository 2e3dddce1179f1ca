package dev.sluice.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Threads that load or unload: so many slots with a queue, or none, and then the caller's thread
 * does the work.
 *
 * <p>A task that {@linkplain #pausing pauses}, as a load does between two attempts, gives its slot
 * away for that time and gets one back before any task that only waits to begin. So a servable that
 * fails and is tried again every minute holds up nobody, not even where there is one slot; and
 * never do more tasks work at once than there are slots.
 *
 * <p>Safe for use by many threads. The lock is held for moments only, never while a task runs.
 */
final class WorkerPool {

  /** Something that waits. */
  @FunctionalInterface
  interface Waiting {
    void await() throws InterruptedException;
  }

  /** The pool whose task the thread runs. */
  private static final ThreadLocal<@Nullable WorkerPool> CURRENT = new ThreadLocal<>();

  private final @Nullable ThreadPoolExecutor executor;
  private final int slots;
  private final Runnable whenIdle;
  private final Object lock = new Object();

  /** What to do with a slot, first come first: begin a task, or go on with one. */
  @GuardedBy("lock") private final Deque<Runnable> waiting = new ArrayDeque<>();

  @GuardedBy("lock") private int running;

  @GuardedBy("lock") private int paused;

  @GuardedBy("lock") private boolean held;

  @GuardedBy("lock") private boolean closed;

  private WorkerPool(@Nullable ThreadPoolExecutor executor, int slots, Runnable whenIdle) {
    this.executor = executor;
    this.slots = slots;
    this.whenIdle = whenIdle;
  }

  /** A pool that runs each task on the thread that brings it. */
  static WorkerPool inline() {
    return new WorkerPool(null, 0, () -> {});
  }

  /**
   * A pool of daemon threads, named {@code <name>-1} and so on, that start when there is work.
   *
   * @param whenIdle run on a pool thread each time the last task that can work has ended or paused
   */
  static WorkerPool ofThreads(String name, int threads, Runnable whenIdle) {
    return new WorkerPool(
        new ThreadPoolExecutor(
            threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons(name)),
        threads,
        whenIdle);
  }

  static ThreadFactory daemons(String name) {
    return Thread.ofPlatform().daemon().name(name + "-", 1).factory();
  }

  boolean isInline() {
    return executor == null;
  }

  /** Whether a task works or waits for a slot; one that pauses does neither. */
  boolean isBusy() {
    synchronized (lock) {
      return running > 0 || !waiting.isEmpty();
    }
  }

  /** Lets no task begin until the {@link #release}. */
  void hold() {
    synchronized (lock) {
      held = true;
    }
  }

  /** Lets tasks begin again. */
  void release() {
    synchronized (lock) {
      held = false;
      dispatch();
      lock.notifyAll();
    }
  }

  /** Runs a task, here or soon; false if the pool is closed. Tasks must not throw. */
  boolean run(Runnable task) {
    ThreadPoolExecutor threads = executor;
    if (threads == null) {
      awaitRelease();
      task.run();
      return true;
    }
    synchronized (lock) {
      if (closed) {
        return false;
      }
      waiting.addLast(() -> threads.execute(() -> runCounted(task)));
      dispatch();
    }
    return true;
  }

  @GuardedBy("lock") private void dispatch() {
    while (!held && running < slots && !waiting.isEmpty()) {
      running++;
      waiting.removeFirst().run();
    }
  }

  private void runCounted(Runnable task) {
    CURRENT.set(this);
    try {
      task.run();
    } finally {
      CURRENT.remove();
      leave(0);
    }
  }

  /** Gives a slot back. */
  private void leave(int pausing) {
    boolean idle;
    synchronized (lock) {
      running--;
      paused += pausing;
      resize();
      dispatch();
      idle = running == 0 && waiting.isEmpty();
      endIfEmpty();
      lock.notifyAll();
    }
    if (idle) {
      whenIdle.run();
    }
  }

  /**
   * Waits as part of the task on this thread, whose slot is another's meanwhile. On a thread of no
   * pool it just waits.
   */
  static void pausing(Waiting pause) throws InterruptedException {
    WorkerPool pool = CURRENT.get();
    if (pool == null) {
      pause.await();
      return;
    }
    pool.leave(1);
    try {
      pause.await();
    } finally {
      pool.comeBack();
    }
  }

  private void comeBack() {
    CountDownLatch slot = new CountDownLatch(1);
    synchronized (lock) {
      waiting.addFirst(slot::countDown);
      dispatch();
    }
    awaitUninterruptibly(slot::await);
    synchronized (lock) {
      paused--;
      resize();
      lock.notifyAll();
    }
  }

  /** A paused task keeps its thread, so there is one more for the slot that it gave away. */
  @GuardedBy("lock") private void resize() {
    if (executor != null) {
      int threads = slots + paused;
      executor.setMaximumPoolSize(Math.max(threads, executor.getCorePoolSize()));
      executor.setCorePoolSize(threads);
      executor.setMaximumPoolSize(threads);
    }
  }

  private void awaitRelease() {
    awaitUninterruptibly(() -> {
      synchronized (lock) {
        while (held) {
          lock.wait();
        }
      }
    });
  }

  private static void awaitUninterruptibly(Waiting condition) {
    boolean interrupted = false;
    while (true) {
      try {
        condition.await();
        break;
      } catch (InterruptedException interrupt) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until no task works or waits for a slot. */
  void awaitIdle() throws InterruptedException {
    synchronized (lock) {
      while (running > 0 || !waiting.isEmpty()) {
        lock.wait();
      }
    }
  }

  /** Waits until there is no task at all, paused ones included. */
  void awaitEmpty() throws InterruptedException {
    synchronized (lock) {
      while (running > 0 || paused > 0 || !waiting.isEmpty()) {
        lock.wait();
      }
    }
  }

  /** Accepts no more tasks and ends the threads once those accepted have ended. */
  void shutdown() {
    synchronized (lock) {
      closed = true;
      endIfEmpty();
    }
  }

  @GuardedBy("lock") private void endIfEmpty() {
    if (closed && executor != null && running == 0 && paused == 0 && waiting.isEmpty()) {
      executor.shutdown();
    }
  }
}
