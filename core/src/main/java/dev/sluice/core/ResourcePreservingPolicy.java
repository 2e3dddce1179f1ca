package dev.sluice.core;

import java.util.List;
import java.util.Optional;

/**
 * Never has more of a stream in memory than is aspired to: all that nobody aspires to any more is
 * unloaded before anything new is loaded, at the price of a stream that is not answered meanwhile,
 * and not at all if the new version fails.
 */
public final class ResourcePreservingPolicy implements VersionPolicy {

  @Override
  public Optional<VersionAction> next(List<VersionSnapshot> versions) {
    List<VersionSnapshot> leftovers = versions.stream().filter(v -> !v.aspired()).toList();
    Optional<VersionAction> unload =
        leftovers.stream()
            .filter(VersionSnapshot::isReady)
            .findFirst()
            .map(version -> VersionAction.unload(version.id()));
    if (unload.isPresent() || !leftovers.stream().allMatch(ResourcePreservingPolicy::isGone)) {
      return unload;
    }
    return VersionPolicy.highestAspiredNew(versions).map(VersionAction::load);
  }

  /** Whether nothing of the version is in memory, and nothing of it will be. */
  private static boolean isGone(VersionSnapshot version) {
    return version.state() == HarnessState.DISABLED || version.state() == HarnessState.ERROR;
  }
}
