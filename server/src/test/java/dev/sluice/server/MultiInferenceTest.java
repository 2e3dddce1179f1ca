package dev.sluice.server;

import static dev.sluice.server.ClassifyGrpcTest.half;
import static dev.sluice.server.ClassifyGrpcTest.list;
import static dev.sluice.server.ClassifyGrpcTest.spec;
import static dev.sluice.server.ClassifyGrpcTest.x;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Int64Value;
import dev.sluice.proto.serving.InferenceResult;
import dev.sluice.proto.serving.InferenceTask;
import dev.sluice.proto.serving.Input;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.MultiInferenceRequest;
import dev.sluice.proto.serving.MultiInferenceResponse;
import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.testkit.Spec;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** MultiInference at the gRPC port, over real sockets and generated stubs. */
class MultiInferenceTest {

  private static final String CLASSIFY = "tensorflow/serving/classify";
  private static final String REGRESS = "tensorflow/serving/regress";

  private static TestServer server;

  @BeforeAll
  static void start(@TempDir Path models) throws Exception {
    server = ExampleServer.start(models);
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
    assertThat(NativeObjects.open()).isEmpty();
  }

  private static InferenceTask task(ModelSpec.Builder spec, String method) {
    return InferenceTask.newBuilder().setModelSpec(spec).setMethodName(method).build();
  }

  private static List<InferenceResult> infer(Input input, InferenceTask... tasks) {
    MultiInferenceResponse response =
        server
            .predictions()
            .multiInference(
                MultiInferenceRequest.newBuilder()
                    .addAllTasks(Arrays.asList(tasks))
                    .setInput(input)
                    .build());
    return response.getResultsList();
  }

  private static float value(InferenceResult result) {
    assertThat(result.getResultCase()).isEqualTo(InferenceResult.ResultCase.REGRESSION_RESULT);
    return result.getRegressionResult().getRegressions(0).getValue();
  }

  private static float score(InferenceResult result) {
    assertThat(result.getResultCase()).isEqualTo(InferenceResult.ResultCase.CLASSIFICATION_RESULT);
    return result.getClassificationResult().getClassifications(0).getClasses(0).getScore();
  }

