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

  /** The slower way is tried at least once in so many runs. */
  private static final long MOST_PERIOD = 1024;

  private final @Nullable Estimate[] inCaller = new Estimate[BUCKETS];
  private final @Nullable Estimate[] onEngineThreads = new Estimate[BUCKETS];

  /** What is known of runs of about one size. */
  private static final class Estimate {
    double elements;
    double nanos;
    long count;

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

  private static CostCurve curve(@Nullable Estimate[] one, @Nullable Estimate[] other) {
    double[] elements = new double[BUCKETS];
    double[] nanos = new double[BUCKETS];
    int count = 0;
    for (int i = 0; i < BUCKETS; i++) {
      Estimate estimate = cheaper(one[i], other[i]);
      if (estimate != null) {
        elements[count] = estimate.elements;
        nanos[count++] = estimate.nanos;
      }
    }
    return new CostCurve(Arrays.copyOf(elements, count), Arrays.copyOf(nanos, count));
  }

  private static @Nullable Estimate cheaper(@Nullable Estimate one, @Nullable Estimate other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.nanos <= other.nanos ? one : other;
  }
}
