package dev.sluice.server;

import dev.sluice.model.DataType;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.protocol.InferenceResult;
import dev.sluice.status.StatusException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a classification signature gave: labels, scores, or both. */
record ClassifyOutputs(@Nullable Tensor classes, @Nullable Tensor scores) {

  static final String CLASSES = "classes";
  static final String SCORES = "scores";

  static ClassifyOutputs of(Signature signature, List<Tensor> outputs) {
    return new ClassifyOutputs(
        output(CLASSES, signature, outputs), output(SCORES, signature, outputs));
  }

  private static @Nullable Tensor output(String name, Signature signature, List<Tensor> outputs) {
    int index = signature.outputIndex(name);
    return index < 0 ? null : outputs.get(index);
  }

  /**
   * The result, once the tensors were found to be {@code [examples, classes]} strings and floats.
   *
   * @throws StatusException INVALID_ARGUMENT if they are not
   */
  InferenceResult result(long examples) {
    long ofClasses = classes == null ? -1 : check(classes, CLASSES, DataType.STRING, examples);
    long ofScores = scores == null ? -1 : check(scores, SCORES, DataType.FLOAT, examples);
    if (classes != null && scores != null && ofClasses != ofScores) {
      throw StatusException.invalidArgument(
          "Tensors class and score should match in dim_size(1). Got %d vs. %d",
          ofClasses, ofScores);
    }
    return new InferenceResult.Classifications(
        examples, Math.max(ofClasses, ofScores), classes, scores);
  }

  /** How many classes it tells of. */
  private static long check(Tensor tensor, String name, DataType type, long examples) {
    if (tensor.shape().rank() != 2) {
      throw StatusException.invalidArgument(
          "Expected Tensor shape: [batch_size num_classes] but got %s", tensor.shape());
    }
    if (tensor.dataType() != type) {
      throw StatusException.invalidArgument(
          "Expected %s Tensor of %s. Got: %s",
          name, type.protoName(), tensor.dataType().protoName());
    }
    if (tensor.shape().dimension(0) != examples) {
      throw StatusException.invalidArgument(
          "Expected %s output batch size of %d. Got: %d",
          name, examples, tensor.shape().dimension(0));
    }
    return tensor.shape().dimension(1);
  }
}
