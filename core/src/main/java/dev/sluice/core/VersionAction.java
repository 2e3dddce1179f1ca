package dev.sluice.core;

import java.util.Comparator;

/**
 * One thing to do next: load a version, or unload one. Ordered as a manager runs them: unloads
 * first, as they make room, then by id.
 *
 * @param kind what to do
 * @param id to which version
 */
public record VersionAction(Kind kind, ServableId id) implements Comparable<VersionAction> {

  /** What can be done to a version, the more urgent first. */
  public enum Kind {
    UNLOAD,
    LOAD
  }

  private static final Comparator<VersionAction> ORDER =
      Comparator.comparing(VersionAction::kind).thenComparing(VersionAction::id);

  /** Load this version. */
  public static VersionAction load(ServableId id) {
    return new VersionAction(Kind.LOAD, id);
  }

  /** Unload this version. */
  public static VersionAction unload(ServableId id) {
    return new VersionAction(Kind.UNLOAD, id);
  }

  @Override
  public int compareTo(VersionAction other) {
    return ORDER.compare(this, other);
  }
}
