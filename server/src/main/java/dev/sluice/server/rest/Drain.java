package dev.sluice.server.rest;

import dev.sluice.server.InFlight;

/**
 * How far the end of a listener has come, which its connections look at, and what it waits for.
 *
 * <p>First the end is announced: every answer from then on says that its connection ends with it,
 * so that clients go elsewhere one by one, as they ask. Then the listener stops: connections on
 * which nothing is asked end too, once they have been quiet for a moment.
 *
 * <p>Thread-safe. A stage is never left for an earlier one.
 */
final class Drain {

  private final InFlight requests = new InFlight();
  private final InFlight connections = new InFlight();
  private volatile boolean announced;
  private volatile boolean stopping;

  /** The requests whose head has arrived and whose answer has not left. */
  InFlight requests() {
    return requests;
  }

  /** The connections of a listener that stops on which a request may still come. */
  InFlight connections() {
    return connections;
  }

  void announce() {
    announced = true;
  }

  void stop() {
    announced = true;
    stopping = true;
  }

  /** True iff an answer is the last one of its connection. */
  boolean isAnnounced() {
    return announced;
  }

  /** True iff connections end that are quiet. */
  boolean isStopping() {
    return stopping;
  }
}
