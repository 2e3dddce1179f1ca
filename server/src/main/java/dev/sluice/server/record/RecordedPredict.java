package dev.sluice.server.record;

import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.protocol.PredictEnvelope;
import dev.sluice.protocol.PredictResponseWriter;
import dev.sluice.protocol.TensorBudget;
import dev.sluice.server.Inference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A predict request in protobuf that came from a file. */
final class RecordedPredict extends UnsentAnswer {

  private final PredictEnvelope envelope;
  private volatile List<Integer> outputs = List.of();

  RecordedPredict(PredictEnvelope envelope) {
    this.envelope = envelope;
  }

  @Override
  public Signature signature(Model model) {
    return envelope.signature(model);
  }

  @Override
  public List<Tensor> inputs(Signature signature, TensorAllocator tensors, TensorBudget budget) {
    List<Tensor> inputs = envelope.tensors(signature, tensors, budget);
    try {
      outputs = Arrays.stream(envelope.outputs(signature)).boxed().toList();
      return inputs;
    } catch (Throwable failure) {
      inputs.forEach(Tensor::close);
      throw failure;
    }
  }

  @Override
  public List<Integer> wanted() {
    return envelope.outputFilter().isEmpty() ? List.of() : outputs;
  }

  @Override
  byte[] encoded(Inference.Answer answer) {
    List<String> names = new ArrayList<>();
    List<Tensor> tensors = new ArrayList<>();
    for (int index : outputs) {
      names.add(answer.signature().outputs().get(index).name());
      tensors.add(answer.outputs().get(index));
    }
    return PredictResponseWriter.write(
        envelope.model().name(),
        answer.id().version(),
        envelope.model().signature(),
        names,
        tensors,
        false);
  }
}
