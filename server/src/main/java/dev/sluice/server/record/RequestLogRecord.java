package dev.sluice.server.record;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Int64Value;
import dev.sluice.batching.Call;
import dev.sluice.core.ServableId;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.protocol.ExampleBatch;
import dev.sluice.protocol.InferenceResponseWriter;
import dev.sluice.protocol.PredictResponseWriter;
import dev.sluice.protocol.RequestedModel;
import dev.sluice.protocol.TensorBudget;
import dev.sluice.protocol.TensorProtoWriter;
import dev.sluice.server.Inference;
import dev.sluice.server.InferenceMethod;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Writes {@code PredictionLog} messages of what was asked and answered, whatever protocol it came
 * by. The fields of the messages that have none of their own here are written by their numbers, so
 * that tensors are copied once.
 */
final class RequestLogRecord {

  private static final int METADATA = 1;
  private static final int CLASSIFY_LOG = 2;
  private static final int REGRESS_LOG = 3;
  private static final int MULTI_INFERENCE_LOG = 4;
  private static final int PREDICT_LOG = 6;
  private static final TensorBudget NO_LIMIT = new TensorBudget(Long.MAX_VALUE);

  private RequestLogRecord() {}

  /** A message as it is put together. */
  private static final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

    Message with(int field, byte[] content) {
      try {
        out.writeByteArray(field, content);
      } catch (IOException never) {
        throw new UncheckedIOException(never);
      }
      return this;
    }

    Message with(int field, String content) {
      return with(field, content.getBytes(StandardCharsets.UTF_8));
    }

    byte[] bytes() {
      try {
        out.flush();
      } catch (IOException never) {
        throw new UncheckedIOException(never);
      }
      return bytes.toByteArray();
    }
  }

  /**
   * A predict request.
   *
   * @param id which version answered
   * @param metadata a {@code LogMetadata}
   * @param asked whose inputs can be read
   * @param answer the outputs, of which those that are wanted can be read
   */
  static byte[] predict(ServableId id, byte[] metadata, Call.Request asked, List<Tensor> answer) {
    Signature signature = asked.signature();
    List<Integer> wanted = asked.wanted();
    List<String> names = new ArrayList<>();
    List<Tensor> outputs = new ArrayList<>();
    for (int i = 0; i < signature.outputs().size(); i++) {
      if (wanted.isEmpty() || wanted.contains(i)) {
        names.add(signature.outputs().get(i).name());
        outputs.add(answer.get(i));
      }
    }
    Message request = new Message().with(1, spec(id, signature.name()));
    for (int i = 0; i < asked.inputs().size(); i++) {
      request.with(2, entry(signature.inputs().get(i).name(), asked.inputs().get(i)));
    }
    if (!wanted.isEmpty()) {
      names.forEach(name -> request.with(3, name));
    }
    byte[] response =
        PredictResponseWriter.write(
            id.name(), id.version(), signature.name(), names, outputs, false);
    return log(metadata, PREDICT_LOG, request.bytes(), response);
  }

  private static byte[] entry(String name, Tensor tensor) {
    byte[] value = new byte[TensorProtoWriter.size(tensor, false)];
    var _ = TensorProtoWriter.write(tensor, false, value, 0);
    return new Message().with(1, name).with(2, value).bytes();
  }

  /** Whom a request asked, as one that is sent again should: not for one version. */
  private static byte[] spec(ServableId id, String signature) {
    return ModelSpec.newBuilder()
        .setName(id.name())
        .setSignatureName(signature)
        .build()
        .toByteArray();
  }

  /** Of a version, for the metadata. */
  static ModelSpec version(ServableId id, String signature) {
    return ModelSpec.newBuilder()
        .setName(id.name())
        .setVersion(Int64Value.of(id.version()))
        .setSignatureName(signature)
        .build();
  }

  /** A Classify or Regress request. */
  static byte[] one(
      byte[] metadata, LoggedTask task, ExampleBatch examples, Inference.Results results) {
    byte[] request =
        new Message()
            .with(1, spec(results.id(), task.signature()))
            .with(2, input(examples))
            .bytes();
    int kind = task.method() == InferenceMethod.CLASSIFY ? CLASSIFY_LOG : REGRESS_LOG;
    byte[] response = InferenceResponseWriter.write(answers(List.of(task), results).getFirst());
    return log(metadata, kind, request, response);
  }

  /** A MultiInference request. */
  static byte[] several(
      byte[] metadata, List<LoggedTask> tasks, ExampleBatch examples, Inference.Results results) {
    Message request = new Message();
    for (LoggedTask task : tasks) {
      request.with(
          1,
          new Message()
              .with(1, spec(results.id(), task.signature()))
              .with(2, task.method().methodName())
              .bytes());
    }
    request.with(2, input(examples));
    byte[] response = InferenceResponseWriter.writeMultiInference(answers(tasks, results));
    return log(metadata, MULTI_INFERENCE_LOG, request.bytes(), response);
  }

  private static List<InferenceResponseWriter.Answer> answers(
      List<LoggedTask> tasks, Inference.Results results) {
    String model = results.id().name();
    List<RequestedModel> asked =
        tasks.stream()
            .map(task ->
                new RequestedModel(
                    true, model, OptionalLong.empty(), Optional.empty(), task.signature()))
            .toList();
    return InferenceResponseWriter.answers(asked, results.id().version(), results.results());
  }

  /** An {@code Input} with a list of examples; a context is in each of them. */
  private static byte[] input(ExampleBatch examples) {
    Message list = new Message();
    try (Tensor strings = examples.tensor(NO_LIMIT)) {
      for (int i = 0; i < examples.size(); i++) {
        list.with(1, strings.string(i));
      }
    }
    return new Message().with(1, list.bytes()).bytes();
  }

  private static byte[] log(byte[] metadata, int kind, byte[] request, byte[] response) {
    byte[] log = new Message().with(1, request).with(2, response).bytes();
    return new Message().with(METADATA, metadata).with(kind, log).bytes();
  }
}
