package dev.sluice.client;

import java.util.List;

/**
 * What a classify call gave.
 *
 * @param version the version that ran
 * @param examples for each example, in order, its classes in the order that the model gives them,
 *     which need not be that of the scores; immutable
 */
public record Classification(long version, List<List<ScoredClass>> examples)
    implements InferenceAnswer {

  public Classification {
    examples = examples.stream().map(List::copyOf).toList();
  }

  /**
   * A class of an example.
   *
   * @param label empty if the model gives scores only
   * @param score 0 if the model gives labels only
   */
  public record ScoredClass(String label, float score) {}
}
