package dev.sluice.server.rest;

import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.model.TensorSpec;
import dev.sluice.protocol.JsonPredictRequest;
import dev.sluice.protocol.JsonPredictResponse;
import dev.sluice.protocol.TensorBudget;
import dev.sluice.server.Inference;
import dev.sluice.server.metrics.Protocol;
import dev.sluice.server.trace.RequestTrace;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A predict request in JSON. */
final class JsonPredict implements Inference.Predict {

  private final JsonPredictRequest request;
  private final Consumer<Response> answer;
  private final Runnable over;
  private final long begunNanos;
  private final @Nullable RequestTrace trace;

  private JsonPredict(JsonPredictRequest json, Consumer<Response> answer, Api.Request request) {
    this.request = json;
    this.answer = answer;
    this.over = request.over();
    this.begunNanos = request.begunNanos();
    this.trace = request.trace();
  }

  /**
   * Checks the syntax of the whole body, which comes before the look-up of the model.
   *
   * @throws StatusException INVALID_ARGUMENT if the body is not JSON
   */
  static JsonPredict scan(Api.Request request, Consumer<Response> answer) {
    return new JsonPredict(JsonPredictRequest.scan(request.body()), answer, request);
  }

  @Override
  public Protocol protocol() {
    return Protocol.REST;
  }

  @Override
  public long begunNanos() {
    return begunNanos;
  }

  @Override
  public @Nullable RequestTrace trace() {
    return trace;
  }

  @Override
  public Signature signature(Model model) {
    String name = Signature.nameOrDefault(request.signatureName());
    Signature signature = model.signatures().get(name);
    if (signature == null) {
      throw StatusException.invalidArgument(
          "Serving signature name: \"%s\" not found in signature def", name);
    }
    return signature;
  }

  @Override
  public List<Tensor> inputs(Signature signature, TensorAllocator tensors, TensorBudget budget) {
    return request.tensors(signature, tensors, budget);
  }

  @Override
  public void answered(Inference.@Nullable Answer outcome, Status status) {
    answer.accept(
        outcome == null
            ? Response.error(status)
            : Response.encoded(() -> encoded(outcome), outcome.measured(), outcome.id()));
  }

  @Override
  public void over() {
    over.run();
  }

  private byte[] encoded(Inference.Answer outcome) {
    List<TensorSpec> outputs = outcome.signature().outputs();
    List<String> names = new ArrayList<>(outputs.size());
    outputs.forEach(output -> names.add(output.name()));
    return JsonPredictResponse.write(names, outcome.outputs(), request.rowFormat());
  }
}
