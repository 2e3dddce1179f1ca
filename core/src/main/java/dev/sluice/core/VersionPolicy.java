package dev.sluice.core;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Decides what to do next for the versions of one stream. A pure function of the snapshot: no
 * clock, no lock, no memory, no log.
 */
@FunctionalInterface
public interface VersionPolicy {

  /**
   * The next action for one stream, if any.
   *
   * @param versions all managed versions of the stream, lowest first
   */
  Optional<VersionAction> next(List<VersionSnapshot> versions);

  /** The highest version that is aspired and that nobody has asked to load yet. */
  static Optional<ServableId> highestAspiredNew(List<VersionSnapshot> versions) {
    return versions.stream()
        .filter(version -> version.aspired() && version.state() == HarnessState.NEW)
        .map(VersionSnapshot::id)
        .max(Comparator.naturalOrder());
  }
}
