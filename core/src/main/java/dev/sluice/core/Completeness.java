package dev.sluice.core;

import java.nio.file.Files;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * When a version that was found in storage is taken for complete.
 *
 * @param content what has to be there; the version is held back while something is missing
 * @param quiet how long its files must not have changed
 * @param patience how long nothing may have changed until a version is handed on although something
 *     is missing, so that its load fails and says why; where it is shorter than {@code quiet}, the
 *     latter counts
 * @param insists never to hand an incomplete version on; after the patience it is only no longer
 *     waited for
 */
public record Completeness(
    ContentCheck content, Duration quiet, Duration patience, boolean insists) {
  public Completeness {
    Objects.requireNonNull(content, "content");
    Objects.requireNonNull(quiet, "quiet");
    Objects.requireNonNull(patience, "patience");
  }

  /** Versions that lack something are handed on after the patience. */
  public Completeness(ContentCheck content, Duration quiet, Duration patience) {
    this(content, quiet, patience, false);
  }

  /**
   * Versions count as complete from the moment on that there is a file of this name in them, which
   * whoever writes them makes last, and not before.
   *
   * @param name of the file, as {@code _SUCCESS}
   * @param patience after which a version without it is no longer waited for
   */
  public static Completeness marked(String name, Duration patience) {
    ContentCheck marker =
        directory ->
            Files.exists(directory.resolve(name))
                ? Optional.empty()
                : Optional.of(
                    "it has no file " + name + " yet, which would say that it is complete");
    return new Completeness(marker, Duration.ZERO, patience, true);
  }
}
