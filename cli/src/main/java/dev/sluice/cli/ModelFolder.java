package dev.sluice.cli;

import dev.sluice.core.MonitoredServable;
import dev.sluice.core.VersionChoice;
import dev.sluice.core.VersionListing;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A model's base path as a server sees it, or one version of a model alone.
 *
 * @param name what the model is called in example requests: the name of the base path
 * @param versions every version that is there, the newest first
 * @param newest the one that a server serves by default
 * @param single whether the folder of one version was given, so that its siblings are not known
 */
record ModelFolder(String name, List<Version> versions, Version newest, boolean single) {

  /**
   * A version.
   *
   * @param number empty for a folder that is not called by a number
   */
  record Version(OptionalLong number, Path directory) {}

  /**
   * Looks into a folder.
   *
   * @throws StatusException NOT_FOUND if there is neither a version in it nor a model's file,
   *     PERMISSION_DENIED if it cannot be listed
   */
  static ModelFolder of(Path given) {
    Path folder = given.toAbsolutePath().normalize();
    if (!Files.exists(folder)) {
      throw StatusException.notFound(
          "no folder %s, expected a model's base path or one of its versions", folder);
    }
    if (!Files.isDirectory(folder)) {
      return single(folder); // whose description says what the file is
    }
    Set<String> children = children(folder);
    List<Version> versions = versions(folder, children);
    return versions.isEmpty() || isVersion(folder)
        ? single(folder)
        : new ModelFolder(nameOf(folder), versions, newest(folder, children), false);
  }

  /** The numbers of the versions below a base path; none where there is no such folder. */
  static Set<Long> numbers(Path basePath) {
    Set<String> children = Files.isDirectory(basePath) ? children(basePath) : Set.of();
    return versions(basePath, children).stream()
        .map(version -> version.number().orElseThrow())
        .collect(Collectors.toSet());
  }

  private static boolean isVersion(Path folder) {
    return Files.exists(folder.resolve("saved_model.pb"))
        || Files.exists(folder.resolve("saved_model.pbtxt"));
  }

  private static ModelFolder single(Path folder) {
    OptionalLong number = VersionListing.version(nameOf(folder));
    Path parent = folder.getParent();
    String name = number.isPresent() && parent != null ? nameOf(parent) : nameOf(folder);
    Version only = new Version(number, folder);
    return new ModelFolder(name, List.of(only), only, true);
  }

  private static List<Version> versions(Path folder, Set<String> children) {
    return children.stream()
        .flatMap(child ->
            VersionListing.version(child).stream()
                .mapToObj(number -> new Version(OptionalLong.of(number), folder.resolve(child))))
        .sorted((a, b) -> Long.compare(b.number().orElseThrow(), a.number().orElseThrow()))
        .toList();
  }

  /** By the server's own rule, which also says which of two folders for one number counts. */
  private static Version newest(Path folder, Set<String> children) {
    MonitoredServable model =
        new MonitoredServable(nameOf(folder), folder.toString(), folder, VersionChoice.LATEST);
    var newest = VersionListing.of(model, children).versions().getFirst();
    return new Version(OptionalLong.of(newest.id().version()), newest.payload());
  }

  private static String nameOf(Path folder) {
    Path name = folder.getFileName();
    return name == null ? "model" : name.toString();
  }

  private static Set<String> children(Path folder) {
    try (Stream<Path> children = Files.list(folder)) {
      return children.map(ModelFolder::nameOf).collect(Collectors.toSet());
    } catch (IOException | UncheckedIOException failure) {
      throw new StatusException(
          StatusCode.PERMISSION_DENIED, "cannot list " + folder + ": " + failure, failure);
    }
  }
}
