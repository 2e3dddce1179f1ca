package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.proto.serving.ClassificationRequest;
import dev.sluice.proto.serving.ClassifyLog;
import dev.sluice.proto.serving.GetModelStatusRequest;
import dev.sluice.proto.serving.InferenceTask;
import dev.sluice.proto.serving.Input;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.ModelVersionStatus;
import dev.sluice.proto.serving.MultiInferenceLog;
import dev.sluice.proto.serving.MultiInferenceRequest;
import dev.sluice.proto.serving.PredictLog;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictStreamedLog;
import dev.sluice.proto.serving.PredictionLog;
import dev.sluice.proto.serving.RegressLog;
import dev.sluice.proto.serving.RegressionRequest;
import dev.sluice.proto.serving.SessionRunLog;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.Example;
import dev.sluice.proto.tensorflow.Feature;
import dev.sluice.proto.tensorflow.FloatList;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.protocol.TfRecordWriter;
import dev.sluice.server.record.WarmUp;
import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions that are warmed up before they serve, seen from the ports. */
class WarmUpTest {

  private static final String CLASSIFY = "tensorflow/serving/classify";
  private static final String REGRESS = "tensorflow/serving/regress";

  @TempDir private Path models;

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  private static ModelSpec.Builder spec(String signature) {
    return ModelSpec.newBuilder().setName("of another model").setSignatureName(signature);
  }

