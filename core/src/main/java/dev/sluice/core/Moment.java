package dev.sluice.core;

import java.time.Duration;
import java.time.Instant;

/**
 * A point in time on both clocks.
 *
 * @param wall what files' times are compared with; may jump, and may not be the file server's
 * @param nanos of a monotonic clock, for what lies between two moments of our own
 */
record Moment(Instant wall, long nanos) {

  static Moment now() {
    return new Moment(Instant.now(), System.nanoTime());
  }

  /** How much later this is than an earlier moment. */
  Duration since(Moment earlier) {
    return Duration.ofNanos(nanos - earlier.nanos);
  }
}
