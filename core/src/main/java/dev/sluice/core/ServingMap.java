package dev.sluice.core;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What can be looked up: every ready version by name and number. Immutable; a change makes a new
 * map that shares what stays the same.
 *
 * <p>Which version answers when the client names none is decided in {@link #find}: the highest that
 * is ready, not the highest that is known.
 */
final class ServingMap {

  static final ServingMap EMPTY = new ServingMap(Map.of());

  private final Map<String, NavigableMap<Long, CountedServable>> streams;

  private ServingMap(Map<String, NavigableMap<Long, CountedServable>> streams) {
    this.streams = streams;
  }

  /** The servable that answers a request; null if none does. */
  @Nullable CountedServable find(ServableRequest request) {
    NavigableMap<Long, CountedServable> versions = streams.get(request.name());
    if (versions == null) {
      return null;
    }
    return switch (request) {
      case ServableRequest.Specific specific -> versions.get(specific.version());
      case ServableRequest.Latest _ -> versions.lastEntry().getValue();
      case ServableRequest.Earliest _ -> versions.firstEntry().getValue();
    };
  }

  /** Every ready servable, by name and then by version. */
  Collection<CountedServable> all() {
    SortedMap<ServableId, CountedServable> sorted = new TreeMap<>();
    for (NavigableMap<Long, CountedServable> versions : streams.values()) {
      versions.values().forEach(servable -> sorted.put(servable.id(), servable));
    }
    return Collections.unmodifiableCollection(sorted.values());
  }

  /** This map with one servable more. */
  ServingMap with(CountedServable servable) {
    ServableId id = servable.id();
    NavigableMap<Long, CountedServable> versions = copy(id.name());
    versions.put(id.version(), servable);
    return replace(id.name(), versions);
  }

  /** This map without one servable. */
  ServingMap without(ServableId id) {
    NavigableMap<Long, CountedServable> versions = copy(id.name());
    versions.remove(id.version());
    return replace(id.name(), versions);
  }

  private NavigableMap<Long, CountedServable> copy(String name) {
    NavigableMap<Long, CountedServable> versions = streams.get(name);
    return versions == null ? new TreeMap<>() : new TreeMap<>(versions);
  }

  /** A stream without versions is left out, so that first and last entries always exist. */
  private ServingMap replace(String name, NavigableMap<Long, CountedServable> versions) {
    Map<String, NavigableMap<Long, CountedServable>> next = new HashMap<>(streams);
    if (versions.isEmpty()) {
      next.remove(name);
    } else {
      next.put(name, versions);
    }
    return new ServingMap(next);
  }
}
