package dev.sluice.load;

import dev.sluice.status.StatusException;

/**
 * What makes the next request go: an answer (closed loop), or the clock (open loop). Immutable.
 *
 * <p>A closed loop slows down with the server, so it finds the highest rate and says nothing of the
 * latency that clients with a rate of their own would see. An open loop keeps its rate, and counts
 * latency from the moment at which a request was due, whether it could be sent then or not. So a
 * stall shows in every request that it held up.
 */
public sealed interface LoadPace {

  /** The most connections and streams that may be asked for. */
  int MOST = 1 << 16;

  /** TCP connections, opened before the first request; 1 to {@link #MOST}. */
  int connections();

  /** Requests at a time on a connection; 1 to {@link #MOST}, and 1 over REST. */
  int streams();

  /** The bound on requests that wait for an answer. */
  default int outstanding() {
    return connections() * streams();
  }

  /** Each stream sends its next request when it has the answer to the last one. */
  record Closed(int connections, int streams) implements LoadPace {
    public Closed {
      check(connections, streams);
    }
  }

  /**
   * Requests are due at a rate. One that finds all streams taken waits for the first that is free,
   * and is not sent at all if none is within the plan's time-out.
   *
   * @param perSecond requests per second, over all connections; above 0, at most 10 million
   */
  record Open(double perSecond, Arrivals arrivals, int connections, int streams)
      implements LoadPace {
    public Open {
      check(connections, streams);
      if (!(perSecond > 0 && perSecond <= 1e7)) {
        throw StatusException.invalidArgument(
            "%s requests per second, expected above 0 and at most 10 million", perSecond);
      }
    }
  }

  /** How the requests of an open loop lie in time. */
  enum Arrivals {
    /** At equal distances. */
    CONSTANT,
    /** At random, independent of each other, as those of many clients are. */
    POISSON
  }

  /** As many connections with one request each. */
  static Closed closed(int connections) {
    return new Closed(connections, 1);
  }

  /** As many streams on each of the connections; for gRPC. */
  static Closed closed(int connections, int streams) {
    return new Closed(connections, streams);
  }

  /** At equal distances, over as many connections with one request each. */
  static Open open(double perSecond, int connections) {
    return new Open(perSecond, Arrivals.CONSTANT, connections, 1);
  }

  private static void check(int connections, int streams) {
    if (connections < 1 || streams < 1 || (long) connections * streams > MOST) {
      throw StatusException.invalidArgument(
          "%d connections with %d streams each, expected 1 to %d streams in all",
          connections, streams, MOST);
    }
  }
}
