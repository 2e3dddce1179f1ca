package dev.sluice.batching;

import dev.sluice.status.StatusException;
import java.util.List;
import java.util.OptionalLong;

/**
 * How the requests of a model become batches, in the words of TensorFlow Serving's message of the
 * same name. Its two parameters about threads belong to the server and not to a model; see {@link
 * BatchThreads}. Immutable; values are as given, {@link #check} says what is wrong with them.
 *
 * @param maxBatchSize most rows of a request, and of a batch unless requests are split; at least 1
 * @param batchTimeoutMicros how long the first request of a batch waits for others; 0 for not at
 *     all, then a batch holds what came while all threads were busy
 * @param maxEnqueuedBatches how many batches of a queue may wait, the open one among them
 * @param allowedBatchSizes the sizes that batches are filled up to; empty for any size
 * @param padVariableLengthInputs fill shorter inputs up to the longest of the batch instead of
 *     failing the batch
 * @param largeBatchSplitting spread a request over several batches
 * @param maxExecutionBatchSize most rows of a batch where requests are split; where it is empty,
 *     {@code maxBatchSize}
 */
public record BatchingParameters(
    long maxBatchSize,
    long batchTimeoutMicros,
    long maxEnqueuedBatches,
    List<Long> allowedBatchSizes,
    boolean padVariableLengthInputs,
    boolean largeBatchSplitting,
    OptionalLong maxExecutionBatchSize) {

  /** What holds where nothing is said. */
  public static final BatchingParameters DEFAULTS =
      new BatchingParameters(1000, 0, 10, List.of(), false, false, OptionalLong.empty());

  public BatchingParameters {
    allowedBatchSizes = List.copyOf(allowedBatchSizes);
  }

  /** These, as the file says them. */
  String text() {
    return "max_batch_size "
        + maxBatchSize
        + ", batch_timeout_micros "
        + batchTimeoutMicros
        + ", max_enqueued_batches "
        + queueLimit()
        + (allowedBatchSizes.isEmpty() ? "" : ", allowed_batch_sizes " + allowedBatchSizes)
        + (padVariableLengthInputs ? ", pad_variable_length_inputs" : "")
        + (largeBatchSplitting
            ? ", enable_large_batch_splitting, max_execution_batch_size " + executionLimit()
            : "");
  }

  /** Most rows of a batch. */
  public long executionLimit() {
    return largeBatchSplitting ? maxExecutionBatchSize.orElse(maxBatchSize) : maxBatchSize;
  }

  /** How many batches of a queue may wait, the open one among them: at least 1. */
  long queueLimit() {
    return Math.max(1, maxEnqueuedBatches);
  }

  /**
   * The rows that a batch of this many is filled up to: the first allowed size that is not less.
   * Every batch has one, as the last allowed size is the most rows of a batch or more.
   */
  long roundedUp(long rows) {
    return allowedBatchSizes.stream().filter(size -> size >= rows).findFirst().orElse(rows);
  }

  /**
   * These, if a model can be served with them.
   *
   * @throws StatusException INVALID_ARGUMENT with TensorFlow Serving's text for the first flaw
   */
  public BatchingParameters check() {
    checkAllowedSizes();
    checkPositive("input_batch_size_limit", maxBatchSize);
    checkNotNegative("batch_timeout_micros", batchTimeoutMicros);
    checkNotNegative("max_enqueued_batches", maxEnqueuedBatches);
    if (largeBatchSplitting) {
      checkSplitting();
    }
    return this;
  }

  private void checkAllowedSizes() {
    if (!allowedBatchSizes.isEmpty() && allowedBatchSizes.getLast() != maxBatchSize) {
      throw StatusException.invalidArgument(
          "Last entry in allowed_batch_sizes must match max_batch_size; last entry was %d;"
              + " expected %d",
          allowedBatchSizes.getLast(), maxBatchSize);
    }
  }

  private void checkSplitting() {
    checkPositive("max_enqueued_batches", maxEnqueuedBatches);
    checkPositive("max_execution_batch_size", executionLimit());
    if (executionLimit() > maxBatchSize) {
      throw StatusException.invalidArgument(
          "When enable_large_batch_splitting is true, input_batch_size_limit must be greater than"
              + " or equal to max_execution_batch_size. They are %d and %d",
          maxBatchSize, executionLimit());
    }
  }

  private static void checkPositive(String name, long value) {
    if (value <= 0) {
      throw StatusException.invalidArgument("%s must be positive; was %d", name, value);
    }
  }

  private static void checkNotNegative(String name, long value) {
    if (value < 0) {
      throw StatusException.invalidArgument("%s must be non-negative; was %d", name, value);
    }
  }
}
