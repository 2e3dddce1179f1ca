package dev.sluice.core;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Notices that the files of a version have changed after it was handed on, and logs that it is not
 * loaded again. Of one base path, for one thread at a time.
 *
 * <p>What counts is name, size and change time of all below the version's directory. A change is
 * told once, when two looks after it saw the same, so a version that is just being deleted makes no
 * noise. Files are looked at rarely: it is a matter of minutes, not of seconds.
 */
final class ContentChanges {

  /** Between two looks at the same version. */
  static final Duration INTERVAL = Duration.ofSeconds(10);

  private static final Logger LOG = System.getLogger(ContentChanges.class.getName());

  /** What a version looked like, and whether that differs from what was handed on or told. */
  private record Seen(Map<String, VersionTree.Entry> entries, boolean changing) {}

  private final VersionFiles files;
  private final Supplier<Moment> clock;
  private final Map<Path, Seen> seen = new HashMap<>();
  private @Nullable Moment lastLook;

  ContentChanges(VersionFiles files, Supplier<Moment> clock) {
    this.files = files;
    this.clock = clock;
  }

  /** Looks at what is listed, as far as that is due. */
  void look(MonitoredServable servable, VersionListing listing) {
    Moment now = clock.get();
    Moment before = lastLook;
    boolean due = before == null || now.since(before).compareTo(INTERVAL) >= 0;
    if (due) {
      lastLook = now;
    }
    Set<Path> listed = new HashSet<>();
    for (ServableData<Path> version : listing.versions()) {
      listed.add(version.payload());
      if (due || !seen.containsKey(version.payload())) {
        look(servable, version);
      }
    }
    seen.keySet().retainAll(listed);
  }

  private void look(MonitoredServable servable, ServableData<Path> version) {
    Path directory = version.payload();
    Optional<VersionTree> tree = files.read(directory);
    if (tree.isEmpty() || tree.get().unreadable() != null) {
      return;
    }
    Map<String, VersionTree.Entry> entries = tree.get().entries();
    Seen before = seen.get(directory);
    boolean changed = before != null && !before.entries().equals(entries);
    if (before != null && before.changing() && !changed) {
      tell(servable, version);
    }
    seen.put(directory, new Seen(entries, changed));
  }

  private static void tell(MonitoredServable servable, ServableData<Path> version) {
    LOG.log(
        Level.WARNING,
        ("The files of version %d of servable %s at %s/%s have changed since it was loaded. It is"
                + " not loaded again and serves what it had then: give the new files a higher"
                + " number, or take the directory away, wait until the version is unloaded, and"
                + " put it back")
            .formatted(
                version.id().version(),
                servable.name(),
                servable.basePath(),
                Objects.requireNonNull(version.payload().getFileName(), "name")));
  }
}
