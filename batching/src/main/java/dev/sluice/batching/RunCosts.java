package dev.sluice.batching;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Learns what runs of one signature cost, by the power of two of their size and by whether they
 * were made in the caller.
 *
 * <p>A run takes longer than it should whenever the machine does something else meanwhile, and
 * never shorter. So a lower figure is believed sooner and a higher one slowly, and one that is far
 * off counts as four times what is known at most: a model that really turned slow is still known to
 * be so after some ten runs.
 *
 * <p>A large size that is thought to be dear is not run any more, so nothing would ever correct a
 * wrong figure: sizes above the largest that was lately run are forgotten, and tried again. Smaller
 * ones come by themselves when there is little to do.
 *
 * <p><b>Threading.</b> None: its owner guards it.
 */
final class RunCosts {

  /** Enough for 2^47 elements. */
  private static final int BUCKETS = 48;

  /** Below this, the engine's own threads cost more than they bring: they are not tried. */
  static final double ALWAYS_IN_CALLER_NANOS = 150_000;

  /** The engine's threads must be so much faster, for they take more of the machine. */
  private static final double IN_CALLER_BONUS = 1.15;

  /** So many samples are taken for what the least of them says. */
  private static final int TRIES = 4;

  /**
   * An engine prepares itself for a size that it has not run before, which was seen to take a
   * thousand times what later runs do. So where the first runs of a size cost this many times what
   * the other sizes make expect, they are not learnt from.
   */
  private static final double PREPARING = 8;

  /** So many of them: two loops may meet a new size at the same time. */
  private static final int MOST_PREPARING = 2;

  /** What was learnt of a size is forgotten if there was none of it in so many runs. */
  private static final long FORGOTTEN_AFTER = 512;

  /** The slower way is tried at least once in so many runs. */
  private static final long MOST_PERIOD = 1024;

  private final @Nullable Estimate[] inCaller = new Estimate[BUCKETS];
  private final @Nullable Estimate[] onEngineThreads = new Estimate[BUCKETS];
  private long learned;

  /** What is known of runs of about one size. */
  private static final class Estimate {
    double elements;
    double nanos;
    long count;
    long at;
    int preparing;

    void learn(double size, double cost) {
      if (count == 0) {
        elements = size;
        nanos = cost;
      } else {
        nanos += share(cost) * (Math.min(cost, 4 * nanos) - nanos);
        elements += 0.25 * (size - elements);
      }
      count++;
    }

    private double share(double cost) {
      if (cost < nanos) {
        return count < TRIES ? 1 : 0.25;
      }
      return count < TRIES ? 0 : 0.125;
    }
  }

  static int bucket(double elements) {
    return Math.min(BUCKETS - 1, 63 - Long.numberOfLeadingZeros(Math.max(1, (long) elements)));
  }

  /** A run has ended well. */
  void learn(boolean wasInCaller, double elements, long nanos) {
    @Nullable Estimate[] table = wasInCaller ? inCaller : onEngineThreads;
    int bucket = bucket(elements);
    Estimate estimate = table[bucket];
    if (estimate == null) {
      estimate = new Estimate();
      table[bucket] = estimate;
    }
    if (isForgotten(estimate)) {
      estimate.count = 0;
    }
    estimate.at = ++learned;
    double expected = estimate.count == 0 ? curve(table, table).nanos(elements) : 0;
    if (expected > 0 && nanos > PREPARING * expected && estimate.preparing++ < MOST_PREPARING) {
      return;
    }
    estimate.learn(elements, (double) Math.max(1, nanos));
  }

  /**
   * Whether the next run of this size had better be made in the caller: both ways are tried, the
   * faster is kept, the other is tried again now and then, the more seldom the slower it was.
   */
  boolean prefersCaller(double elements) {
    Estimate caller = inCaller[bucket(elements)];
    if (caller == null || caller.count < TRIES || caller.nanos < ALWAYS_IN_CALLER_NANOS) {
      return true;
    }
    Estimate engine = onEngineThreads[bucket(elements)];
    if (engine == null || engine.count < TRIES) {
      return false;
    }
    boolean callerWins = caller.nanos <= engine.nanos * IN_CALLER_BONUS;
    double ratio = callerWins ? engine.nanos / caller.nanos : caller.nanos / engine.nanos;
    long period = Math.min(MOST_PERIOD, 64 + (long) (100 * Math.max(0, ratio - 1)));
    boolean retry = (caller.count + engine.count) % period == 0;
    return callerWins != retry;
  }

  /** What runs in the caller cost. */
  CostCurve inCaller() {
    return curve(inCaller, inCaller);
  }

  /** What runs cost when each is made in the better way. */
  CostCurve best() {
    return curve(inCaller, onEngineThreads);
  }

  private CostCurve curve(@Nullable Estimate[] one, @Nullable Estimate[] other) {
    double[] elements = new double[BUCKETS];
    double[] nanos = new double[BUCKETS];
    int count = 0;
    int largest = largestRemembered();
    for (int i = 0; i <= largest; i++) {
      Estimate estimate = cheaper(learnt(one[i]), learnt(other[i]));
      if (estimate != null) {
        elements[count] = estimate.elements;
        nanos[count++] = estimate.nanos;
      }
    }
    // A smaller run never costs more: where it seems to, the machine was busy with other things.
    for (int i = count - 2; i >= 0; i--) {
      nanos[i] = Math.min(nanos[i], nanos[i + 1]);
    }
    return new CostCurve(Arrays.copyOf(elements, count), Arrays.copyOf(nanos, count));
  }

  private int largestRemembered() {
    for (int i = BUCKETS - 1; i > 0; i--) {
      if (isRemembered(inCaller[i]) || isRemembered(onEngineThreads[i])) {
        return i;
      }
    }
    return 0;
  }

  private boolean isRemembered(@Nullable Estimate estimate) {
    return estimate != null && estimate.count > 0 && !isForgotten(estimate);
  }

  private boolean isForgotten(Estimate estimate) {
    return learned - estimate.at > FORGOTTEN_AFTER;
  }

  private static @Nullable Estimate learnt(@Nullable Estimate estimate) {
    return estimate == null || estimate.count == 0 ? null : estimate;
  }

  private static @Nullable Estimate cheaper(@Nullable Estimate one, @Nullable Estimate other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.nanos <= other.nanos ? one : other;
  }
}
