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
}
