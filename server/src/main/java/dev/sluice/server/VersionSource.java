package dev.sluice.server;

import dev.sluice.core.Completeness;
import dev.sluice.core.FileSystemSource;
import dev.sluice.core.MonitoredServable;
import dev.sluice.server.config.ModelEntry;
import dev.sluice.server.config.ServerOptions;
import dev.sluice.server.config.StartConfig;
import dev.sluice.tensorflow.SavedModelContent;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Where versions come from, as the flags and the config file want it. */
final class VersionSource {

  /** Copies pause for less than this between two writes, and nobody minds waiting for so long. */
  private static final Duration QUIET = Duration.ofSeconds(1);

  private VersionSource() {}

  static FileSystemSource of(StartConfig config) {
    ServerOptions options = config.options();
    FileSystemSource.Options watched = watched(options, config.models());
    return completeness(options)
        .map(complete -> new FileSystemSource(watched, complete))
        .orElseGet(() -> new FileSystemSource(watched));
  }

  private static Optional<Completeness> completeness(ServerOptions options) {
    String marker = options.versionMarkerFile();
    if (!marker.isEmpty()) {
      return Optional.of(Completeness.marked(marker, options.versionCompletenessPatience()));
    }
    // Where storage is looked at once, what is held back would be held back for ever.
    return options.versionCompletenessCheck() && options.fileSystemPollWaitSeconds() > 0
        ? Optional.of(
            new Completeness(new SavedModelContent(), QUIET, options.versionCompletenessPatience()))
        : Optional.empty();
  }

  /** What is watched, and how, to serve these models. */
  static FileSystemSource.Options watched(ServerOptions options, List<ModelEntry> models) {
    List<MonitoredServable> servables = models.stream().map(VersionChoices::monitored).toList();
    return new FileSystemSource.Options(
        Duration.ofSeconds(options.fileSystemPollWaitSeconds()),
        servables,
        options.servableVersionsAlwaysPresent(),
        options.modelConfigIsolation());
  }
}
