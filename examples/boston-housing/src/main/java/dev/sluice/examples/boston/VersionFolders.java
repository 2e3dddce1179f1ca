package dev.sluice.examples.boston;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder of a model, in which each version has a folder of its own: {@code 0000001}, {@code
 * 0000002} and so on.
 *
 * <p>The zeros are the tutorial's: its commands work as they stand, and names sort as versions do.
 * TensorFlow Serving and Sluice read such a name as a number, so {@code 0000001} is version 1.
 *
 * @param model the folder, made when needed
 */
record VersionFolders(Path model) {

  /** Something that fills an empty folder. */
  @FunctionalInterface
  interface Contents {
    void writeTo(Path folder) throws IOException;
  }

  /** A version that servers can see. */
  record Published(long version, Path path) {}

  /**
   * Adds a version with the next number.
   *
   * <p>The contents are written into a folder whose name is no number, so no server touches it, and
   * which gets its name when all is there. If somebody else takes the number meanwhile, the one
   * after it is taken.
   */
  Published publish(Contents contents) throws IOException {
    Files.createDirectories(model);
    // Not a temporary directory of the JDK's: those only their owner may read.
    Path work = Files.createDirectory(model.resolve(".writing-" + UUID.randomUUID()));
    try {
      contents.writeTo(work);
      Published published = rename(work);
      while (published == null) {
        published = rename(work);
      }
      return published;
    } finally {
      delete(work);
    }
  }

  private @Nullable Published rename(Path work) throws IOException {
    long version = next();
    Path target = model.resolve(String.format(Locale.ROOT, "%07d", version));
    try {
      Files.move(work, target, StandardCopyOption.ATOMIC_MOVE);
      return new Published(version, target);
    } catch (FileSystemException failure) {
      if (Files.exists(target)) {
        return null;
      }
      throw failure;
    }
  }

  /** One more than the highest number there is; 1 if there is none. */
  long next() throws IOException {
    try (Stream<Path> children = Files.list(model)) {
      long highest =
          children
              .map(child -> version(child.getFileName().toString()))
              .filter(OptionalLong::isPresent)
              .mapToLong(OptionalLong::getAsLong)
              .max()
              .orElse(0);
      if (highest == Long.MAX_VALUE) {
        throw new TrainerException(
            "%s has a version %d, after which there is no number".formatted(model, highest));
      }
      return highest + 1;
    }
  }

  /** The version that a server would take the name for. */
  private static OptionalLong version(String name) {
    if (!name.matches("[0-9]+")) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(name));
    } catch (NumberFormatException tooLarge) {
      return OptionalLong.empty();
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
