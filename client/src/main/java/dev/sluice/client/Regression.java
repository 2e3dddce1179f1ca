package dev.sluice.client;

import java.util.List;

/**
 * What a regress call gave.
 *
 * @param version the version that ran
 * @param values one for each example, in order; immutable
 */
public record Regression(long version, List<Float> values) implements InferenceAnswer {

  public Regression {
    values = List.copyOf(values);
  }
}
