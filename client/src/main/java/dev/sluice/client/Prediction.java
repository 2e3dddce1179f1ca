package dev.sluice.client;

import java.util.Map;
import java.util.TreeSet;

/**
 * What a predict call gave.
 *
 * @param version the version that ran
 * @param outputs by name; immutable
 */
public record Prediction(long version, Map<String, Tensor> outputs) {

  public Prediction {
    outputs = Map.copyOf(outputs);
  }

  /**
   * One of the outputs.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public Tensor output(String name) {
    Tensor tensor = outputs.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "no output " + name + ", there is " + new TreeSet<>(outputs.keySet()));
    }
    return tensor;
  }

  /**
   * The only output.
   *
   * @throws IllegalStateException if there are none or several
   */
  public Tensor output() {
    if (outputs.size() != 1) {
      throw new IllegalStateException(
          "expected one output, there is " + new TreeSet<>(outputs.keySet()));
    }
    return outputs.values().iterator().next();
  }
}
