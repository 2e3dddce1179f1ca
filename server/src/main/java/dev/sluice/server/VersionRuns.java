package dev.sluice.server;

import dev.sluice.batching.QueueReport;
import java.util.List;
import java.util.Optional;

/**
 * What there is to say of the runs of one version of a model.
 *
 * @param state what model status says of it
 * @param loaded empty if it serves no requests now
 */
public record VersionRuns(long version, String state, Optional<Loaded> loaded) {

  /**
   * What only a version has that is loaded.
   *
   * @param called by signature: what was decided, and what has come of it
   * @param notCalled the signatures about which nothing had to be decided yet
   */
  public record Loaded(List<Called> called, List<String> notCalled) {}

  /**
   * A signature that was called.
   *
   * @param graph how the engine runs it, in a sentence; empty if there is nothing to say
   */
  public record Called(QueueReport queue, String graph) {}
}
