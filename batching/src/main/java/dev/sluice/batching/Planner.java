package dev.sluice.batching;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.model.RunTraits;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Learns from the runs of one signature and says how the next ones are to be made.
 *
 * <p><b>Threading.</b> Safe from any thread. Locked once a run; {@link #plan} takes no lock.
 */
final class Planner {

  /** A plan is made anew after so many runs; at the beginning after each. */
  private static final int PLAN_EVERY = 8;

  private static final int BEGINNING = 64;

  /** A model that was on the loops for so long has its earlier departures forgiven. */
  private static final long FORGIVEN_AFTER_NANOS = 60_000_000_000L;

  private final RunTraits traits;
  private final boolean mayMerge;
  private volatile Plan plan;

  @GuardedBy("this") private final RunCosts costs = new RunCosts();

  @GuardedBy("this") private long allRuns;

  @GuardedBy("this") private double elementsPerRow;

  @GuardedBy("this") private @Nullable String stoppedMerging;

  @GuardedBy("this") private boolean inTurns;

  @GuardedBy("this") private long shortRuns;

  @GuardedBy("this") private long longBits;

  @GuardedBy("this") private long slowBits;

  @GuardedBy("this") private long stallBits;

  @GuardedBy("this") private boolean verySlow;

  @GuardedBy("this") private long changedAt;

  @GuardedBy("this") private int departures;

  /**
   * @param mayMerge whether requests may share a run if the traits allow it
   */
  Planner(RunTraits traits, boolean mayMerge) {
    this.traits = traits;
    this.mayMerge = mayMerge && traits.rowWise();
    this.plan = new Plan(false, this.mayMerge, 0, 0, CostCurve.UNKNOWN, CostCurve.UNKNOWN);
  }

  /** How runs are to be made now. */
  Plan plan() {
    return plan;
  }

  /**
   * A run that ended well.
   *
   * @param inCaller whether it was made in the caller
   * @param rows how many rows it had, at least 1
   * @param computed whether the calling thread has computed for most of the time; of interest only
   *     for a run in a turn that was slow
   */
  record Run(boolean inCaller, long rows, double elements, long nanos, boolean computed) {}

  /** Whether the next run of this size, on a runner, had better be made in the caller. */
  boolean prefersCaller(double elements) {
    if (!traits.neverWaits()) {
      return false; // an op that waits for another of the same run would wait for itself
    }
    synchronized (this) {
      return costs.prefersCaller(elements);
    }
  }

  /** Takes a run into account. */
  synchronized void ran(Run run, long now) {
    if (allRuns++ == 0) {
      changedAt = now;
      return; // the first one prepares what the others use
    }
    boolean shouldBeShort =
        run.inCaller() && (plan.turnLimit() == 0 || run.elements() <= plan.turnLimit());
    costs.learn(run.inCaller(), run.elements(), run.nanos());
    double perRow = run.elements() / run.rows();
    elementsPerRow += (elementsPerRow == 0 ? 1 : 0.05) * (perRow - elementsPerRow);
    if (shouldBeShort) {
      note(run);
    }
    if (allRuns < BEGINNING || allRuns % PLAN_EVERY == 0 || verySlow) {
      decide(now);
    }
  }

  @GuardedBy("this") private void note(Run run) {
    long nanos = run.nanos();
    boolean slow = nanos > TurnPolicy.SLOW_NANOS;
    shortRuns++;
    longBits = longBits << 1 | (nanos > TurnPolicy.LONG_NANOS ? 1 : 0);
    slowBits = slowBits << 1 | (slow && run.computed() ? 1 : 0);
    stallBits = stallBits << 1 | (slow && !run.computed() ? 1 : 0);
    verySlow |= inTurns && run.computed() && nanos > TurnPolicy.VERY_SLOW_NANOS;
  }

  @GuardedBy("this") private void decide(long now) {
    CostCurve inCaller = costs.inCaller();
    CostCurve best = costs.best();
    boolean next = traits.neverWaits() && TurnPolicy.inTurns(evidence(inCaller, now));
    if (next != inTurns) {
      change(next, now);
    }
    double limit = LimitPolicy.limit(best);
    double turnLimit = inCaller.sizeWithin(TurnPolicy.LONGEST_NANOS);
    plan = new Plan(inTurns, mayMerge && stoppedMerging == null, limit, turnLimit, inCaller, best);
  }

  @GuardedBy("this") private TurnPolicy.Evidence evidence(CostCurve inCaller, long now) {
    return new TurnPolicy.Evidence(
        inTurns,
        shortRuns,
        longBits,
        slowBits,
        stallBits,
        verySlow,
        inCaller.nanos(0),
        now - changedAt,
        departures);
  }

  @GuardedBy("this") private void change(boolean next, long now) {
    if (inTurns) {
      departures = now - changedAt >= FORGIVEN_AFTER_NANOS ? 1 : departures + 1;
    }
    inTurns = next;
    changedAt = now;
    shortRuns = 0;
    longBits = 0;
    slowBits = 0;
    stallBits = 0;
    verySlow = false;
  }

  /** A run of several requests turned out not to be one of rows: never again. */
  synchronized void stopMerging(String reason) {
    stoppedMerging = reason;
    Plan last = plan;
    plan =
        new Plan(
            last.inTurns(), false, last.limit(), last.turnLimit(), last.inCaller(), last.best());
  }

  /** How many rows a run may have at present. */
  synchronized long limitRows() {
    Plan now = plan;
    double elements = now.inTurns() ? Math.min(now.limit(), now.turnLimit()) : now.limit();
    return now.merging() ? Math.max(1, (long) (elements / Math.max(1, elementsPerRow))) : 1;
  }

  /** What was decided and on what grounds. */
  synchronized String grounds() {
    Plan now = plan;
    StringBuilder text = new StringBuilder(traits.reason());
    if (traits.rowWise() && !now.merging()) {
      text.append("; not merged: ")
          .append(stoppedMerging == null ? "merging is turned off" : stoppedMerging);
    }
    if (!now.isMeasured()) {
      return text.append("; not measured yet").toString();
    }
    int last = now.best().points() - 1;
    text.append("; a run takes ").append(figure(now.best(), 0));
    if (last > 0) {
      text.append(", ").append(figure(now.best(), last));
    }
    if (departures > 0) {
      text.append("; it left the event loops for being slow, ").append(departures).append(" times");
    }
    return text.toString();
  }

  @GuardedBy("this") private String figure(CostCurve curve, int point) {
    long rows = Math.max(1, Math.round(curve.elementsAt(point) / elementsPerRow));
    return String.format(
        Locale.ROOT,
        "%.1f us for %d %s",
        curve.nanosAt(point) / 1e3,
        rows,
        rows == 1 ? "row" : "rows");
  }
}
