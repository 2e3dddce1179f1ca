package dev.sluice.server;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.protocol.InferenceResult;
import dev.sluice.status.StatusException;
import java.util.List;

/** What a regression signature gave: one number an example. */
final class RegressOutputs {

  static final String OUTPUTS = "outputs";

  private RegressOutputs() {}

  /**
   * The result, once the tensor was found to be floats of shape {@code [examples]} or {@code
   * [examples, 1]}.
   *
   * @throws StatusException INVALID_ARGUMENT if it is not
   */
  static InferenceResult result(Signature signature, List<Tensor> outputs, long examples) {
    Tensor values = outputs.get(signature.outputIndex(OUTPUTS));
    Shape shape = values.shape();
    boolean column = shape.rank() == 2 && shape.dimension(1) == 1;
    if (shape.rank() != 1 && !column) {
      throw StatusException.invalidArgument(
          "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got %s",
          shape);
    }
    if (shape.dimension(0) != examples) {
      throw StatusException.invalidArgument(
          "Input batch size did not match output batch size: %d vs. %d",
          examples, shape.dimension(0));
    }
    if (values.dataType() != DataType.FLOAT) {
      throw StatusException.invalidArgument(
          "Expected output Tensor of DT_FLOAT.  Got: %s", values.dataType().protoName());
    }
    return new InferenceResult.Regressions(examples, values);
  }
}
