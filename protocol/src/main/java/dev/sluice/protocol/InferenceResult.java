package dev.sluice.protocol;

import dev.sluice.model.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a model says of a batch of examples, in the tensors that it computed. It is valid as long as
 * they are. Whoever makes one has checked types and shapes.
 */
public sealed interface InferenceResult {

  /** How many examples this speaks of. */
  long examples();

  /**
   * Labels, scores, or both, for each example.
   *
   * @param labels string of shape {@code [examples, classes]}; null if the model gives none, which
   *     is told as empty ones
   * @param scores float of the same shape; null if the model gives none, which is told as zeros
   */
  record Classifications(
      long examples, long classes, @Nullable Tensor labels, @Nullable Tensor scores)
      implements InferenceResult {

    private static final byte[] NO_LABEL = {};

    byte[] label(long example, long index) {
      return labels == null ? NO_LABEL : labels.string(example * classes + index);
    }

    float score(long example, long index) {
      return scores == null ? 0 : element(scores, example * classes + index);
    }
  }

  /**
   * A number for each example.
   *
   * @param values float, with as many elements as there are examples
   */
  record Regressions(long examples, Tensor values) implements InferenceResult {

    float value(long example) {
      return element(values, example);
    }
  }

  private static float element(Tensor floats, long index) {
    return floats.data().get(Elements.FLOAT, index * Float.BYTES);
  }
}
