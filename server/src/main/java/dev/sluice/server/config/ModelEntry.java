package dev.sluice.server.config;

import dev.sluice.proto.config.FileSystemStoragePathSourceConfig.ServableVersionPolicy;
import dev.sluice.proto.config.LoggingConfig;
import dev.sluice.status.StatusException;
import java.nio.file.Path;
import java.util.Map;

/**
 * One model that is to be served. Immutable.
 *
 * @param name how requests call it; may be empty, and is not listed twice
 * @param basePath the directory of its versions, as it was given: an absolute path or a URI
 * @param versionPolicy which versions to serve; without a choice, the latest one
 * @param versionLabels label to version
 * @param logging which of its requests are logged where; without a type, none
 */
public record ModelEntry(
    String name,
    String basePath,
    ServableVersionPolicy versionPolicy,
    Map<String, Long> versionLabels,
    LoggingConfig logging) {

  /** A model whose requests are not logged. */
  public ModelEntry(
      String name,
      String basePath,
      ServableVersionPolicy versionPolicy,
      Map<String, Long> versionLabels) {
    this(name, basePath, versionPolicy, versionLabels, LoggingConfig.getDefaultInstance());
  }

  public ModelEntry {
    versionLabels = Map.copyOf(versionLabels);
  }

  /**
   * The base path on a local disk.
   *
   * @throws StatusException UNIMPLEMENTED where the base path is a URI of a scheme other than
   *     {@code file}
   */
  public Path directory() {
    return Location.of(basePath).local();
  }

  /** Whether this asks for the same as the other: no policy is the same as the latest version. */
  boolean saysTheSameAs(ModelEntry other) {
    return name.equals(other.name)
        && basePath.equals(other.basePath)
        && ModelChanges.policy(this).equals(ModelChanges.policy(other))
        && versionLabels.equals(other.versionLabels)
        && logging.equals(other.logging);
  }
}
