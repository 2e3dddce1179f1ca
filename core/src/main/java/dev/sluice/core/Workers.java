package dev.sluice.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Who loads and who unloads: a pool for each, with these rules for a pool of 0 threads. In a
 * running manager one serial worker stands in for it (the same one for both), which keeps the
 * visible order of work done on the manage thread without stopping that thread. In a manager driven
 * by hand the work is done on the caller's thread.
 *
 * <p>Safe for use by many threads. The lock {@code resizing} is held while an old pool drains; it
 * is taken by nobody but callers of {@link #setLoadThreads}.
 */
final class Workers {

  private static final String LOADERS = "sluice-load";
  private static final String SERIAL = "sluice-load-serial";
  private static final String UNLOADERS = "sluice-unload";

  private final WorkerPool none;
  private final WorkerPool unloads;
  private final ReentrantLock resizing = new ReentrantLock();
  private volatile WorkerPool loads;
  private volatile int loadThreads;

  private final Object lock = new Object();

  @GuardedBy("lock") private final Queue<Runnable> handedOver = new ArrayDeque<>();

  @GuardedBy("lock") private int underWay;

  /**
   * @param byHand whether the manager is driven by hand
   * @param whenIdle run each time the serial worker has nothing left to do
   */
  Workers(ManagerOptions options, boolean byHand, Runnable whenIdle) {
    none = byHand ? WorkerPool.inline() : WorkerPool.ofThreads(SERIAL, 1, whenIdle);
    loads = pool(LOADERS, options.loadThreads());
    loadThreads = options.loadThreads();
    unloads = pool(UNLOADERS, options.unloadThreads());
  }

  private WorkerPool pool(String name, int threads) {
    return threads == 0 ? none : WorkerPool.ofThreads(name, threads, () -> {});
  }

  /**
   * Whether an action has to wait for the serial worker. While it has work no further action is
   * chosen for it, so that the choice is made on what that work has led to.
   */
  boolean mustWait(VersionAction.Kind kind) {
    return (kind == VersionAction.Kind.LOAD ? loads : unloads) == none && none.isBusy();
  }

  /** Runs a load, here or soon. */
  void load(Runnable task) {
    WorkerPool pool = loads;
    while (!pool.run(task)) {
      WorkerPool next = loads;
      if (next == pool) {
        keep(task);
        return;
      }
      pool = next;
    }
  }

  /** Runs an unload, here or soon. */
  void unload(Runnable task) {
    if (!unloads.run(task)) {
      keep(task);
    }
  }

  /**
   * Runs the rest of an unload on a manager's thread, never on the caller's: in a manager driven by
   * hand that is whoever calls {@link #runHandedOver} next.
   */
  void handOver(Runnable task) {
    if (unloads.isInline() || !unloads.run(task)) {
      keep(task);
    }
  }

  /**
   * Runs a load that could not begin when it was asked for, on a thread that loads; in a manager
   * driven by hand without such threads that is whoever calls {@link #runHandedOver} next.
   */
  void handOverLoad(Runnable task) {
    if (loads.isInline()) {
      keep(task);
    } else {
      load(task);
    }
  }

  /** Without threads, or when they have ended, work is for whoever closes or steps next. */
  private void keep(Runnable task) {
    synchronized (lock) {
      handedOver.add(task);
      lock.notifyAll();
    }
  }

  void runHandedOver() {
    for (Runnable task = nextHandedOver(); task != null; task = nextHandedOver()) {
      task.run();
    }
  }

  private @Nullable Runnable nextHandedOver() {
    synchronized (lock) {
      return handedOver.poll();
    }
  }

  /** Counts a load or unload as under way. */
  void begin() {
    synchronized (lock) {
      underWay++;
    }
  }

  /** Counts a load or unload as done. */
  void end() {
    synchronized (lock) {
      underWay--;
      lock.notifyAll();
    }
  }

  /** Waits until no load or unload is under way, doing what was handed over. */
  void awaitQuiet() throws InterruptedException {
    while (true) {
      synchronized (lock) {
        while (underWay > 0 && handedOver.isEmpty()) {
          lock.wait();
        }
        if (handedOver.isEmpty()) {
          return;
        }
      }
      runHandedOver();
    }
  }

  int loadThreads() {
    return loadThreads;
  }

  /**
   * Replaces the load pool and returns when the old one has done its work. Unless both pools have
   * more than one thread, loads of the new one begin only when none of the old one works any more,
   * so that a change between pools that load one at a time never makes two loads overlap. A load
   * that pauses before another attempt is not waited for by other loads, only by the caller.
   */
  void setLoadThreads(int threads) throws InterruptedException {
    resizing.lockInterruptibly();
    try {
      WorkerPool old = loads;
      WorkerPool next = pool(LOADERS, threads);
      boolean oneAfterTheOther = loadThreads < 2 || threads < 2;
      loadThreads = threads;
      if (old != next) {
        replace(old, next, oneAfterTheOther);
      }
    } finally {
      resizing.unlock();
    }
  }

  private void replace(WorkerPool old, WorkerPool next, boolean oneAfterTheOther)
      throws InterruptedException {
    if (oneAfterTheOther) {
      next.hold();
    }
    loads = next;
    try {
      if (old != none) {
        old.shutdown();
      }
      old.awaitIdle();
    } finally {
      next.release();
    }
    old.awaitEmpty();
  }

  /** Ends all threads once they have done what they have. */
  void shutdown() {
    loads.shutdown();
    unloads.shutdown();
    none.shutdown();
  }
}
