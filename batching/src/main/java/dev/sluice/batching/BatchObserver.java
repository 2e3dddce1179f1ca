package dev.sluice.batching;

/**
 * Learns what becomes of tasks and batches where TensorFlow Serving's parameters are in force;
 * metrics hang here. Thread-safe; called by batch threads, which it must not hold up.
 */
public interface BatchObserver {

  /** Wants to know nothing. */
  BatchObserver NONE = new BatchObserver() {};

  /** A task was taken from its queue, to run or because it has expired, after this long. */
  default void queued(long nanos) {}

  /**
   * A batch is about to be formed: the rows it is processed with, those that fill it up included.
   */
  default void processed(long rows) {}

  /** The same batch: how many rows fill it up, and to which size; 0 for none. */
  default void filled(long rows, long executionSize) {}

  /** One input tensor of one task of a batch, as it is put in; this many rows. */
  default void input(long rows) {}

  /** The model has run a batch, well or not. Not told of a batch that could not be formed. */
  default void ran() {}
}
