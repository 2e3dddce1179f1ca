package dev.sluice.server.rest;

import dev.sluice.status.StatusException;
import org.jspecify.annotations.Nullable;

/**
 * Routes of requests, remembered, since clients ask for the same again and again. Thread-safe.
 *
 * <p>Each target has one place, which it shares with others, and the last one there is remembered;
 * so memory is bounded and nobody is waited for. Threads may overwrite each other's entries, which
 * are immutable: what is read is an entry of one of them or none.
 */
final class Routes {

  private static final int PLACES = 256;

  /** A longer target is read each time. */
  private static final int LONGEST = 512;

  private record Known(String method, String target, Route route) {}

  private final @Nullable Known[] places = new Known[PLACES];

  /**
   * As {@link Route#parse}.
   *
   * @throws StatusException INVALID_ARGUMENT if this is no request of the API
   */
  Route of(String method, String target) {
    int place = target.hashCode() & (PLACES - 1);
    Known known = places[place];
    if (known != null && known.target().equals(target) && known.method().equals(method)) {
      return known.route();
    }
    Route route = Route.parse(method, target);
    if (target.length() <= LONGEST) {
      places[place] = new Known(method, target, route);
    }
    return route;
  }
}
