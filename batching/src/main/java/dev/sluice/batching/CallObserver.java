package dev.sluice.batching;

/** Learns how long the stages of a call took; metrics and traces hang here. Thread-safe. */
@FunctionalInterface
public interface CallObserver {

  /** Where time goes. */
  enum Stage {
    /** From the bytes of the request to its tensors. */
    DECODE,
    /** Waiting for a run. */
    QUEUE,
    /** Inside the engine. */
    RUN,
    /** From the outputs to the bytes of the answer. */
    ENCODE
  }

  /** Wants to know nothing. */
  CallObserver NONE = (stage, nanos) -> {};

  /** A stage has ended. */
  void observe(Stage stage, long nanos);

  /**
   * A run that has ended.
   *
   * @param endNanos when, in terms of {@link System#nanoTime}
   * @param nanos how long it took
   * @param requests how many shared it
   * @param rows how many it had; 0 if nobody counts them
   */
  record Run(long endNanos, long nanos, int requests, long rows) {}

  /** A run has ended, which is the end of {@link Stage#RUN} too. */
  default void observeRun(Run run) {
    observe(Stage.RUN, run.nanos());
  }
}
