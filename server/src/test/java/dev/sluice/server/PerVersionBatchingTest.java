package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.Int64Value;
import dev.sluice.core.ServableId;
import dev.sluice.proto.serving.GetModelStatusRequest;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.ModelVersionStatus;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions that bring their own batching parameters, or none, and versions that go. */
class PerVersionBatchingTest {

  private static final String HOUR = "batch_timeout_micros { value: 3600000000 } ";
  private static final String SECOND = "batch_timeout_micros { value: 1000000 } ";

  @TempDir private Path folder;
  private Path base;

  @BeforeEach
  void place() {
    base = folder.resolve("half");
  }

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  /** Puts a version into its place in one go; without parameters it gets no file. */
  private void version(int number, String parameters) throws Exception {
    Path made = Models.copyVersion(Models.HALF_PLUS_TWO, 1, folder.resolve("made"), number);
    if (!parameters.isEmpty()) {
      Files.writeString(made.resolve("batching_params.pbtxt"), parameters);
    }
    Files.createDirectories(base);
    Files.move(made, base.resolve(Integer.toString(number)));
  }

  private TestServer start(String... flags) throws Exception {
    List<String> all = new ArrayList<>(List.of(flags));
    all.add("--enable_batching");
    all.add("--max_num_load_retries=0");
    return TestServer.of("half", base, all.toArray(String[]::new));
  }

  private TestServer startPerVersion() throws Exception {
    Path file = Files.writeString(folder.resolve("global"), "max_batch_size { value: 4 } " + HOUR);
    return start("--enable_per_model_batching_parameters", "--batching_parameters_file=" + file);
  }

  private static ListenableFuture<PredictResponse> half(
      TestServer server, long version, float... values) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT);
    tensor.getTensorShapeBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(values.length));
    for (float value : values) {
      tensor.addFloatVal(value);
    }
    ModelSpec model =
        ModelSpec.newBuilder().setName("half").setVersion(Int64Value.of(version)).build();
    return server
        .predictionsAsync()
        .predict(
            PredictRequest.newBuilder().setModelSpec(model).putInputs("x", tensor.build()).build());
  }

  private static List<Float> y(ListenableFuture<PredictResponse> response) throws Exception {
    return response.get(60, TimeUnit.SECONDS).getOutputsOrThrow("y").getFloatValList();
  }

  private static ModelVersionStatus await(
      TestServer server, long version, ModelVersionStatus.State state) {
    ModelSpec half = ModelSpec.newBuilder().setName("half").build();
    GetModelStatusRequest request = GetModelStatusRequest.newBuilder().setModelSpec(half).build();
    long start = System.nanoTime();
    while (System.nanoTime() - start < TimeUnit.MINUTES.toNanos(2)) {
      for (ModelVersionStatus status :
          server.models().getModelStatus(request).getModelVersionStatusList()) {
        if (status.getVersion() == version && status.getState() == state) {
          return status;
        }
      }
      LockSupport.parkNanos(10_000_000);
    }
    throw new AssertionError("version " + version + " is not " + state);
  }

  @Test
  @Spec("CF-3")
  @Proves("--enable_per_model_batching_parameters")
  void fileOfTheVersionReplacesThatOfTheServer() throws Exception {
    version(1, "max_batch_size { value: 10 } " + HOUR);
    try (TestServer server = startPerVersion()) {
      ListenableFuture<PredictResponse> six = half(server, 1, 0, 2, 4, 6, 8, 10);
      ListenableFuture<PredictResponse> four = half(server, 1, 12, 14, 16, 18);
      assertThat(y(six)).containsExactly(2f, 3f, 4f, 5f, 6f, 7f);
      assertThat(y(four)).containsExactly(8f, 9f, 10f, 11f);
      HttpResponse<String> eleven =
          server.post("/v1/models/half:predict", "{\"inputs\": [1,2,3,4,5,6,7,8,9,10,11]}");
      assertThat(eleven.body()).contains("Task size 11 is larger than maximum input batch size 10");
    }
  }

  @Test
  @Spec("CF-3")
  void versionWithoutAFileIsNotBatched() throws Exception {
    version(1, "");
    try (TestServer server = startPerVersion()) {
      assertThat(y(half(server, 1, 2))).as("waits for nobody").containsExactly(3f);
      HttpResponse<String> scalar = server.post("/v1/models/half:predict", "{\"inputs\": 2.0}");
      assertThat(scalar.body()).contains("3.0");
    }
  }

  @Test
  void versionWithABadFileFailsToLoadAndTheOldOneServes() throws Exception {
    version(1, "max_batch_size { value: 1 }");
    try (TestServer server = startPerVersion()) {
      version(2, "max_batch_size: 1");
      ModelVersionStatus failed = await(server, 2, ModelVersionStatus.State.END);
      assertThat(failed.getStatus().getErrorCode().name()).isEqualTo("INVALID_ARGUMENT");
      assertThat(failed.getStatus().getErrorMessage())
          .isEqualTo("Invalid protobuf file: '" + base.resolve("2/batching_params.pbtxt") + "'");
      assertThat(y(half(server, 1, 2))).containsExactly(3f);
      version(3, "allowed_batch_sizes: [2, 8]");
      assertThat(await(server, 3, ModelVersionStatus.State.END).getStatus().getErrorMessage())
          .isEqualTo(
              "Last entry in allowed_batch_sizes must match max_batch_size; last entry was 8;"
                  + " expected 1000");
    }
  }

  @Test
  void versionThatGoesAnswersWhatWaits() throws Exception {
    version(1, "max_batch_size { value: 9 } " + SECOND);
    try (TestServer server = startPerVersion()) {
      List<ListenableFuture<PredictResponse>> waiting = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        waiting.add(half(server, 1, i));
      }
      version(2, "max_batch_size { value: 1 }");
      for (int i = 0; i < 3; i++) {
        assertThat(y(waiting.get(i))).containsExactly(i / 2f + 2);
      }
      await(server, 1, ModelVersionStatus.State.END);
      assertThat(server.server().available()).containsExactly(new ServableId("half", 2));
      assertThat(y(half(server, 2, 2))).containsExactly(3f);
    }
  }

  @Test
  void stopWaitsForNoCompany() throws Exception {
    version(1, "max_batch_size { value: 9 } " + HOUR);
    ListenableFuture<PredictResponse> waiting;
    try (TestServer server = startPerVersion()) {
      waiting = half(server, 1, 2);
      // Of the same connection, so its request is in when this is answered.
      await(server, 1, ModelVersionStatus.State.AVAILABLE);
      server.server().close();
      assertThat(y(waiting)).containsExactly(3f);
    }
  }

  @Test
  @Spec("E83")
  @Proves("--rest_api_timeout_in_ms")
  void requestThatExpiresInItsBatchIsTooMany() throws Exception {
    version(1, "");
    Path file = Files.writeString(folder.resolve("global"), SECOND);
    try (TestServer server =
        start("--rest_api_timeout_in_ms=500", "--batching_parameters_file=" + file)) {
      HttpResponse<String> late = server.post("/v1/models/half:predict", "{\"inputs\": [2.0]}");
      assertThat(late.statusCode()).isEqualTo(429);
      assertThat(late.body()).contains("Run() timeout exceeded while waiting in batching queue");
    }
  }
}
