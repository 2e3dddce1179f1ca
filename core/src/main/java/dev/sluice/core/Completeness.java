package dev.sluice.core;

import java.time.Duration;
import java.util.Objects;

/**
 * When a version that was found in storage is taken for complete.
 *
 * @param content what has to be there; the version is held back while something is missing
 * @param quiet how long its files must not have changed
 * @param patience how long nothing may have changed until a version is handed on although something
 *     is missing, so that its load fails and says why; where it is shorter than {@code quiet}, the
 *     latter counts
 */
public record Completeness(ContentCheck content, Duration quiet, Duration patience) {
  public Completeness {
    Objects.requireNonNull(content, "content");
    Objects.requireNonNull(quiet, "quiet");
    Objects.requireNonNull(patience, "patience");
  }
}
