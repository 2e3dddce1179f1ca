package dev.sluice.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.core.ServableId;
import dev.sluice.model.ArenaTensors;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorSpec;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.protocol.JsonPredictResponse;
import dev.sluice.protocol.TensorBudget;
import dev.sluice.protocol.TensorProtoReader;
import dev.sluice.protocol.TensorProtoWriter;
import dev.sluice.tensorflow.SavedModelLoader;
import dev.sluice.tensorflow.SessionOptions;
import dev.sluice.testkit.RandomInputs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * Requests for one model, each with the answer that a run of its own gives, made by the model as it
 * was loaded. Answers are compared as JSON; numbers may differ by a ten-thousandth, since a run on
 * more rows rounds differently. Thread-safe.
 */
final class LoneRuns {

  private static final int REQUESTS = 24;
  private static final int MOST_ROWS = 6;
  private static final double TOLERANCE = 1e-4;

  /** A way to ask; for one thread. */
  interface Asker extends AutoCloseable {
    /** The outputs, as JSON has them. */
    Value ask(Ask ask) throws Exception;

    @Override
    default void close() throws Exception {}
  }

  /** One request in both forms, its inputs and its answer as JSON. */
  record Ask(String path, String body, PredictRequest request, Value inputs, Value answer) {}

  private final String name;
  private final List<Ask> asks;
  private final OrderedAnswers ordered;
  private final AtomicLong asked = new AtomicLong();

  private LoneRuns(String name, List<Ask> asks) {
    this.name = name;
    this.asks = asks;
    this.ordered = OrderedAnswers.of(name);
  }

  /** Makes the requests and their answers. */
  static LoneRuns of(String name, Path version, Random random) throws Exception {
    SessionOptions asLoaded = new SessionOptions(List.of("serve"), 0, 0, false);
    List<Ask> asks = new ArrayList<>();
    SavedModelLoader loader = new SavedModelLoader(version, asLoaded);
    loader.load(new ServableId(name, 1));
    try {
      Model model = (Model) loader.servable();
      Signature signature = model.signatures().get(Signature.DEFAULT_NAME);
      RandomInputs inputs = new RandomInputs(model.tensors(), random);
      for (int i = 0; i < REQUESTS; i++) {
        asks.add(ask(name, model, signature, inputs.of(signature, 1 + random.nextInt(MOST_ROWS))));
      }
    } finally {
      loader.unload();
    }
    return new LoneRuns(name, asks);
  }

  private static Ask ask(String name, Model model, Signature signature, List<Tensor> inputs)
      throws Exception {
    List<Tensor> outputs = model.run(signature, inputs, RunOptions.UNLIMITED);
    try {
      List<String> inputNames = names(signature.inputs());
      String values = json(inputNames, inputs);
      PredictRequest.Builder request =
          PredictRequest.newBuilder().setModelSpec(ModelSpec.newBuilder().setName(name));
      for (int i = 0; i < inputs.size(); i++) {
        byte[] wire = new byte[TensorProtoWriter.size(inputs.get(i), i % 2 == 0)];
        var _ = TensorProtoWriter.write(inputs.get(i), i % 2 == 0, wire, 0);
        request.putInputs(inputNames.get(i), TensorProto.parseFrom(wire));
      }
      return new Ask(
          "/v1/models/" + name + ":predict",
          values.replaceFirst("\"outputs\"", "\"inputs\""),
          request.build(),
          outputs(values),
          outputs(json(names(signature.outputs()), outputs)));
    } finally {
      inputs.forEach(Tensor::close);
      outputs.forEach(Tensor::close);
    }
  }

  private static List<String> names(List<TensorSpec> specs) {
    return specs.stream().map(TensorSpec::name).toList();
  }

  /** Columns, which have the same form in requests and in answers but for the key. */
  private static String json(List<String> names, List<Tensor> tensors) {
    return new String(JsonPredictResponse.write(names, tensors, false), UTF_8);
  }

  private static Value outputs(String json) throws InvalidProtocolBufferException {
    Struct.Builder answer = Struct.newBuilder();
    JsonFormat.parser().merge(json, answer);
    return answer.getFieldsOrThrow("outputs");
  }

  /** Asks over a REST connection of its own. */
  static Asker rest(TestServer server) throws Exception {
    RawHttp connection = new RawHttp(server.restPort());
    return new Asker() {
      @Override
      public Value ask(Ask ask) throws Exception {
        RawHttp.Answer answer = connection.send(RawHttp.post(ask.path(), ask.body())).read();
        if (answer.status() != 200) {
          throw new AssertionError(ask.path() + " gave " + answer.text());
        }
        return outputs(answer.text());
      }

      @Override
      public void close() throws Exception {
        connection.close();
      }
    };
  }

  /** Asks over the gRPC connection that all share. */
  static Asker grpc(TestServer server) {
    PredictionServiceBlockingStub stub = server.predictions();
    return ask -> outputs(json(stub.predict(ask.request()).getOutputsMap()));
  }

  private static String json(Map<String, TensorProto> outputs) {
    List<String> names = outputs.keySet().stream().sorted().toList();
    List<Tensor> tensors = new ArrayList<>();
    try {
      for (String output : names) {
        byte[] wire = outputs.get(output).toByteArray();
        tensors.add(
            TensorProtoReader.read(
                wire, 0, wire.length, output, new ArenaTensors(), TensorBudget.DEFAULT));
      }
      return json(names, tensors);
    } finally {
      tensors.forEach(Tensor::close);
    }
  }

  String name() {
    return name;
  }

  /** How many requests were sent. */
  long asked() {
    return asked.get();
  }

  /** Asks once and says what is wrong with the answer, if anything. */
  List<String> ask(Asker asker, Random random) throws Exception {
    Ask ask = asks.get(random.nextInt(asks.size()));
    asked.incrementAndGet();
    Predicate<Value> expected =
        ordered == null ? got -> close(ask.answer(), got) : ordered.expect(ask.inputs());
    Value answer = asker.ask(ask);
    return expected.test(answer)
        ? List.of()
        : List.of(
            "%s of %s gave %s, alone %s"
                .formatted(name, compact(ask.inputs()), compact(answer), compact(ask.answer())));
  }

  private static String compact(Value value) {
    return value.toString().replaceAll("\\s+", " ");
  }

  /** Checks what only all answers together can show. */
  void checkTogether() {
    if (ordered != null) {
      ordered.check(asked());
    }
  }

  private static boolean close(Value one, Value other) {
    if (one.getKindCase() != other.getKindCase()) {
      return false;
    }
    return switch (one.getKindCase()) {
      case NUMBER_VALUE -> close(one.getNumberValue(), other.getNumberValue());
      case LIST_VALUE -> close(one.getListValue(), other.getListValue());
      case STRUCT_VALUE -> close(one.getStructValue(), other.getStructValue());
      default -> one.equals(other);
    };
  }

  private static boolean close(double one, double other) {
    return Math.abs(one - other) <= TOLERANCE * Math.max(1, Math.abs(one));
  }

  private static boolean close(ListValue one, ListValue other) {
    boolean same = one.getValuesCount() == other.getValuesCount();
    for (int i = 0; same && i < one.getValuesCount(); i++) {
      same = close(one.getValues(i), other.getValues(i));
    }
    return same;
  }

  private static boolean close(Struct one, Struct other) {
    return one.getFieldsMap().keySet().equals(other.getFieldsMap().keySet())
        && one.getFieldsMap().entrySet().stream()
            .allMatch(field -> close(field.getValue(), other.getFieldsOrThrow(field.getKey())));
  }
}
