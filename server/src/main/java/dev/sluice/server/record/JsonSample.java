package dev.sluice.server.record;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.model.TensorSpec;
import dev.sluice.protocol.JsonPredictRequest;
import dev.sluice.protocol.JsonPredictResponse;
import dev.sluice.protocol.TensorBudget;
import dev.sluice.server.Inference;
import dev.sluice.status.StatusException;
import java.util.List;

/** A made-up predict request in JSON, in columnar format. */
final class JsonSample extends UnsentAnswer {

  private static final String OUTPUTS = "\"outputs\"";

  private final Signature signature;
  private final JsonPredictRequest request;

  JsonSample(Signature signature, byte[] body) {
    this.signature = signature;
    this.request = JsonPredictRequest.scan(body);
  }

  /**
   * The body that sends these inputs: it looks as an answer does that sends them back.
   *
   * @throws StatusException if a type has no form in JSON
   */
  static byte[] body(Signature signature, List<Tensor> inputs) {
    if (inputs.isEmpty()) {
      return "{\"inputs\": {}}".getBytes(UTF_8);
    }
    List<String> names = signature.inputs().stream().map(TensorSpec::name).toList();
    String answer = new String(JsonPredictResponse.write(names, inputs, false), UTF_8);
    int key = answer.indexOf(OUTPUTS);
    return (answer.substring(0, key) + "\"inputs\"" + answer.substring(key + OUTPUTS.length()))
        .getBytes(UTF_8);
  }

  @Override
  public Signature signature(Model model) {
    return signature;
  }

  @Override
  public List<Tensor> inputs(Signature ofModel, TensorAllocator tensors, TensorBudget budget) {
    return request.tensors(ofModel, tensors, budget);
  }

  @Override
  byte[] encoded(Inference.Answer answer) {
    List<String> names = answer.signature().outputs().stream().map(TensorSpec::name).toList();
    return JsonPredictResponse.write(names, answer.outputs(), request.rowFormat());
  }
}
