package dev.sluice.server.record;

import dev.sluice.status.Status;
import java.nio.file.Path;

/** Learns what came of warm-up files; metrics hang here. Thread-safe. */
@FunctionalInterface
public interface WarmUpObserver {

  /** Wants to know nothing. */
  WarmUpObserver NONE = (version, status, nanos, records) -> {};

  /**
   * A file was read: to its end, or until it could not be read any further. Not told where a
   * request failed and the records were run one after the other, as in TensorFlow Serving.
   *
   * @param version the directory of the version
   * @param nanos how long that took, runs included
   * @param records how many were read
   */
  void read(Path version, Status status, long nanos, long records);
}
