package dev.sluice.client;

import com.google.protobuf.Int64Value;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.MultiInferenceRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which model, version, signature and outputs calls are for.
 *
 * @param version null for the one that answers by default
 * @param label null for none; at most one of both is given
 * @param signature empty for the default one
 * @param outputs empty for all
 */
record ModelChoice(
    String name,
    @Nullable Long version,
    @Nullable String label,
    String signature,
    List<String> outputs) {

  static ModelChoice of(String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("an empty name, expected that of a model");
    }
    return new ModelChoice(name, null, null, "", List.of());
  }

  ModelChoice withVersion(long number) {
    return new ModelChoice(name, number, null, signature, outputs);
  }

  ModelChoice withLabel(String other) {
    return new ModelChoice(name, null, other, signature, outputs);
  }

  ModelChoice withSignature(String other) {
    return new ModelChoice(name, version, label, other, outputs);
  }

  ModelChoice withOutputs(List<String> names) {
    return new ModelChoice(name, version, label, signature, names);
  }

  ModelSpec spec() {
    ModelSpec.Builder spec = ModelSpec.newBuilder().setName(name).setSignatureName(signature);
    if (version != null) {
      spec.setVersion(Int64Value.of(version));
    } else if (label != null) {
      spec.setVersionLabel(label);
    }
    return spec.build();
  }

  MultiInferenceRequest tasks(List<InferenceTask> tasks, ExampleBatch examples) {
    MultiInferenceRequest.Builder request =
        MultiInferenceRequest.newBuilder().setInput(examples.message());
    for (InferenceTask task : tasks) {
      request
          .addTasksBuilder()
          .setModelSpec(withSignature(task.signature()).spec())
          .setMethodName(task.kind().methodName());
    }
    return request.build();
  }

  @Override
  public String toString() {
    String which = version != null ? ", version " + version : "";
    String named = label != null ? ", label " + label : which;
    return name + named + (signature.isEmpty() ? "" : ", signature " + signature);
  }
}
