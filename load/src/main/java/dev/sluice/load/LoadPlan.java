package dev.sluice.load;

import dev.sluice.status.StatusException;
import java.time.Duration;
import java.util.List;

/**
 * A load that can be put on a server: whom, what, how fast, how long. Immutable, if nobody writes
 * to the arrays; made by {@link #of} and changed by the {@code with} methods.
 *
 * @param requests bodies or gRPC messages, sent in turn; at least one. The arrays are not copied.
 * @param timeout the longest that an answer may take, counted as latency is; 1 ms to 1 hour. It is
 *     looked at every tenth of its length (at least every 100 ms), so a request may be given up
 *     that much later; an answer that comes in between counts as timed out too. What is given up is
 *     cancelled: over REST its connection is closed and opened anew.
 * @param threads event loops that share the connections; 1 to the number of connections
 */
public record LoadPlan(
    LoadTarget target,
    List<byte[]> requests,
    LoadPace pace,
    LoadSpan span,
    LoadCheck check,
    Duration timeout,
    int threads) {

  private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(1);
  private static final Duration LONGEST_TIMEOUT = Duration.ofHours(1);

  public LoadPlan {
    requests = List.copyOf(requests);
    if (requests.isEmpty()) {
      throw StatusException.invalidArgument("no requests, expected at least one");
    }
    if (target instanceof LoadTarget.Rest && pace.streams() != 1) {
      throw StatusException.invalidArgument(
          "%d streams on a connection over REST, expected 1", pace.streams());
    }
    if (timeout.compareTo(SHORTEST_TIMEOUT) < 0 || timeout.compareTo(LONGEST_TIMEOUT) > 0) {
      throw StatusException.invalidArgument("timeout %s, expected 1 ms to 1 hour", timeout);
    }
    if (threads < 1 || threads > pace.connections()) {
      throw StatusException.invalidArgument(
          "%d threads, expected 1 to %d, the number of connections", threads, pace.connections());
    }
  }

  /**
   * One connection in a closed loop for 10 s after 2 s of warm-up, with a time-out of 10 s, on one
   * thread; the status alone decides whether an answer is right.
   */
  public static LoadPlan of(LoadTarget target, byte[]... requests) {
    return new LoadPlan(
        target,
        List.of(requests),
        LoadPace.closed(1),
        LoadSpan.lasting(Duration.ofSeconds(2), Duration.ofSeconds(10)),
        LoadCheck.ofStatus(target.success()),
        Duration.ofSeconds(10),
        1);
  }

  public LoadPlan withPace(LoadPace newPace) {
    return new LoadPlan(target, requests, newPace, span, check, timeout, threads);
  }

  public LoadPlan withSpan(LoadSpan newSpan) {
    return new LoadPlan(target, requests, pace, newSpan, check, timeout, threads);
  }

  public LoadPlan withCheck(LoadCheck newCheck) {
    return new LoadPlan(target, requests, pace, span, newCheck, timeout, threads);
  }

  public LoadPlan withTimeout(Duration newTimeout) {
    return new LoadPlan(target, requests, pace, span, check, newTimeout, threads);
  }

  public LoadPlan withThreads(int newThreads) {
    return new LoadPlan(target, requests, pace, span, check, timeout, newThreads);
  }
}
