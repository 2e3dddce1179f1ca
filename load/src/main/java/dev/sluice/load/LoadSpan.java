package dev.sluice.load;

import dev.sluice.status.StatusException;
import java.time.Duration;

/**
 * How long a load lasts: after the warm-up, until the time is over or as many requests were sent as
 * asked for. What was sent by then is waited for, for no longer than the plan's time-out.
 * Immutable.
 *
 * @param warmUp requests that are due in it are sent and not counted; 0 to 1 day
 * @param duration the measured time; above 0, at most 1 day
 * @param count the most requests in the measured time; at least 1
 */
public record LoadSpan(Duration warmUp, Duration duration, long count) {

  private static final Duration LONGEST = Duration.ofDays(1);
  private static final Duration FOR_A_COUNT = Duration.ofMinutes(10);

  public LoadSpan {
    if (warmUp.isNegative() || warmUp.compareTo(LONGEST) > 0) {
      throw StatusException.invalidArgument("warm-up %s, expected 0 to 1 day", warmUp);
    }
    if (!duration.isPositive() || duration.compareTo(LONGEST) > 0) {
      throw StatusException.invalidArgument("duration %s, expected above 0, up to 1 day", duration);
    }
    if (count < 1) {
      throw StatusException.invalidArgument("count %d, expected at least 1", count);
    }
  }

  /** That long, however many requests it takes. */
  public static LoadSpan lasting(Duration warmUp, Duration duration) {
    return new LoadSpan(warmUp, duration, Long.MAX_VALUE);
  }

  /** That many requests without a warm-up, in 10 minutes at most. */
  public static LoadSpan counting(long count) {
    return new LoadSpan(Duration.ZERO, FOR_A_COUNT, count);
  }

  boolean counts() {
    return count < Long.MAX_VALUE;
  }
}
