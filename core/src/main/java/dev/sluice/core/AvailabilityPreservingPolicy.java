package dev.sluice.core;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Keeps a stream answered while its versions change: a new version is loaded before the last old
 * one goes, at the price of having both in memory for a while.
 *
 * <p>A version that nobody aspires to any more is unloaded, lowest first, when the stream is to be
 * withdrawn altogether, or an aspired version is ready, or another such version stays behind. If
 * the new version fails, the old one therefore serves on.
 */
public final class AvailabilityPreservingPolicy implements VersionPolicy {

  @Override
  public Optional<VersionAction> next(List<VersionSnapshot> versions) {
    return unload(versions)
        .or(() -> VersionPolicy.highestAspiredNew(versions).map(VersionAction::load));
  }

  private static Optional<VersionAction> unload(List<VersionSnapshot> versions) {
    List<ServableId> leftovers =
        versions.stream()
            .filter(version -> !version.aspired() && version.isReady())
            .map(VersionSnapshot::id)
            .toList();
    boolean withdrawn = versions.stream().noneMatch(VersionSnapshot::aspired);
    boolean replaced = versions.stream().anyMatch(v -> v.aspired() && v.isReady());
    if (!withdrawn && !replaced && leftovers.size() <= 1) {
      return Optional.empty();
    }
    return leftovers.stream().min(Comparator.naturalOrder()).map(VersionAction::unload);
  }
}
