package dev.sluice.server.record;

import dev.sluice.status.StatusCode;

/** Learns what became of requests that were to be logged; metrics hang here. Thread-safe. */
@FunctionalInterface
public interface RequestLogObserver {

  /**
   * A request was written, or was not. Called by threads that answer requests, so it must neither
   * block nor throw.
   *
   * @param model whom the request asked
   * @param outcome OK if the operating system has it; RESOURCE_EXHAUSTED if there was no room for
   *     it; DATA_LOSS if the file can't be written; UNAVAILABLE if the log was closed meanwhile;
   *     else what is wrong with its content
   */
  void logged(String model, StatusCode outcome);
}
