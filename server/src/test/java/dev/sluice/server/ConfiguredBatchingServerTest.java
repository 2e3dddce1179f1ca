package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Batching by TensorFlow Serving's parameters, over real sockets. One server runs what it has at
 * once. The other holds batches of three rows and one batch, and waits for an hour: so an answer
 * shows that a batch was full.
 */
class ConfiguredBatchingServerTest {

  private static final String HALF = "/v1/models/half_plus_two:predict";
  private static final String IDENTITY = "/v1/models/identity:predict";

  private static TestServer prompt;
  private static TestServer patient;
  private static final ExecutorService CLIENTS = Executors.newCachedThreadPool();

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    String[] names = {Models.IDENTITY, Models.STRINGS, Models.CLASSIFIER, Models.WRONG_RESULTS};
    for (String name : names) {
      Models.copyTo(folder, name);
    }
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, folder.resolve(Models.HALF_PLUS_TWO), 123);
    String[] all =
        Stream.concat(Stream.of(names), Stream.of(Models.HALF_PLUS_TWO)).toArray(String[]::new);
    String models = TestServer.modelConfig(folder, all);
    prompt = TestServer.start(models, "--enable_batching", parameters(folder, "prompt", "4", "0"));
    patient =
        TestServer.start(
            models, "--enable_batching=true", parameters(folder, "patient", "3", "3600000000"));
  }

  private static String parameters(Path folder, String name, String rows, String micros)
      throws Exception {
    String text =
        """
        max_batch_size { value: %s }
        batch_timeout_micros { value: %s }
        max_enqueued_batches { value: 1 }
        num_batch_threads { value: 1 }
        """;
    Path file = Files.writeString(folder.resolve(name), text.formatted(rows, micros));
    return "--batching_parameters_file=" + file;
  }

  @AfterAll
  static void stop() throws Exception {
    prompt.close();
    patient.close();
    CLIENTS.shutdown();
    assertThat(NativeObjects.open()).isEmpty();
  }

  private static Future<HttpResponse<String>> ask(String path, String body) {
    return CLIENTS.submit(() -> patient.post(path, body));
  }

  private static String answer(Future<HttpResponse<String>> response) throws Exception {
    HttpResponse<String> answer = response.get(60, TimeUnit.SECONDS);
    return answer.statusCode() + " " + answer.body().replaceAll("\\s", "");
  }

  private static void assertRefused(HttpResponse<String> response, int status, String text) {
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.body()).contains(text);
  }

  private static TensorProto floats(float... values) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT);
    tensor.getTensorShapeBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(values.length));
    for (float value : values) {
      tensor.addFloatVal(value);
    }
    return tensor.build();
  }

  private static PredictRequest half(float... values) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName(Models.HALF_PLUS_TWO))
        .putInputs("x", floats(values))
        .build();
  }

  private static void assertRefused(PredictRequest request, String text) {
    assertThatThrownBy(() -> prompt.predictions().predict(request))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            failure -> {
              assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
              assertThat(failure.getStatus().getDescription()).isEqualTo(text);
            });
  }

  @Test
  @Spec("V06")
  void aloneARequestIsAnsweredAsEver() {
    PredictResponse response = prompt.predictions().predict(half(2));
    assertThat(response.getOutputsOrThrow("y").getFloatValList()).containsExactly(3f);
    assertThat(response.getModelSpec().getVersion().getValue()).isEqualTo(123);
  }

  @Test
  @Spec({"V06", "E81"})
  void scalarInputIsRefused() throws Exception {
    String text = "Batching Run() input tensors must have at least one dimension";
    assertRefused(prompt.post(HALF, "{\"inputs\": 3.0}"), 400, text);
    TensorProto scalar =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setTensorShape(TensorShapeProto.getDefaultInstance())
            .addFloatVal(3)
            .build();
    assertRefused(half().toBuilder().putInputs("x", scalar).build(), text);
  }

  @Test
  @Spec({"V06", "E82"})
  void inputsOfDifferentSizesAreRefused() throws Exception {
    String text = "Batching Run() input tensors must have equal 0th-dimension size";
    String body =
        "{\"inputs\": {\"float\": [1, 2], \"double\": [1], \"int32\": [1], \"int64\": [1],"
            + " \"bool\": [true], \"string\": [\"a\"]}}";
    assertRefused(prompt.post(IDENTITY, body), 400, text);
  }

  @Test
  @Proves({"--enable_batching", "--batching_parameters_file"})
  void requestThatNoBatchHoldsIsRefused() throws Exception {
    String text = "Task size 5 is larger than maximum input batch size 4";
    assertRefused(prompt.post(HALF, "{\"instances\": [1, 2, 3, 4, 5]}"), 400, text);
    assertRefused(half(1, 2, 3, 4, 5), text);
  }

  @Test
  @Spec("E87")
  void outputWithoutRowsOfItsOwnFails() throws Exception {
    String scalar = "{\"signature_name\": \"scores_scalar\", \"inputs\": [\"a\"]}";
    assertRefused(
        prompt.post("/v1/models/wrong_results:predict", scalar),
        400,
        "Batched output tensor has 0 dimensions");
    String more = "{\"signature_name\": \"classes_row_more\", \"inputs\": [\"a\"]}";
    assertRefused(
        prompt.post("/v1/models/wrong_results:predict", more),
        400,
        "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes"
            + " of the input tensors");
  }

  @Test
  void requestsOfBothProtocolsShareABatch() throws Exception {
    Future<HttpResponse<String>> rest = ask(HALF, "{\"inputs\": [1.0, 2.0]}");
    ListenableFuture<PredictResponse> grpc = patient.predictionsAsync().predict(half(4));
    assertThat(answer(rest)).isEqualTo("200 {\"outputs\":[2.5,3.0]}");
    assertThat(grpc.get(60, TimeUnit.SECONDS).getOutputsOrThrow("y").getFloatValList())
        .containsExactly(4f);
  }

  @Test
  void requestsOverExamplesAreBatchedAlike() throws Exception {
    String path = "/v1/models/half_plus_two:regress";
    String one = "{\"signature_name\": \"regress_x_to_y\", \"examples\": [{\"x\": 2.0}]}";
    String two =
        "{\"signature_name\": \"regress_x_to_y\", \"examples\": [{\"x\": 4.0}, {\"x\": 6.0}]}";
    Future<HttpResponse<String>> first = ask(path, one);
    Future<HttpResponse<String>> second = ask(path, two);
    assertThat(answer(first)).isEqualTo("200 {\"results\":[3.0]}");
    assertThat(answer(second)).isEqualTo("200 {\"results\":[4.0,5.0]}");
  }

  @Test
  @Spec("E86")
  void requestsOfDifferentShapesFailTogether() throws Exception {
    String signature = "{\"signature_name\": \"float\", \"inputs\": ";
    Future<HttpResponse<String>> narrow = ask(IDENTITY, signature + "[[1, 2]]}");
    Future<HttpResponse<String>> wide = ask(IDENTITY, signature + "[[1, 2, 3], [4, 5, 6]]}");
    for (Future<HttpResponse<String>> each : List.of(narrow, wide)) {
      assertRefused(
          each.get(60, TimeUnit.SECONDS),
          400,
          "from different tasks have different shapes and padding is turned off. Set"
              + " pad_variable_length_inputs to true, or ensure that all tensors with the same name"
              + " have equal dimensions starting with the first dim.");
    }
  }

  @Test
  @Spec("E84")
  void fullQueueRefuses() throws Exception {
    String path = "/v1/models/strings:predict";
    Future<HttpResponse<String>> one = ask(path, "{\"inputs\": [\"a\", \"b\"]}");
    Future<HttpResponse<String>> other = ask(path, "{\"inputs\": [\"a\", \"b\"]}");
    while (!one.isDone() && !other.isDone()) {
      Thread.onSpinWait();
    }
    Future<HttpResponse<String>> refused = one.isDone() ? one : other;
    assertRefused(
        refused.get(60, TimeUnit.SECONDS),
        503,
        "The batch scheduling queue to which this task was submitted is full; currently 1 batches"
            + " enqueued and max_enqueued_batches is 1");
    Future<HttpResponse<String>> last = ask(path, "{\"inputs\": [\"c\"]}");
    assertThat(answer(refused == one ? other : one)).startsWith("200 ");
    assertThat(answer(last)).startsWith("200 ").contains("\"C\"");
  }

  private static ListenableFuture<PredictResponse> words(int count, String... filter) {
    TensorProto.Builder words = TensorProto.newBuilder().setDtype(DataType.DT_STRING);
    words.getTensorShapeBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(count));
    for (int i = 0; i < count; i++) {
      words.addStringVal(ByteString.copyFromUtf8("a"));
    }
    return patient
        .predictionsAsync()
        .predict(
            PredictRequest.newBuilder()
                .setModelSpec(ModelSpec.newBuilder().setName(Models.STRINGS))
                .putInputs("text", words.build())
                .addAllOutputFilter(List.of(filter))
                .build());
  }

  @Test
  void filteredRequestIsOfAnotherBatch() throws Exception {
    // In one queue, two requests of two rows would be one too many.
    List<ListenableFuture<PredictResponse>> filtered =
        List.of(words(2, "length"), words(1, "length"));
    List<ListenableFuture<PredictResponse>> both =
        List.of(words(2, "upper", "length"), words(1, "length", "upper"));
    for (ListenableFuture<PredictResponse> each : filtered) {
      PredictResponse response = each.get(60, TimeUnit.SECONDS);
      assertThat(response.getOutputsMap()).containsOnlyKeys("length");
      assertThat(response.getOutputsOrThrow("length").getIntValList()).containsOnly(1);
    }
    for (ListenableFuture<PredictResponse> each : both) {
      assertThat(each.get(60, TimeUnit.SECONDS).getOutputsMap())
          .containsOnlyKeys("length", "upper");
    }
  }
}