  private static PredictRequest predict(String input, float... values) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT);
    tensor.getTensorShapeBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(values.length));
    for (float value : values) {
      tensor.addFloatVal(value);
    }
    return PredictRequest.newBuilder()
        .setModelSpec(spec(""))
        .putInputs(input, tensor.build())
        .build();
  }

  private static PredictionLog predictLog(PredictRequest request) {
    return PredictionLog.newBuilder()
        .setPredictLog(PredictLog.newBuilder().setRequest(request))
        .build();
  }

  private static Input x(float value) {
    Feature feature =
        Feature.newBuilder().setFloatList(FloatList.newBuilder().addValue(value)).build();
    Example.Builder example = Example.newBuilder();
    example.getFeaturesBuilder().putFeature("x", feature);
    Input.Builder input = Input.newBuilder();
    input.getExampleListBuilder().addExamples(example);
    return input.build();
  }

  private static PredictionLog classifyLog() {
    ClassificationRequest request =
        ClassificationRequest.newBuilder()
            .setModelSpec(spec("classify_x_to_y"))
            .setInput(x(1))
            .build();
    return PredictionLog.newBuilder()
        .setClassifyLog(ClassifyLog.newBuilder().setRequest(request))
        .build();
  }

  private static PredictionLog regressLog() {
    RegressionRequest request =
        RegressionRequest.newBuilder().setModelSpec(spec("regress_x_to_y")).setInput(x(1)).build();
    return PredictionLog.newBuilder()
        .setRegressLog(RegressLog.newBuilder().setRequest(request))
        .build();
  }

  private static PredictionLog multiInferenceLog() {
    MultiInferenceRequest request =
        MultiInferenceRequest.newBuilder()
            .addTasks(task("classify_x_to_y", CLASSIFY))
            .addTasks(task("regress_x_to_y2", REGRESS))
            .setInput(x(1))
            .build();
    return PredictionLog.newBuilder()
        .setMultiInferenceLog(MultiInferenceLog.newBuilder().setRequest(request))
        .build();
  }

  private static InferenceTask task(String signature, String method) {
    return InferenceTask.newBuilder().setModelSpec(spec(signature)).setMethodName(method).build();
  }

  /** Copies a model and gives each of its versions a file. */
  private Path model(String name, String fixture, List<PredictionLog> records) throws IOException {
    Path version = Models.copyVersion(fixture, 1, models.resolve(name), 1);
    Path file = version.resolve(WarmUp.FILE);
    Files.createDirectories(file.getParent());
    try (OutputStream out = Files.newOutputStream(file)) {
      TfRecordWriter writer = new TfRecordWriter(out);
      for (PredictionLog record : records) {
        writer.write(record.toByteArray());
      }
    }
    return file;
  }

  /** Runs by signature, as the admin port tells them. */
  private static Map<String, Integer> runs(TestServer server, String model) throws Exception {
    return figures(server, model, "runs");
  }

  private static Map<String, Integer> figures(TestServer server, String model, String member)
      throws Exception {
    Struct.Builder page = Struct.newBuilder();
    try (RawHttp admin = new RawHttp(server.adminPort())) {
      String path = "/v1/models/" + model + "/batching";
      JsonFormat.parser().merge(admin.send(RawHttp.get(path)).read().text(), page);
    }
    Map<String, Integer> figures = new TreeMap<>();
    for (Value version : page.getFieldsOrThrow("versions").getListValue().getValuesList()) {
      Struct of = version.getStructValue();
      for (Value each : of.getFieldsOrThrow("signatures").getListValue().getValuesList()) {
        Struct signature = each.getStructValue();
        figures.put(
            signature.getFieldsOrThrow("signature").getStringValue(),
            (int) signature.getFieldsOrThrow(member).getNumberValue());
      }
    }
    return figures;
  }

  private static ModelVersionStatus status(TestServer server, String model) {
    ModelSpec asked = ModelSpec.newBuilder().setName(model).build();
    GetModelStatusRequest request = GetModelStatusRequest.newBuilder().setModelSpec(asked).build();
    return server.models().getModelStatus(request).getModelVersionStatus(0);
  }

  private static void assertFailed(TestServer server, String model, String code, String text) {
    ModelVersionStatus status = status(server, model);
    assertThat(status.getState()).isEqualTo(ModelVersionStatus.State.END);
    assertThat(status.getStatus().getErrorMessage()).isEqualTo(text);
    assertThat(status.getStatus().getErrorCode().name()).isEqualTo(code);
  }

  @Test
  @Spec({"WU-1", "WU-2", "WU-6"})
  @Proves("--num_request_iterations_for_warmup")
  void everyKindOfRecordRunsBeforeTheVersionServes() throws Exception {
    List<PredictionLog> all =
        List.of(
            predictLog(predict("x", 1, 2)),
            classifyLog(),
            regressLog(),
            multiInferenceLog(),
            PredictionLog.getDefaultInstance());
    model("half", Models.HALF_PLUS_TWO, all);
    // A model with a state: what the file says is run there too.
    model("counter", Models.COUNTER, Collections.nCopies(3, predictLog(predict("x", 1))));
    model("empty", Models.HALF_PLUS_TWO, List.of());
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, models.resolve("none"), 1);
    try (LoggedLines log = LoggedLines.of(WarmUp.class);
        TestServer server =
            TestServer.start(
                TestServer.modelConfig(models, "half", "counter", "empty", "none"),
                "--num_request_iterations_for_warmup=2")) {
      assertThat(runs(server, "half"))
          .containsEntry("serving_default", 2)
          .containsEntry("classify_x_to_y", 2)
          .containsEntry("regress_x_to_y", 2)
          .containsEntry("classify_x_to_y+regress_x_to_y2", 2)
          .hasSize(4);
      assertThat(figures(server, "half", "failed_runs").values()).containsOnly(0);
      assertThat(runs(server, "counter")).isEqualTo(Map.of("serving_default", 6));
      assertThat(server.post("/v1/models/counter:predict", "{\"instances\": [0.0]}").body())
          .as("the runs before it were there")
          .contains("\"run\": 7");
      assertThat(runs(server, "empty")).isEmpty();
      assertThat(runs(server, "none")).isEmpty();
      assertThat(log.lines())
          .contains("No warmup data file found at " + models.resolve("none/1/" + WarmUp.FILE))
          .anyMatch(line ->
              line.startsWith(
                  "Finished reading warmup data for model at "
                      + models.resolve("half/1/" + WarmUp.FILE)
                      + ". Number of warmup records read: 5. Elapsed time (microseconds): "))
          .anyMatch(line ->
              line.startsWith(
                  "Finished reading warmup data for model at "
                      + models.resolve("empty/1/" + WarmUp.FILE)
                      + ". Number of warmup records read: 0."));
    }
  }

  @Test
  @Spec({"WU-1", "WU-3", "WU-4", "WU-5", "WU-6"})
  void whatIsWrongWithAFileFailsTheLoad() throws Exception {
    PredictionLog good = predictLog(predict("x", 1));
    Path many = model("many", Models.HALF_PLUS_TWO, Collections.nCopies(1001, good));
    PredictionLog session =
        PredictionLog.newBuilder().setSessionRunLog(SessionRunLog.getDefaultInstance()).build();
    model("session", Models.HALF_PLUS_TWO, List.of(good, session));
    PredictionLog streamed =
        PredictionLog.newBuilder()
            .setPredictStreamedLog(PredictStreamedLog.getDefaultInstance())
            .build();
    model("streamed", Models.HALF_PLUS_TWO, List.of(streamed));
    model("request", Models.HALF_PLUS_TWO, List.of(predictLog(predict("y", 1))));
    Path garbage = model("garbage", Models.HALF_PLUS_TWO, List.of());
    try (OutputStream out = Files.newOutputStream(garbage)) {
      new TfRecordWriter(out).write(ByteString.copyFromUtf8("garbage").toByteArray());
    }
    Files.writeString(model("text", Models.HALF_PLUS_TWO, List.of()), "predict 1.0 please");
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, models.resolve("good"), 1);
    String config =
        TestServer.modelConfig(
            models, "many", "session", "streamed", "request", "garbage", "text", "good");
    try (TestServer server = TestServer.start(config, "--max_num_load_retries=0")) {
      assertFailed(
          server,
          "many",
          "INVALID_ARGUMENT",
          "Number of warmup records exceeds the maximum (1000) at " + many);
      assertFailed(server, "session", "UNIMPLEMENTED", "Unsupported log_type for warmup: 5");
      assertFailed(server, "streamed", "UNIMPLEMENTED", "Unsupported log_type for warmup: 7");
      assertFailed(
          server,
          "garbage",
          "INVALID_ARGUMENT",
          "Failed to parse warmup record: garbage from " + garbage);
      assertFailed(
          server,
          "text",
          "DATA_LOSS",
          "corrupted record at 0 (Is this even a TFRecord file?). Please verify your warmup data is"
              + " in TFRecord format.");
      assertFailed(
          server,
          "request",
          "INVALID_ARGUMENT",
          "Signature input alias: x(feed name: x:0) not found in request and no default value"
              + " provided. Inputs expected to be in the request {y}, or default input alias set: ");
      assertThat(server.server().available()).hasSize(1);
    }
  }

  @Test
  @Proves("--enable_model_warmup")
  void flagTurnsItOff() throws Exception {
    Path file = model("half", Models.HALF_PLUS_TWO, List.of());
    Files.writeString(file, "no record at all");
    try (TestServer server =
        TestServer.of(
            "half",
            models.resolve("half"),
            "--enable_model_warmup=false",
            "--synthesize_warmup=true")) {
      assertThat(runs(server, "half")).isEmpty();
    }
  }

  @Test
  void versionWithABadFileFailsAndTheOldOneServes() throws Exception {
    Path base = models.resolve("half");
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, base, 1);
    try (TestServer server =
        TestServer.of("half", base, "--max_num_load_retries=1", "--load_retry_interval_micros=0")) {
      Path made = Models.copyVersion(Models.HALF_PLUS_TWO, 2, models.resolve("made"), 2);
      Files.createDirectories(made.resolve(WarmUp.FILE));
      try (LoggedLines log = LoggedLines.of(WarmUp.class)) {
        Files.move(made, base.resolve("2"));
        awaitEnd(server);
        assertThat(log.lines())
            .as("the second attempt loaded it anew")
            .filteredOn(line -> line.startsWith("Starting to read warmup data"))
            .hasSize(2);
      }
      assertFailed(
          server,
          "half",
          "FAILED_PRECONDITION",
          base.resolve("2").resolve(WarmUp.FILE) + "; Is a directory");
      assertThat(server.post("/v1/models/half:predict", "{\"instances\": [2.0]}").body())
          .contains("3.0");
    }
  }

  private static void awaitEnd(TestServer server) {
    for (int i = 0; i < 6000; i++) {
      ModelVersionStatus status = status(server, "half");
      if (status.getVersion() == 2 && status.getState() == ModelVersionStatus.State.END) {
        return;
      }
      LockSupport.parkNanos(10_000_000);
    }
    throw new AssertionError("version 2 has no end");
  }

  @Test
  void batchedModelIsWarmedUpAtItsSizesAndWaitsForNobody() throws Exception {
    model("half", Models.HALF_PLUS_TWO, List.of(predictLog(predict("x", 1))));
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, models.resolve("none"), 1);
    Path parameters =
        Files.writeString(
            models.resolve("batching"),
            "batch_timeout_micros { value: 3600000000 } max_batch_size { value: 8 }"
                + " allowed_batch_sizes: [4, 8]");
    try (TestServer server =
        TestServer.start(
            TestServer.modelConfig(models, "half", "none"),
            "--enable_batching",
            "--batching_parameters_file=" + parameters,
            "--synthesize_warmup=true")) {
      assertThat(runs(server, "half")).isEqualTo(Map.of("serving_default", 1));
      assertThat(runs(server, "none").get("serving_default")).isPositive();
    }
  }

  @Test
  void requestsAreMadeUpOnlyWhereTheyLeaveNothingBehind() throws Exception {
    List<String> harmless =
        List.of(
            Models.HALF_PLUS_TWO, Models.STRINGS, Models.CLASSIFIER, Models.KERAS, Models.SHAPES);
    List<String> harmful =
        List.of(Models.COUNTER, Models.GATE, Models.SLOW, "run_count", "noise", "table_write");
    List<String> all = new ArrayList<>(harmless);
    all.addAll(harmful);
    for (String name : all) {
      Models.copyVersion(name, 1, models.resolve(name), 1);
    }
    try (TestServer server =
        TestServer.start(
            TestServer.modelConfig(models, all.toArray(String[]::new)),
            "--synthesize_warmup=true")) {
      for (String name : harmless) {
        assertThat(runs(server, name)).as(name).isNotEmpty();
        assertThat(runs(server, name).values()).as(name).allMatch(runs -> runs > 0);
      }
      for (String name : harmful) {
        assertThat(runs(server, name)).as(name).isEmpty();
      }
      assertThat(server.post("/v1/models/counter:predict", "{\"instances\": [0.0]}").body())
          .contains("\"run\": 1");
    }
  }
}