  private static void assertFails(Status.Code code, String text, Runnable request) {
    assertThatThrownBy(request::run)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            failure -> {
              assertThat(failure.getStatus().getDescription()).startsWith(text);
              assertThat(failure.getStatus().getCode()).isEqualTo(code);
            });
  }

  private static void assertRefused(String text, Input input, InferenceTask... tasks) {
    assertFails(Status.Code.INVALID_ARGUMENT, text, () -> infer(input, tasks));
  }

  @Test
  @Spec("M01")
  void tasksOfBothMethodsAreAnsweredInTheirOrder() {
    List<InferenceResult> results =
        infer(
            list(x(2)),
            task(half("regress_x_to_y"), REGRESS),
            task(half("classify_x_to_y"), CLASSIFY));
    assertThat(results).hasSize(2);
    assertThat(value(results.get(0))).isEqualTo(3);
    assertThat(score(results.get(1))).isEqualTo(3);
    assertThat(results)
        .extracting(InferenceResult::getModelSpec)
        .containsExactly(half("regress_x_to_y").build(), half("classify_x_to_y").build());
    List<InferenceResult> reversed =
        infer(
            list(x(2)),
            task(half("classify_x_to_y"), CLASSIFY),
            task(half("regress_x_to_y"), REGRESS));
    assertThat(score(reversed.get(0))).isEqualTo(3);
    assertThat(value(reversed.get(1))).isEqualTo(3);
  }

  @Test
  @Spec("M02")
  void twoRegressionsGiveTheirOwnNumbers() {
    List<InferenceResult> results =
        infer(
            list(x(2), x(4)),
            task(half("regress_x_to_y"), REGRESS),
            task(half("regress_x_to_y2"), REGRESS));
    assertThat(value(results.get(0))).isEqualTo(3);
    assertThat(value(results.get(1))).isEqualTo(4);
    assertThat(results.get(1).getRegressionResult().getRegressions(1).getValue()).isEqualTo(5);
  }

  @Test
  void outputsOfOneNameInSeveralSignaturesAreToldApart() {
    List<InferenceResult> results =
        infer(
            list(x(2)),
            task(spec("classifier", "top_two"), CLASSIFY),
            task(spec("classifier", ""), CLASSIFY),
            task(spec("classifier", "regress_column"), REGRESS),
            task(spec("classifier", "features"), CLASSIFY));
    assertThat(score(results.get(0))).isEqualTo(2);
    assertThat(score(results.get(1))).isEqualTo(-2);
    assertThat(value(results.get(2))).isEqualTo(20);
    assertThat(
            results.get(3).getClassificationResult().getClassifications(0).getClasses(0).getLabel())
        .isEqualTo("2.00");
    assertThat(results.get(1).getModelSpec())
        .isEqualTo(spec("classifier", "serving_default").setVersion(Int64Value.of(1)).build());
  }

  @Test
  void sameExamplesGoToTheInputOfEverySignature() {
    // An export of TensorFlow 2, where each signature has an input of its own.
    List<InferenceResult> results =
        infer(
            list(x(2)),
            task(spec("regressor", ""), REGRESS),
            task(spec("regressor", "classify"), CLASSIFY));
    assertThat(value(results.get(0))).isEqualTo(20);
    assertThat(score(results.get(1))).isEqualTo(-2);
  }

  @Test
  void oneTaskAloneIsAnswered() {
    assertThat(value(infer(list(x(2)), task(half("regress_x_to_y"), REGRESS)).getFirst()))
        .isEqualTo(3);
  }

  @Test
  @Spec("M03")
  void mistakesInTheTasksHaveTheReferencesTexts() {
    InferenceTask sound = task(half("regress_x_to_y"), REGRESS);
    Input empty = Input.getDefaultInstance();
    assertRefused("Input is empty.", empty, sound);
    assertRefused(
        "Requested signature not found in model graph: nope",
        empty,
        sound,
        task(half("nope"), "not/a/method"));
    assertRefused(
        "All ModelSpecs in a MultiInferenceRequest must access the same model name.",
        empty,
        sound,
        task(spec("nope", "nope"), REGRESS));
    assertRefused(
        "Found ModelSpec with an empty model name.",
        empty,
        sound,
        InferenceTask.getDefaultInstance());
    assertRefused("Duplicate evaluation of signature: regress_x_to_y", empty, sound, sound);
    assertRefused(
        "Duplicate evaluation of signature: serving_default",
        empty,
        task(spec("classifier", ""), CLASSIFY),
        task(spec("classifier", "serving_default"), REGRESS));
    assertRefused(
        "No regression outputs found in SignatureDef: ",
        empty,
        sound,
        task(half("classify_x_to_y"), REGRESS));
  }

  @Test
  @Spec("M04")
  void otherMethodIsUnimplemented() {
    for (String method : List.of("tensorflow/serving/predict", "")) {
      assertFails(
          Status.Code.UNIMPLEMENTED,
          "Unsupported signature method_name: " + method,
          () -> infer(list(x(2)), task(half("regress_x_to_y"), method)));
    }
  }

  @Test
  @Spec("M05")
  void firstTaskSaysWhichModelIsAsked() {
    List<InferenceResult> results =
        infer(
            list(x(2)),
            task(half("regress_x_to_y"), REGRESS),
            task(spec("half_plus_two", "regress_x_to_y2").setVersion(Int64Value.of(124)), REGRESS));
    assertThat(value(results.get(1))).isEqualTo(4);
    assertThat(results.get(1).getModelSpec().getVersion().getValue()).isEqualTo(123);
    assertRefused("ModelSpec has no name specified.", list(x(2)));
    assertRefused(
        "ModelSpec has no name specified.", list(x(2)), InferenceTask.getDefaultInstance());
    assertFails(
        Status.Code.NOT_FOUND,
        "Servable not found for request: Latest(nope)",
        () -> infer(list(x(2)), task(spec("nope", ""), REGRESS)));
  }

  @Test
  void oneResultThatDoesNotFitFailsTheWhole() {
    assertRefused(
        "Expected output Tensor of DT_FLOAT.  Got: DT_DOUBLE",
        list(x(1)),
        task(spec("wrong_results", "regress_double"), REGRESS),
        task(spec("wrong_results", "scores_scalar"), CLASSIFY));
  }
}
