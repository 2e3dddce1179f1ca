package dev.sluice.batching;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The turns of one event loop: each reads what has arrived on all its connections, then does the
 * work that was put off to the turn's end. What is asked for within one turn can be done together.
 *
 * <p>A turn collects calls in groups, each of which becomes one run of one signature. It is given
 * no more work than a loop can afford, by what the runs are expected to cost; what is too much goes
 * to the runners. Where the runs take longer than was expected, the rest of the groups goes there
 * too.
 *
 * <p><b>Threading.</b> Belongs to the loop's thread; nobody else may touch it.
 */
public final class Turn {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Executor loop;
  private final LongSupplier cpuTime;
  private List<Group> groups = new ArrayList<>();
  private double plannedNanos;
  private long startNanos;
  private long startCpuNanos;

  /** Calls that will share a run. */
  private static final class Group {
    private final AutomaticQueue queue;
    private final List<QueuedCall> calls = new ArrayList<>();
    private double elements;
    private double nanos;

    Group(AutomaticQueue queue) {
      this.queue = queue;
    }
  }

  /**
   * @param loop runs what it is given on the loop's thread, after everything that the running turn
   *     has yet to read
   */
  public Turn(Executor loop) {
    this(loop, Turn::threadCpuTime);
  }

  /**
   * @param cpuTime for how many nanoseconds the loop's thread has computed so far
   */
  Turn(Executor loop, LongSupplier cpuTime) {
    this.loop = loop;
    this.cpuTime = cpuTime;
  }

  private static long threadCpuTime() {
    return THREADS.isCurrentThreadCpuTimeSupported() ? THREADS.getCurrentThreadCpuTime() : 0;
  }

  /**
   * Collects a call for the end of this turn. False if the turn has enough to do, or the call is
   * too large for one; then it is not taken.
   */
  boolean collect(QueuedCall entry, Plan plan) {
    if (entry.elements > plan.turnLimit()) {
      return false;
    }
    Group group = plan.merging() && entry.rows > 0 ? groupFor(entry, plan) : null;
    double before = group == null ? 0 : group.nanos;
    double elements = entry.elements + (group == null ? 0 : group.elements);
    double nanos = plan.inCaller().nanos(elements);
    double more = Math.max(0, nanos - before);
    if (plannedNanos + more > TurnPolicy.TURN_NANOS) {
      return false;
    }
    if (group == null) {
      if (groups.isEmpty() && !endLater()) {
        return false;
      }
      group = new Group(entry.queue);
      groups.add(group);
    }
    group.calls.add(entry);
    group.elements = elements;
    group.nanos = nanos;
    plannedNanos += more;
    return true;
  }

  private boolean endLater() {
    try {
      loop.execute(this::end);
      return true;
    } catch (RejectedExecutionException stopped) {
      return false;
    }
  }

  /** The group that has room for a call, looked for from the latest; null if there is none. */
  private @Nullable Group groupFor(QueuedCall entry, Plan plan) {
    double limit = Math.min(plan.limit(), plan.turnLimit());
    for (int i = groups.size() - 1; i >= 0; i--) {
      Group group = groups.get(i);
      if (group.queue == entry.queue
          && group.elements + entry.elements <= limit
          && AutomaticQueue.shareRun(group.calls.get(0), entry)) {
        return group;
      }
    }
    return null;
  }

  /** What the answers cause to be submitted belongs to the next turn. */
  private void end() {
    List<Group> ending = groups;
    groups = new ArrayList<>();
    plannedNanos = 0;
    startNanos = ending.get(0).queue.now();
    startCpuNanos = cpuTime.getAsLong();
    for (Group group : ending) {
      group.queue.runInTurn(group.calls, this);
    }
  }

  /** When the turn began to run what it had collected. */
  long startNanos() {
    return startNanos;
  }

  /** For how many nanoseconds the loop's thread has computed since then. */
  long computedNanos() {
    return cpuTime.getAsLong() - startCpuNanos;
  }
}
