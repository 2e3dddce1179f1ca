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
   * A run has ended, which is the end of {@link Stage#RUN} too.
   *
   * @param requests how many shared it
   * @param rows how many it had; 0 if nobody counts them
   */
  default void observeRun(long nanos, int requests, long rows) {
    observe(Stage.RUN, nanos);
  }
}
