package dev.sluice.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.client.Classification.ScoredClass;
import dev.sluice.client.ModelMetadata.TensorInfo;
import dev.sluice.model.DataType;
import dev.sluice.status.StatusCode;
import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.testkit.Models;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every call, against a real server with real models. */
class RealServerTest {

  private static LocalServer server;
  private static SluiceClient client;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    server =
        LocalServer.start(
            folder,
            LocalServer.models(
                folder,
                Models.HALF_PLUS_TWO,
                Models.IDENTITY,
                Models.ALL_TYPES,
                Models.STRINGS,
                Models.SLOW,
                Models.CLASSIFIER,
                Models.MIXED),
            "--allow_version_labels_for_unavailable_models=true");
    client = SluiceClient.of(server.target());
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
    assertThat(NativeObjects.open()).isEmpty();
  }

  private static final Map<String, Tensor> X = Map.of("x", Tensor.of(new float[] {1, 2, 5}));

  private static RemoteModel half() {
    return client.model(Models.HALF_PLUS_TWO);
  }

  private static SluiceException failureOf(Runnable call) {
    return catchThrowableOfType(SluiceException.class, call::run);
  }

  @Test
  void newestVersionAnswers() {
    Prediction answer = half().predict(X);
    assertThat(answer.version()).isEqualTo(2);
    assertThat(answer.output("y").toFloats()).containsExactly(3.5f, 4, 5.5f);
    assertThat(answer.output("y").shape().dimensions()).containsExactly(3);
  }

  @Test
  void versionAndLabelChooseWhichAnswers() {
    assertThat(half().version(1).predict(X).output().toFloats()).containsExactly(2.5f, 3, 4.5f);
    assertThat(half().label("stable").predict(X).version()).isEqualTo(1);
    assertThat(half().label("canary").predict(X).version()).isEqualTo(2);
    assertThat(half().version(1).label("canary").predict(X).version()).isEqualTo(2);
  }

  @Test
  void outputsAreThoseAskedFor() {
    Map<String, Tensor> inputs =
        Map.of(
            "numbers", Tensor.of(new float[][] {{1, 2, 3}, {4, 5, 6}}),
            "words", Tensor.of(new String[] {"a", "b"}));
    RemoteModel mixed = client.model(Models.MIXED);
    assertThat(mixed.predict(inputs).outputs()).containsOnlyKeys("total", "tagged", "columns");
    Prediction some = mixed.outputs("total", "tagged").predict(inputs);
    assertThat(some.outputs()).containsOnlyKeys("total", "tagged");
    assertThat(some.output("total").toFloats()).containsExactly(6, 15);
    assertThat(some.output("tagged").toStrings()).containsExactly("a=6.0", "b=15.0");
    assertThat(failureOf(() -> mixed.outputs("none").predict(inputs)).text())
        .startsWith("output tensor alias not found in signature: none");
  }

  @Test
  void everyTypeComesBackAsItWent() {
    for (DataType type : DataType.values()) {
      if (type.hasFixedSize()) {
        byte[] bytes = new byte[6 * type.elementSize()];
        for (int i = 0; i < bytes.length; i++) {
          bytes[i] = (byte) (type == DataType.BOOL ? i % 2 : i % 7);
        }
        assertComesBack(type.label(), Tensor.of(type, ByteBuffer.wrap(bytes), 2, 3));
      }
    }
    assertComesBack("string", Tensor.ofBytes(List.of(new byte[] {0, -1}, new byte[0]), 2, 1));
    assertComesBack("float", Tensor.scalar(1.5f));
    assertComesBack("float", Tensor.of(new float[0], 0, 4));
  }

  private static void assertComesBack(String signature, Tensor tensor) {
    assertThat(
            client
                .model(Models.ALL_TYPES)
                .signature(signature)
                .predict(Map.of("x", tensor))
                .output("y"))
        .as(signature)
        .isEqualTo(tensor);
  }

  @Test
  void textIsUtf8() {
    Prediction answer =
        client.model(Models.STRINGS).predict(Map.of("text", Tensor.of(new String[] {"grün"})));
    assertThat(answer.output("raw_bytes").toStrings()).containsExactly("grün");
    assertThat(answer.output("length").toInts()).containsExactly(5);
  }

  @Test
  void asynchronousCallsShareAConnection() {
    List<CompletableFuture<Prediction>> calls = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      calls.add(half().predictAsync(Map.of("x", Tensor.of(new float[] {i}))));
    }
    for (int i = 0; i < calls.size(); i++) {
      assertThat(calls.get(i).join().output("y").toFloats()).containsExactly(0.5f * i + 3);
    }
  }

  @Test
  void examplesAreClassified() {
    Classification answer =
        client
            .model(Models.CLASSIFIER)
            .classify(ExampleBatch.of(Example.of("x", 2), Example.of("x", -1)));
    assertThat(answer.version()).isEqualTo(1);
    assertThat(answer.examples())
        .containsExactly(
            List.of(
                new ScoredClass("small", -2),
                new ScoredClass("medium", 0.5f),
                new ScoredClass("large", 2)),
            List.of(
                new ScoredClass("small", 1),
                new ScoredClass("medium", 0.5f),
                new ScoredClass("large", -1)));
  }

  @Test
  void examplesOfEveryKindArriveAndContextIsShared() {
    Classification answer =
        client
            .model(Models.CLASSIFIER)
            .signature("features")
            .classify(
                ExampleBatch.of(
                        Example.of("x", 2).integers("count", 3),
                        Example.of("x", 1).integers("count", 4).texts("word", "own"))
                    .withContext(Example.empty().texts("word", "shared").floats("bias", 0.5f)));
    assertThat(answer.examples())
        .extracting(classes -> classes.stream().map(ScoredClass::label).toList())
        .containsExactly(List.of("2.50", "3", "shared"), List.of("1.50", "4", "own"));
  }

  @Test
  void examplesAreRegressed() {
    Regression answer =
        half().signature("regress_x_to_y").regress(ExampleBatch.of(Example.of("x", 2)));
    assertThat(answer).isEqualTo(new Regression(2, List.of(4f)));
  }

  @Test
  void severalTasksAreOneCall() {
    List<InferenceAnswer> answers =
        client
            .model(Models.CLASSIFIER)
            .multiInference(
                ExampleBatch.of(Example.of("x", 2)),
                List.of(InferenceTask.regress("regress"), InferenceTask.classify("scores_only")));
    assertThat(answers.getFirst()).isEqualTo(new Regression(1, List.of(20f)));
    assertThat(answers.getLast())
        .isInstanceOfSatisfying(
            Classification.class,
            classes ->
                assertThat(classes.examples().getFirst())
                    .extracting(ScoredClass::score)
                    .containsExactly(-2f, 0.5f, 2f));
  }

  @Test
  void metadataSaysWhatToSend() {
    ModelMetadata metadata = half().version(1).metadata();
    assertThat(metadata.version()).isEqualTo(1);
    assertThat(metadata.signatures().get("serving_default").inputs())
        .containsExactly(Map.entry("x", new TensorInfo(DataType.FLOAT, List.of(-1L))));
    assertThat(metadata.signatures()).containsKeys("regress_x_to_y", "classify_x_to_y");
  }

  @Test
  void statusSaysWhereVersionsStand() {
    VersionStatus second = new VersionStatus(2, VersionStatus.State.AVAILABLE, StatusCode.OK, "");
    assertThat(half().status())
        .containsExactly(
            second, new VersionStatus(1, VersionStatus.State.AVAILABLE, StatusCode.OK, ""));
    assertThat(half().version(2).status()).containsExactly(second);
    assertThat(half().awaitAvailable(Duration.ofMinutes(1))).isEqualTo(2);
    assertThat(half().label("stable").awaitAvailable(Duration.ofMinutes(1))).isEqualTo(1);
  }

  @Test
  void unknownModelIsNotFound() {
    SluiceException failure = failureOf(() -> client.model("nobody").predict(X));
    assertThat(failure.code()).isEqualTo(StatusCode.NOT_FOUND);
    assertThat(failure.text()).isEqualTo("Servable not found for request: Latest(nobody)");
    assertThat(failure.model()).isEqualTo("nobody");
    assertThat(failureOf(() -> client.model("nobody").status()).text())
        .isEqualTo("Could not find any versions of model nobody");
    assertThat(failureOf(() -> half().version(9).predict(X)).text())
        .isEqualTo("Servable not found for request: Specific(half_plus_two, 9)");
    assertThat(failureOf(() -> half().label("blue").predict(X)).text())
        .isEqualTo("Unrecognized servable version label: blue");
  }

  @Test
  void wrongRequestsGetTheServersWords() {
    SluiceException failure = failureOf(() -> half().signature("none").predict(X));
    assertThat(failure.code()).isEqualTo(StatusCode.FAILED_PRECONDITION);
    assertThat(failure.text()).isEqualTo("Serving signature key \"none\" not found.");
    assertThat(failureOf(() -> half().predict(Map.of("z", Tensor.scalar(1f)))).code())
        .isEqualTo(StatusCode.INVALID_ARGUMENT);
    assertThat(
            failureOf(() -> client.model(Models.CLASSIFIER).classify(ExampleBatch.of(List.of())))
                .text())
        .isEqualTo("Input is empty.");
  }

  @Test
  void deadlineEndsASlowRun() {
    RemoteModel slow = client.model(Models.SLOW).deadline(Duration.ofMillis(200));
    SluiceException failure =
        failureOf(() -> slow.predict(Map.of("millis", Tensor.scalar(20_000L))));
    assertThat(failure.code()).isEqualTo(StatusCode.DEADLINE_EXCEEDED);
    assertThat(failure.sent()).isTrue();
  }

  @Test
  void messagesAboveTheLimitAreRefusedHere() {
    Map<String, Tensor> thousand = Map.of("x", Tensor.of(new float[1000]));
    try (SluiceClient small = SluiceClient.builder(server.target()).maxMessageBytes(400).build()) {
      RemoteModel model = small.model(Models.HALF_PLUS_TWO);
      assertThat(model.predict(X).output().size()).isEqualTo(3);
      SluiceException request = failureOf(() -> model.predict(thousand));
      assertThat(request.code()).isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
      assertThat(request.text()).matches("a request of 40\\d\\d bytes, expected at most 400");
      assertThat(request.sent()).isFalse();
      SluiceException answer = failureOf(model::metadata);
      assertThat(answer.code()).isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
      assertThat(model.predict(X).output().size()).isEqualTo(3);
    }
  }

  @Test
  void messagesOfMegabytesNeedNoSetting() {
    float[] many = new float[3_000_000];
    many[many.length - 1] = 2;
    float[] answer = half().predict(Map.of("x", Tensor.of(many))).output().toFloats();
    assertThat(answer).hasSize(many.length);
    assertThat(answer[many.length - 1]).isEqualTo(4);
  }

  @Test
  void unixSocketIsATarget() {
    try (SluiceClient local = SluiceClient.of(server.socketTarget())) {
      assertThat(local.model(Models.HALF_PLUS_TWO).predict(X).version()).isEqualTo(2);
    }
    try (SluiceClient nobody =
        SluiceClient.builder("unix:/nowhere/at/all").retries(RetryPolicy.none()).build()) {
      assertThat(failureOf(() -> nobody.model("m").predict(X)).text())
          .startsWith("no server at unix:/nowhere/at/all: ");
    }
  }
}
