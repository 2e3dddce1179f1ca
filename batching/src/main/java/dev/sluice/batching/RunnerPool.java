package dev.sluice.batching;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The threads that make runs, shared among models so that none can take them all.
 *
 * <p>Work comes in units of one run each, and every unit belongs to a model's {@link Share}. Three
 * rules make it fair. A share has a bound on how many of its runs go on at once. Shares with work
 * are visited in turn, one unit per visit, and so are the queues within a share. And a share none
 * of whose work is being done is given a thread at once, even if that makes one more than the
 * process should have: so models whose runs wait for a long time can hold their own threads and no
 * others.
 *
 * <p>Threads are platform threads, since a native run pins a virtual one. They are made when there
 * is work and none is idle, and end after ten idle seconds.
 *
 * <p><b>Threading.</b> Safe from any thread. The lock is held for list operations only.
 */
final class RunnerPool implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(RunnerPool.class.getName());
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Something that has runs to make. */
  interface Work {

    /** Makes one run. Must not throw. */
    void runOnce();
  }

  /** What one model may use. Its fields are guarded by the pool's lock. */
  static final class Share {
    private final int bound;
    private final Queue<Work> ready = new ArrayDeque<>();
    private int running;
    private boolean listed;

    /**
     * @param bound how many runs of the model may go on at once
     */
    Share(int bound) {
      this.bound = bound;
    }

    private boolean mayRun() {
      return !ready.isEmpty() && running < bound;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final int bound;
  private final Runnable onStart;

  @GuardedBy("lock") private final Queue<Share> shares = new ArrayDeque<>();

  @GuardedBy("lock") private final Set<Thread> threads = new HashSet<>();

  @GuardedBy("lock") private int idle;

  @GuardedBy("lock") private long made;

  @GuardedBy("lock") private boolean closed;

  /**
   * @param bound how many threads there should be at most
   * @param onStart what each does first
   */
  RunnerPool(int bound, Runnable onStart) {
    this.bound = bound;
    this.onStart = onStart;
  }

  /**
   * There is one more run to make. Also once closed: whoever closes a pool closes its queues first.
   */
  void add(Share share, Work work) {
    Thread fresh;
    lock.lock();
    try {
      share.ready.add(work);
      list(share);
      fresh = wake();
    } finally {
      lock.unlock();
    }
    start(fresh);
  }

  @GuardedBy("lock") private void list(Share share) {
    if (!share.listed && share.mayRun()) {
      share.listed = true;
      shares.add(share);
    }
  }

  /**
   * Sees to it that a thread comes for what is listed: an idle one is told, or one that is to be
   * started is returned. One that comes wakes the next if there is more, so none is forgotten.
   */
  @GuardedBy("lock") private @Nullable Thread wake() {
    if (shares.isEmpty()) {
      return null;
    }
    if (idle >= shares.size()) {
      changed.signal();
      return null;
    }
    if (threads.size() >= bound && starving() == null) {
      return null; // a thread that ends its run will come
    }
    Thread thread =
        Thread.ofPlatform().daemon().name("sluice-run-" + made++).unstarted(this::serve);
    threads.add(thread);
    return thread;
  }

  /** A share with work of which none is being done. */
  @GuardedBy("lock") private @Nullable Share starving() {
    for (Share share : shares) {
      if (share.running == 0) {
        return share;
      }
    }
    return null;
  }

  private void start(@Nullable Thread thread) {
    if (thread == null) {
      return;
    }
    try {
      thread.start();
    } catch (OutOfMemoryError noThread) {
      LOG.log(Level.ERROR, "no thread can be made for runs; those there are go on", noThread);
      lock.lock();
      try {
        threads.remove(thread);
      } finally {
        lock.unlock();
      }
    }
  }

  private void serve() {
    begin();
    Share share = null;
    for (Task task = next(null); task != null; task = next(share)) {
      share = task.share();
      runOnce(task.work());
    }
  }

  /** A thread that ended here would be waited for at the close, without end. */
  private void begin() {
    try {
      onStart.run();
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "a thread for runs begins without its preparation", failure);
    }
  }

  private record Task(Share share, Work work) {}

  private static void runOnce(Work work) {
    try {
      work.runOnce();
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "a run failed in an unforeseen way", failure);
    }
  }

  /** Gives back what was done, takes what is next. Null where the thread shall end. */
  private @Nullable Task next(@Nullable Share done) {
    Thread fresh;
    Task task;
    lock.lock();
    try {
      if (done != null) {
        done.running--;
        list(done);
      }
      task = poll();
      while (task == null && stays()) {
        task = poll();
      }
      if (task == null) {
        threads.remove(Thread.currentThread());
      }
      fresh = wake();
    } finally {
      lock.unlock();
    }
    start(fresh);
    return task;
  }

  /** A thread that is one too many serves only those that nobody serves. */
  @GuardedBy("lock") private @Nullable Task poll() {
    Share share = threads.size() > bound ? starving() : shares.peek();
    if (share == null) {
      return null;
    }
    shares.remove(share);
    share.listed = false;
    Work work = share.ready.remove();
    share.running++;
    list(share);
    return new Task(share, work);
  }

  /** Waits for work; false where it has waited long enough, or there are too many threads. */
  @GuardedBy("lock") private boolean stays() {
    if (closed || threads.size() > bound) {
      return false;
    }
    long left = IDLE_NANOS;
    idle++;
    try {
      while (shares.isEmpty() && !closed) {
        if (left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      return !closed;
    } catch (InterruptedException stray) {
      return true; // an engine may have left it behind; the close has a flag of its own
    } finally {
      idle--;
    }
  }

  /** How many threads there are. */
  int threads() {
    lock.lock();
    try {
      return threads.size();
    } finally {
      lock.unlock();
    }
  }

  /** Returns when nothing runs and nothing is ready to; the threads have ended then. */
  @Override
  public void close() {
    List<Thread> ending = end();
    while (!ending.isEmpty()) {
      for (Thread thread : ending) {
        try {
          thread.join();
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          return;
        }
      }
      ending = end();
    }
  }

  private List<Thread> end() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      return new ArrayList<>(threads);
    } finally {
      lock.unlock();
    }
  }
}
