package dev.sluice.server.grpc;

import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.protocol.PredictEnvelope;
import dev.sluice.protocol.PredictResponseWriter;
import dev.sluice.protocol.TensorBudget;
import dev.sluice.server.Inference;
import dev.sluice.server.ModelSelector;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A predict request in protobuf. */
final class WirePredict implements Inference.Predict {

  private final PredictEnvelope envelope;
  private final boolean asTensorContent;
  private final ServerCallStreamObserver<byte[]> client;
  private int @Nullable [] wanted;

  WirePredict(
      PredictEnvelope envelope, boolean asTensorContent, ServerCallStreamObserver<byte[]> client) {
    this.envelope = envelope;
    this.asTensorContent = asTensorContent;
    this.client = client;
  }

  /**
   * The model that is meant.
   *
   * @throws StatusException INVALID_ARGUMENT if the request names none
   */
  ModelSelector selector() {
    if (!envelope.hasModelSpec()) {
      throw StatusException.invalidArgument("Missing ModelSpec");
    }
    return new ModelSelector(
        envelope.modelName(),
        envelope.version().isPresent() ? envelope.version().getAsLong() : null,
        envelope.versionLabel().orElse(null));
  }

  @Override
  public Signature signature(Model model) {
    Signature signature = model.signatures().get(signatureName());
    if (signature == null) {
      throw StatusException.failedPrecondition(
          "Serving signature key \"%s\" not found.", signatureName());
    }
    return signature;
  }

  private String signatureName() {
    return envelope.signatureName().isEmpty() ? Signature.DEFAULT_NAME : envelope.signatureName();
  }

  @Override
  public List<Tensor> inputs(Signature signature, TensorAllocator tensors, TensorBudget budget) {
    List<Tensor> inputs = envelope.tensors(signature, tensors, budget);
    try {
      wanted = envelope.outputs(signature);
      return inputs;
    } catch (Throwable failure) {
      inputs.forEach(Tensor::close);
      throw failure;
    }
  }

  @Override
  public void answered(Inference.@Nullable Answer answer, Status status) {
    if (client.isCancelled()) {
      return; // nobody is there to tell
    }
    if (answer == null) {
      client.onError(GrpcStatuses.exception(status));
      return;
    }
    byte[] response;
    try {
      response = encoded(answer);
    } catch (RuntimeException | Error failure) {
      client.onError(GrpcStatuses.exception(Status.of(failure)));
      return;
    }
    client.onNext(response);
    client.onCompleted();
  }

  private byte[] encoded(Inference.Answer answer) {
    List<String> names = new ArrayList<>();
    List<Tensor> outputs = new ArrayList<>();
    int[] indices = wanted;
    if (indices != null) {
      for (int index : indices) {
        names.add(answer.signature().outputs().get(index).name());
        outputs.add(answer.outputs().get(index));
      }
    }
    return PredictResponseWriter.write(
        envelope.modelName(),
        answer.id().version(),
        signatureName(),
        names,
        outputs,
        asTensorContent);
  }
}
