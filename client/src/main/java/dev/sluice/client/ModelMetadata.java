package dev.sluice.client;

import dev.sluice.model.DataType;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The signatures of a model.
 *
 * @param version the version that answered
 * @param signatures by name; immutable
 */
public record ModelMetadata(long version, Map<String, SignatureInfo> signatures) {

  public ModelMetadata {
    signatures = Map.copyOf(signatures);
  }

  /**
   * One way to call the model.
   *
   * @param methodName such as {@code tensorflow/serving/predict}; may be empty
   * @param inputs by name; immutable
   * @param outputs by name; immutable
   */
  public record SignatureInfo(
      String methodName, Map<String, TensorInfo> inputs, Map<String, TensorInfo> outputs) {

    public SignatureInfo {
      inputs = Map.copyOf(inputs);
      outputs = Map.copyOf(outputs);
    }
  }

  /**
   * What is declared of an input or an output.
   *
   * @param type null if none is declared that is known here
   * @param dimensions the sizes, outermost first, -1 for any; null if even the rank is open
   */
  public record TensorInfo(@Nullable DataType type, @Nullable List<Long> dimensions) {}
}
