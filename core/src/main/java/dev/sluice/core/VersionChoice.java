package dev.sluice.core;

import java.util.List;

/** Which of the versions found in storage shall be served. */
public sealed interface VersionChoice {

  /** The highest version only: what applies where nothing is configured. */
  VersionChoice LATEST = new Latest(1);

  /**
   * The highest versions.
   *
   * @param count how many; 0 means 1
   */
  record Latest(int count) implements VersionChoice {
    public Latest {
      ManagerOptions.requireNotNegative("count", count);
      count = Math.max(count, 1);
    }
  }

  /** Every version there is. */
  record All() implements VersionChoice {}

  /**
   * These versions, as far as they exist.
   *
   * @param versions in the order in which they are wanted; none unloads everything
   */
  record Specific(List<Long> versions) implements VersionChoice {
    public Specific {
      versions = List.copyOf(versions);
    }
  }
}
