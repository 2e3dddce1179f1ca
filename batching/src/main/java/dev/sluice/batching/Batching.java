package dev.sluice.batching;

import org.jspecify.annotations.Nullable;

/** Who decides how requests become runs. */
public sealed interface Batching {

  /** The scheduler, from what an engine knows of its runs and what they are seen to cost. */
  record Automatic() implements Batching {}

  /** Nobody: each request is a run of its own. */
  record Off() implements Batching {}

  /**
   * The operator, by the parameters of TensorFlow Serving.
   *
   * @param threads what runs the batches of all models
   * @param parameters those of every model; null where each version brings its own or is not
   *     batched, see {@link RunScheduler#configure}
   * @param observer learns what becomes of batches
   */
  record Configured(
      BatchThreads threads, @Nullable BatchingParameters parameters, BatchObserver observer)
      implements Batching {}
}
