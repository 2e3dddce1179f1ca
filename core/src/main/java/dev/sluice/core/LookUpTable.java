package dev.sluice.core;

import dev.sluice.status.StatusException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The current {@link ServingMap}, and the step from an entry in it to a handle. Safe for use by
 * many threads; look-ups take no lock and never wait for a load or an unload.
 *
 * <p><b>Why a look-up never meets a closed servable, and never misses a served name.</b> A version
 * leaves in two steps: first a map without it is published, then it is retired. A look-up goes the
 * other way: it reads a map, then borrows. If the borrowing fails, the version was retired, so the
 * map without it is already there to be read, and the look-up starts over with that; each round
 * means that one more version has gone. If it succeeds, the unload waits for the handle. And since
 * a successor is in the map before its predecessor leaves, some version is found in each of them.
 */
final class LookUpTable {

  private volatile ServingMap current = ServingMap.EMPTY;
  private final Object writing = new Object();

  /** Lets look-ups find this servable. */
  void publish(CountedServable servable) {
    synchronized (writing) {
      current = current.with(servable);
    }
  }

  /** Lets look-ups find this id no longer; the caller retires what is returned. */
  CountedServable withdraw(ServableId id) {
    synchronized (writing) {
      CountedServable servable = current.find(ServableRequest.of(id));
      if (servable == null) {
        throw new IllegalStateException(id + " is not published");
      }
      current = current.without(id);
      return servable;
    }
  }

  <T> ServableHandle<T> handle(ServableRequest request, Class<T> type) {
    CountedServable found = borrow(request);
    if (found == null) {
      throw StatusException.notFound("Servable not found for request: %s", request);
    }
    if (!type.isInstance(found.servable())) {
      found.giveBack();
      throw StatusException.invalidArgument("Servable type doesn't match the asked for type.");
    }
    return new ServableHandle<>(found, type);
  }

  private @Nullable CountedServable borrow(ServableRequest request) {
    CountedServable found = current.find(request);
    while (found != null && !found.borrow()) {
      found = current.find(request);
    }
    return found;
  }

  <T> SortedMap<ServableId, ServableHandle<T>> handles(Class<T> type) {
    SortedMap<ServableId, ServableHandle<T>> handles = new TreeMap<>();
    for (CountedServable servable : current.all()) {
      if (type.isInstance(servable.servable()) && servable.borrow()) {
        handles.put(servable.id(), new ServableHandle<>(servable, type));
      }
    }
    return handles;
  }

  List<ServableId> available() {
    return current.all().stream().map(CountedServable::id).toList();
  }
}
