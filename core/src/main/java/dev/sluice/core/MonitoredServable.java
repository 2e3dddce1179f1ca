package dev.sluice.core;

import java.nio.file.Path;
import java.util.Objects;

/**
 * One stream that a {@link FileSystemSource} watches.
 *
 * @param name the servable's name
 * @param basePath the directory as the operator wrote it, for messages
 * @param directory the directory; its children with a number for a name are the versions
 * @param choice which of them to serve
 */
public record MonitoredServable(
    String name, String basePath, Path directory, VersionChoice choice) {
  public MonitoredServable {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(basePath, "basePath");
    Objects.requireNonNull(directory, "directory");
    Objects.requireNonNull(choice, "choice");
  }
}
