package dev.sluice.batching;

import dev.sluice.status.StatusException;

/**
 * The threads that run batches where TensorFlow Serving's parameters are in force; all models share
 * them.
 *
 * @param count how many batches run at once, at least 1
 * @param name what the threads are called
 */
public record BatchThreads(int count, String name) {

  private static final long MOST = 10_000;

  /**
   * The threads that parameters ask for.
   *
   * @throws StatusException INVALID_ARGUMENT with TensorFlow Serving's text for less than one, or
   *     for more than any machine could start
   */
  public static BatchThreads of(long count, String name) {
    if (count < 1) {
      throw StatusException.invalidArgument("num_batch_threads must be positive; was %d", count);
    }
    if (count > MOST) {
      throw StatusException.invalidArgument(
          "num_batch_threads must be at most %d; was %d", MOST, count);
    }
    return new BatchThreads((int) count, name);
  }
}
