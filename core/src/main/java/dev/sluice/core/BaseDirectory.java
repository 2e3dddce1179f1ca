package dev.sluice.core;

import dev.sluice.status.StatusException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/** The directory that holds the versions of one servable. */
final class BaseDirectory {

  private BaseDirectory() {}

  /**
   * The names of what is in it.
   *
   * @throws StatusException INVALID_ARGUMENT if that can't be told; the text has the path as the
   *     operator wrote it, the reason, and what to do
   */
  static Set<String> children(MonitoredServable servable) {
    Set<String> names = new HashSet<>();
    try (DirectoryStream<Path> children = Files.newDirectoryStream(servable.directory())) {
      for (Path child : children) {
        names.add(Objects.requireNonNull(child.getFileName(), "child without a name").toString());
      }
      return names;
    } catch (IOException failure) {
      throw unreadable(servable, failure);
    } catch (DirectoryIteratorException failure) {
      throw unreadable(servable, Objects.requireNonNull(failure.getCause(), "cause"));
    }
  }

  private static StatusException unreadable(MonitoredServable servable, IOException failure) {
    StorageFailure why = StorageFailure.of(servable.basePath(), failure);
    return StatusException.invalidArgument(
        "Could not %s base path %s for servable %s with error %s. %s",
        failure instanceof NoSuchFileException ? "find" : "list",
        servable.basePath(),
        servable.name(),
        why.status(),
        why.advice());
  }
}
