package dev.sluice.load;

import java.time.Duration;

/**
 * What went through the generator in the measured time, whenever it was due, and what that cost.
 * Immutable.
 *
 * @param nanos how long it was: the plan's duration, or up to the last answer where the plan's
 *     count ended it
 * @param right right answers that came in it
 * @param bytesSent bytes of requests, with what frames them
 * @param bytesReceived bytes of answers, with what frames them
 * @param cpuNanos CPU time of the generator's threads
 */
public record LoadCost(long nanos, long right, long bytesSent, long bytesReceived, long cpuNanos) {

  static final LoadCost NONE = new LoadCost(0, 0, 0, 0, 0);

  public Duration duration() {
    return Duration.ofNanos(nanos);
  }

  /** The sums of two threads that ran beside each other; the longer of the two times. */
  LoadCost beside(LoadCost other) {
    return new LoadCost(
        Math.max(nanos, other.nanos),
        right + other.right,
        bytesSent + other.bytesSent,
        bytesReceived + other.bytesReceived,
        cpuNanos + other.cpuNanos);
  }

  LoadCost since(LoadCost earlier) {
    return new LoadCost(
        nanos - earlier.nanos,
        right - earlier.right,
        bytesSent - earlier.bytesSent,
        bytesReceived - earlier.bytesReceived,
        cpuNanos - earlier.cpuNanos);
  }
}
