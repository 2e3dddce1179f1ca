package dev.sluice.batching;

import java.util.List;
import java.util.OptionalLong;

/** Batching parameters, put together as a test wants them; the defaults where it says nothing. */
final class Parameters {

  private long maxBatchSize = BatchingParameters.DEFAULTS.maxBatchSize();
  private long batchTimeoutMicros;
  private long maxEnqueuedBatches = BatchingParameters.DEFAULTS.maxEnqueuedBatches();
  private List<Long> allowed = List.of();
  private boolean pads;
  private boolean splits;
  private OptionalLong maxExecutionBatchSize = OptionalLong.empty();

  static Parameters max(long rows) {
    Parameters made = new Parameters();
    made.maxBatchSize = rows;
    return made;
  }

  static Parameters unset() {
    return new Parameters();
  }

  Parameters timeoutMicros(long micros) {
    batchTimeoutMicros = micros;
    return this;
  }

  Parameters enqueued(long batches) {
    maxEnqueuedBatches = batches;
    return this;
  }

  Parameters allowed(Long... sizes) {
    allowed = List.of(sizes);
    return this;
  }

  Parameters padding() {
    pads = true;
    return this;
  }

  Parameters splitting() {
    splits = true;
    return this;
  }

  Parameters splitting(long mostRowsOfABatch) {
    maxExecutionBatchSize = OptionalLong.of(mostRowsOfABatch);
    return splitting();
  }

  BatchingParameters get() {
    return new BatchingParameters(
        maxBatchSize,
        batchTimeoutMicros,
        maxEnqueuedBatches,
        allowed,
        pads,
        splits,
        maxExecutionBatchSize);
  }
}
