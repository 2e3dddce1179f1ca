package dev.sluice.client;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * When a call that failed is sent again.
 *
 * <p>Only failures that say UNAVAILABLE, and only within the call's deadline. What asks for status
 * or metadata changes nothing in the server, so it is sent again whatever happened to it. What runs
 * a model (predict, classify, regress, multi-inference) is sent again only where it never got a
 * connection, so that no server can have seen it; {@link #withRefusedRuns} adds those that a server
 * refused. A run whose connection was lost on the way is never sent again: the server may have
 * begun it, and a model may have a state.
 *
 * <p>Before the k-th repetition it waits for {@code firstDelay} times 2 to the power of k - 1, at
 * most {@code maxDelay}, of that a random part between a half and all.
 *
 * @param attempts how often a call is sent at most, at least 1
 * @param firstDelay above zero
 * @param maxDelay at least {@code firstDelay}
 * @param refusedRuns whether a run is sent again when a server answered it with UNAVAILABLE
 */
public record RetryPolicy(
    int attempts, Duration firstDelay, Duration maxDelay, boolean refusedRuns) {

  public RetryPolicy {
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts " + attempts + ", expected at least 1");
    }
    if (!firstDelay.isPositive() || maxDelay.compareTo(firstDelay) < 0) {
      throw new IllegalArgumentException(
          "delays of %s to %s, expected a positive one and one that is not less"
              .formatted(firstDelay, maxDelay));
    }
  }

  /** Four attempts, after 50, 100 and 200 ms; refused runs are not repeated. */
  public static RetryPolicy standard() {
    return new RetryPolicy(4, Duration.ofMillis(50), Duration.ofSeconds(2), false);
  }

  /**
   * Every call is sent once. While there is no server, calls fail at once, and whether there is one
   * again is looked for at gRPC's pace: after a second, and less often later.
   */
  public static RetryPolicy none() {
    return standard().withAttempts(1);
  }

  /** The same with another number of attempts, at least 1. */
  public RetryPolicy withAttempts(int count) {
    return new RetryPolicy(count, firstDelay, maxDelay, refusedRuns);
  }

  /** The same with other delays. */
  public RetryPolicy withDelays(Duration first, Duration most) {
    return new RetryPolicy(attempts, first, most, refusedRuns);
  }

  /**
   * The same, and runs that a server answered with UNAVAILABLE are sent again. Sluice and
   * TensorFlow Serving answer so where there is no room for a request, before its run begins. A
   * model whose graph itself fails with UNAVAILABLE, or a proxy in between, may have begun it.
   */
  public RetryPolicy withRefusedRuns() {
    return new RetryPolicy(attempts, firstDelay, maxDelay, true);
  }

  /** The pause before the k-th repetition, k from 1. */
  Duration delay(int repetition, DoubleSupplier random) {
    double grown = (double) firstDelay.toNanos() * Math.pow(2, repetition - 1);
    double whole = Math.min(grown, (double) maxDelay.toNanos());
    return Duration.ofNanos((long) (whole * (0.5 + 0.5 * random.getAsDouble())));
  }
}
