package dev.sluice.batching;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Rings an alarm some milliseconds after its deadline, never before it and never not at all.
 *
 * <p>Most requests have a deadline and almost none meets it, so setting and clearing must cost next
 * to nothing, and a sorted queue of timers does not. Here alarms lie in a ring of slots, one per
 * tick of 4 ms, and setting or clearing one is a link in a short list under that slot's own lock.
 * Deadlines that lie more than one round ahead are in their slot all the same and are passed over
 * until their round comes.
 *
 * <p>Where an alarm is set for a tick that has just been swept, nobody would come by again for a
 * round. A slot therefore remembers the last tick that was swept in it, and {@link #set} says that
 * the deadline has passed.
 *
 * <p>The thread sleeps until the next slot in which there is something. It announces that tick,
 * looks again, and only then sleeps; who sets an alarm links it first and then reads the
 * announcement. So either the thread finds the alarm or it is woken.
 *
 * <p><b>Threading.</b> Safe from any thread; an alarm rings on the wheel's thread, outside locks.
 */
final class DeadlineWheel implements AutoCloseable {

  static final long TICK_NANOS = 4_000_000;
  private static final int SLOTS = 512;
  private static final System.Logger LOG = System.getLogger(DeadlineWheel.class.getName());

  /** Something with a deadline. Set at most once at a time. */
  abstract static class Alarm {
    private @Nullable Alarm previous;
    private @Nullable Alarm next;
    private volatile @Nullable Slot slot;
    private long tick;

    /** The deadline has passed. */
    abstract void ring();
  }

  private static final class Slot {
    private @Nullable Alarm first;

    /** All alarms up to this tick have rung. */
    private long swept = Long.MIN_VALUE;

    private volatile boolean empty = true;

    synchronized boolean link(Alarm alarm, long tick) {
      if (tick <= swept) {
        return false;
      }
      Alarm after = first;
      alarm.tick = tick;
      alarm.slot = this;
      alarm.next = after;
      if (after != null) {
        after.previous = alarm;
      }
      first = alarm;
      empty = false;
      return true;
    }

    synchronized void unlink(Alarm alarm) {
      if (alarm.slot != this) {
        return; // somebody else did it
      }
      Alarm before = alarm.previous;
      Alarm after = alarm.next;
      if (before == null) {
        first = after;
      } else {
        before.next = after;
      }
      if (after != null) {
        after.previous = before;
      }
      alarm.slot = null;
      alarm.previous = null;
      alarm.next = null;
      empty = first == null;
    }

    synchronized List<Alarm> due(long now) {
      swept = Math.max(swept, now);
      if (first == null) {
        return List.of();
      }
      List<Alarm> due = new ArrayList<>();
      for (Alarm alarm = first; alarm != null; alarm = alarm.next) {
        if (alarm.tick <= now) {
          due.add(alarm);
        }
      }
      due.forEach(this::unlink);
      return due;
    }
  }

  private final Slot[] slots = new Slot[SLOTS];
  private final LongSupplier nanoTime;
  private final long origin;
  private final Thread thread;
  private volatile long sleepsUntil = Long.MIN_VALUE;
  private volatile boolean closed;

  /** Touched by whoever sweeps: the thread, or a test without one. */
  private long lastTick = -1;

  /** Starts the thread. */
  DeadlineWheel(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.origin = nanoTime.getAsLong();
    for (int i = 0; i < SLOTS; i++) {
      slots[i] = new Slot();
    }
    this.thread = Thread.ofPlatform().daemon().name("sluice-deadlines").unstarted(this::serve);
  }

  /** Begins to ring by itself; before that, {@link #sweep} must be called. */
  DeadlineWheel start() {
    thread.start();
    return this;
  }

  /**
   * Sets an alarm.
   *
   * @return false if the deadline has passed; then it is not set
   */
  boolean set(Alarm alarm, long deadlineNanos) {
    long tick = Math.max(0, Math.floorDiv(deadlineNanos - origin, TICK_NANOS) + 1);
    Slot slot = slots[(int) (tick % SLOTS)];
    if (!slot.link(alarm, tick)) {
      return false;
    }
    if (tick < sleepsUntil) {
      LockSupport.unpark(thread);
    }
    return true;
  }

  /** Clears an alarm that may be set. */
  void clear(Alarm alarm) {
    Slot slot = alarm.slot;
    if (slot != null) {
      slot.unlink(alarm);
    }
  }

  /** Rings what is due. One thread at a time. */
  void sweep() {
    long now = Math.floorDiv(nanoTime.getAsLong() - origin, TICK_NANOS);
    // After a long sleep one round is enough: each slot is looked at for all ticks up to now.
    long from = Math.max(lastTick + 1, now - SLOTS + 1);
    for (long tick = from; tick <= now; tick++) {
      for (Alarm alarm : slots[(int) (tick % SLOTS)].due(now)) {
        ring(alarm);
      }
    }
    lastTick = Math.max(lastTick, now);
  }

  private static void ring(Alarm alarm) {
    try {
      alarm.ring();
    } catch (RuntimeException | Error failure) {
      LOG.log(System.Logger.Level.ERROR, "answering an expired call failed", failure);
    }
  }

  private void serve() {
    while (!closed) {
      sleepsUntil = Long.MIN_VALUE;
      sweep();
      long next = nextTick();
      sleepsUntil = next;
      if (nextTick() >= next && !closed) {
        sleep(next);
      }
    }
  }

  /** The next tick in whose slot there is something, for this round or for a later one. */
  private long nextTick() {
    for (long tick = lastTick + 1; tick <= lastTick + SLOTS; tick++) {
      if (!slots[(int) (tick % SLOTS)].empty) {
        return tick;
      }
    }
    return Long.MAX_VALUE;
  }

  private void sleep(long tick) {
    if (tick == Long.MAX_VALUE) {
      LockSupport.park(this);
    } else {
      long nanos = origin + tick * TICK_NANOS - nanoTime.getAsLong();
      if (nanos > 0) {
        LockSupport.parkNanos(this, nanos);
      }
    }
  }

  /** Ends the thread; alarms that are still set never ring. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
