package dev.sluice.batching;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.status.StatusException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The way of one queue's calls to the runners: who is let in to wait, who is taken next, and how
 * many runners are wanted.
 *
 * <p><b>Threading.</b> Safe from any thread. One lock, held for list operations only; no other is
 * taken under it.
 */
final class WaitingLine {

  /** Every so many batches one of twice and one of half the size is allowed, to learn from. */
  private static final int TRIAL_EVERY = 64;

  /** Below this, how long a call waited says nothing of the predictions. */
  private static final double SHORT_WAIT_NANOS = 1e6;

  /**
   * Calls that somebody has taken.
   *
   * @param failed whether they were a batch that failed, and were told that they run
   * @param othersWait whether there are others, here or in the line
   */
  record Taken(List<QueuedCall> calls, boolean failed, boolean othersWait) {}

  private final WaitingRoom room;
  private final int bound;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock") private final WaitingCalls waiting = new WaitingCalls();

  @GuardedBy("lock") private final Queue<List<QueuedCall>> broken = new ArrayDeque<>();

  @GuardedBy("lock") private int running;

  /** Runs that the pool was asked for and that have not begun. */
  @GuardedBy("lock") private int announced;

  /** By what factor calls have lately waited longer than was expected. */
  @GuardedBy("lock") private double correction = 1;

  @GuardedBy("lock") private long batches;

  @GuardedBy("lock") private boolean closed;

  /**
   * @param bound how many runs may go on at once
   */
  WaitingLine(WaitingRoom room, int bound) {
    this.room = room;
    this.bound = bound;
  }

  /** Lets a call wait, or says why not. */
  @Nullable StatusException enter(QueuedCall entry, Plan plan, long now) {
    lock.lock();
    try {
      if (closed) {
        return RunScheduler.shuttingDown();
      }
      AdmissionPolicy.Load load = load(entry, plan);
      long deadline = entry.call.deadlineNanos();
      boolean measurable = deadline != Call.NO_DEADLINE && plan.isMeasured();
      if (measurable && !AdmissionPolicy.meets(load, deadline - now)) {
        return tooLate(load, deadline - now);
      }
      if (!room.enter(waiting.count(), waiting.bytes(), entry.bytes)) {
        return full();
      }
      entry.cost = plan.cost(entry.elements);
      entry.expectedWait = load.expectedWait();
      waiting.add(entry);
      return null;
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock") private AdmissionPolicy.Load load(QueuedCall entry, Plan plan) {
    double size = plan.merging() ? Math.min(plan.limit(), waiting.elements()) : 0;
    double run = plan.best().nanos(Math.max(size, entry.elements));
    return new AdmissionPolicy.Load(waiting.cost(), run, running, bound, correction);
  }

  private static StatusException tooLate(AdmissionPolicy.Load load, long left) {
    return StatusException.unavailable(
        "the request would wait about %.0f ms for a run that takes about %.0f ms, and its deadline"
            + " is in %.0f ms; retry later",
        load.expectedWait() / 1e6, load.runNanos() / 1e6, left / 1e6);
  }

  @GuardedBy("lock") private StatusException full() {
    return StatusException.unavailable(
        "%d requests wait for a run of this model already (the limit is %d, or their size);"
            + " retry later",
        waiting.count(), room.callsPerQueue());
  }

  /**
   * The rest of a call that is run in pieces waits again, behind all others.
   *
   * @return false if this is closed; it waits all the same, for {@link #leave}
   */
  boolean enterAgain(QueuedCall entry) {
    lock.lock();
    try {
      room.enterAgain(entry.bytes);
      waiting.add(entry);
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** A batch has failed where nobody has the time to find out why. False if this is closed. */
  boolean enterFailed(List<QueuedCall> members) {
    lock.lock();
    try {
      return !closed && broken.add(members);
    } finally {
      lock.unlock();
    }
  }

  /** Takes a call out that may be waiting. False if it is not. */
  boolean leave(QueuedCall entry) {
    lock.lock();
    try {
      return waiting.remove(entry) && leftRoom(entry);
    } finally {
      lock.unlock();
    }
  }

  private boolean leftRoom(QueuedCall entry) {
    room.leave(entry.bytes);
    return true;
  }

  /** Whether the pool is to be asked for one more run; then it is noted that it was. */
  boolean wantsRunner() {
    lock.lock();
    try {
      if (running + announced >= bound || announced >= waiting.count() + broken.size()) {
        return false;
      }
      announced++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * A runner has come, as {@link #wantsRunner} asked; it calls {@link #ran} later.
   *
   * @return what it shall run; null if there is nothing left, and then {@link #ran} is not called
   */
  @Nullable Taken take(Plan plan, long now) {
    lock.lock();
    try {
      announced--;
      List<QueuedCall> failed = broken.poll();
      List<QueuedCall> calls = failed == null ? takeWaiting(plan, now) : failed;
      if (calls.isEmpty()) {
        return null;
      }
      running++;
      return new Taken(calls, failed != null, waiting.count() > 0 || calls.size() > 1);
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock") private List<QueuedCall> takeWaiting(Plan plan, long now) {
    List<QueuedCall> taken = waiting.take(plan, limit(plan), now);
    for (QueuedCall entry : taken) {
      room.leave(entry.bytes);
      if (entry.expectedWait > SHORT_WAIT_NANOS) {
        double ratio = (now - entry.sinceNanos) / entry.expectedWait;
        correction += (Math.clamp(ratio * correction, 0.5, 4) - correction) / 32;
      }
      entry.expectedWait = 0;
    }
    return taken;
  }

  @GuardedBy("lock") private double limit(Plan plan) {
    double limit = plan.limit();
    long turn = batches++ % TRIAL_EVERY;
    if (turn == TRIAL_EVERY / 2) {
      return limit / 2;
    }
    boolean affordable = plan.best().nanos(2 * limit) <= LimitPolicy.LONGEST_RUN_NANOS;
    return turn == TRIAL_EVERY - 1 && affordable ? 2 * limit : limit;
  }

  /** A runner is done with what it took. */
  void ran() {
    lock.lock();
    try {
      running--;
    } finally {
      lock.unlock();
    }
  }

  int waiting() {
    lock.lock();
    try {
      return waiting.count();
    } finally {
      lock.unlock();
    }
  }

  int running() {
    lock.lock();
    try {
      return running;
    } finally {
      lock.unlock();
    }
  }

  /** Nobody is let in any more; returns those that wait, who stay until they {@link #leave}. */
  List<QueuedCall> close() {
    lock.lock();
    try {
      closed = true;
      List<QueuedCall> left = new ArrayList<>();
      for (QueuedCall entry = waiting.first(); entry != null; entry = entry.next) {
        left.add(entry);
      }
      return left;
    } finally {
      lock.unlock();
    }
  }

  /** Takes out the batches that failed. */
  List<QueuedCall> takeFailed() {
    lock.lock();
    try {
      List<QueuedCall> left = new ArrayList<>();
      broken.forEach(left::addAll);
      broken.clear();
      return left;
    } finally {
      lock.unlock();
    }
  }
}
