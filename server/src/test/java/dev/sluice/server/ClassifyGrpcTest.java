package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Int64Value;
import dev.sluice.proto.serving.Class;
import dev.sluice.proto.serving.ClassificationRequest;
import dev.sluice.proto.serving.ClassificationResponse;
import dev.sluice.proto.serving.Classifications;
import dev.sluice.proto.serving.ExampleList;
import dev.sluice.proto.serving.ExampleListWithContext;
import dev.sluice.proto.serving.Input;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.Regression;
import dev.sluice.proto.serving.RegressionRequest;
import dev.sluice.proto.serving.RegressionResponse;
import dev.sluice.proto.tensorflow.BytesList;
import dev.sluice.proto.tensorflow.Example;
import dev.sluice.proto.tensorflow.Feature;
import dev.sluice.proto.tensorflow.FloatList;
import dev.sluice.proto.tensorflow.Int64List;
import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.testkit.Spec;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Classify and Regress at the gRPC port, over real sockets and generated stubs. */
class ClassifyGrpcTest {

  private static TestServer server;

  @BeforeAll
  static void start(@TempDir Path models) throws Exception {
    server = ExampleServer.start(models, "--max_tensor_bytes=10000000");
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
    assertThat(NativeObjects.open()).isEmpty();
  }

  static ModelSpec.Builder spec(String name, String signature) {
    return ModelSpec.newBuilder().setName(name).setSignatureName(signature);
  }

  /** Version 123 of {@code half_plus_two}. */
  static ModelSpec.Builder half(String signature) {
    return spec("half_plus_two", signature).setVersion(Int64Value.of(123));
  }

  static Feature floats(float value) {
    return Feature.newBuilder().setFloatList(FloatList.newBuilder().addValue(value)).build();
  }

  static Example x(float value) {
    Example.Builder example = Example.newBuilder();
    example.getFeaturesBuilder().putFeature("x", floats(value));
    return example.build();
  }

  static Input list(Example... examples) {
    return Input.newBuilder()
        .setExampleList(ExampleList.newBuilder().addAllExamples(List.of(examples)))
        .build();
  }

  private static Input listWithContext(Example context, Example... examples) {
    return Input.newBuilder()
        .setExampleListWithContext(
            ExampleListWithContext.newBuilder()
                .setContext(context)
                .addAllExamples(List.of(examples)))
        .build();
  }

  private static ClassificationResponse classify(ModelSpec.Builder spec, Input input) {
    return server
        .predictions()
        .classify(ClassificationRequest.newBuilder().setModelSpec(spec).setInput(input).build());
  }

  private static RegressionResponse regress(ModelSpec.Builder spec, Input input) {
    return server
        .predictions()
        .regress(RegressionRequest.newBuilder().setModelSpec(spec).setInput(input).build());
  }

  private static List<Float> values(RegressionResponse response) {
    return response.getResult().getRegressionsList().stream().map(Regression::getValue).toList();
  }

  private static Class label(String label, float score) {
    return Class.newBuilder().setLabel(label).setScore(score).build();
  }

  private static Classifications classes(Class... classes) {
    return Classifications.newBuilder().addAllClasses(List.of(classes)).build();
  }

  private static void assertFails(Status.Code code, String text, ThrowingCallable request) {
    assertThatThrownBy(request)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            failure -> {
              assertThat(failure.getStatus().getDescription()).startsWith(text);
              assertThat(failure.getStatus().getCode()).isEqualTo(code);
            });
  }

  @Test
  @Spec("C01")
  void classificationHasOneClassWithoutALabelAndTheVersionThatRan() {
    ClassificationResponse response = classify(half("classify_x_to_y"), list(x(2)));
    assertThat(response.getResult().getClassificationsList())
        .containsExactly(classes(label("", 3)));
    assertThat(response.getModelSpec()).isEqualTo(half("classify_x_to_y").build());
    // An export of TensorFlow 2, whose method names are all predict.
    assertThat(
            classify(spec("regressor", "classify"), list(x(2)))
                .getResult()
                .getClassificationsList())
        .containsExactly(classes(label("low", -2), label("high", 2)));
  }

  @Test
  @Spec({"C02", "C11"})
  void examplesAndColumnsKeepTheirOrder() {
    ClassificationResponse response = classify(spec("classifier", ""), list(x(2), x(-1)));
    assertThat(response.getResult().getClassificationsList())
        .containsExactly(
            classes(label("small", -2), label("medium", 0.5f), label("large", 2)),
            classes(label("small", 1), label("medium", 0.5f), label("large", -1)));
    assertThat(response.getModelSpec())
        .isEqualTo(spec("classifier", "serving_default").setVersion(Int64Value.of(1)).build());
    assertThat(
            classify(spec("classifier", "top_two"), list(x(2)))
                .getResult()
                .getClassificationsList())
        .containsExactly(classes(label("large", 2), label("medium", 0.5f)));
  }

  @Test
  @Spec("C03")
  void whatTheModelDoesNotGiveIsEmptyOrZeroAndZeroScoresAreThere() {
    assertThat(
            classify(spec("classifier", "classes_only"), list(x(2)))
                .getResult()
                .getClassificationsList())
        .containsExactly(classes(label("small", 0), label("medium", 0), label("large", 0)));
    assertThat(
            classify(spec("classifier", "scores_only"), list(x(0)))
                .getResult()
                .getClassificationsList())
        .containsExactly(classes(label("", -0.0f), label("", 0.5f), label("", 0)));
    assertThat(
            classify(spec("classifier", "no_classes"), list(x(0), x(1)))
                .getResult()
                .getClassificationsList())
        .containsExactly(classes(), classes());
  }

  @Test
  void featuresOfEveryKindArrive() {
    Example.Builder example = Example.newBuilder();
    example
        .getFeaturesBuilder()
        .putFeature("x", floats(1.5f))
        .putFeature(
            "count", Feature.newBuilder().setInt64List(Int64List.newBuilder().addValue(-7)).build())
        .putFeature(
            "word",
            Feature.newBuilder()
                .setBytesList(BytesList.newBuilder().addValue(ByteString.copyFromUtf8("hi")))
                .build());
    assertThat(
            classify(spec("classifier", "features"), list(example.build()))
                .getResult()
                .getClassificationsList())
        .containsExactly(classes(label("1.50", 0), label("-7", 0), label("hi", 0)));
  }

  @Test
  @Spec("C04")
  void contextIsCommonToAllExamplesAndAnExampleOverridesIt() {
    Example none = Example.getDefaultInstance();
    assertThat(
            values(regress(spec("classifier", "regress"), listWithContext(x(7), none, x(9), none))))
        .containsExactly(70f, 90f, 70f);
    Example.Builder bias = Example.newBuilder();
    bias.getFeaturesBuilder().putFeature("bias", floats(0.5f));
    assertThat(
            values(
                regress(spec("classifier", "regress"), listWithContext(x(7), bias.build(), none))))
        .containsExactly(75f, 70f);
  }

  @Test
  @Spec("C05")
  void inputWithoutExamplesIsEmpty() {
    for (Input input : List.of(Input.getDefaultInstance(), list(), listWithContext(x(1)))) {
      assertFails(
          Status.Code.INVALID_ARGUMENT,
          "Input is empty.",
          () -> classify(spec("classifier", ""), input));
      assertFails(
          Status.Code.INVALID_ARGUMENT,
          "Input is empty.",
          () -> regress(spec("classifier", "regress"), input));
      // The signature is checked first.
      assertFails(
          Status.Code.INVALID_ARGUMENT,
          "No signature was found with the name: nope",
          () -> regress(spec("classifier", "nope"), input));
    }
  }

  @Test
  @Spec("C06")
  void signatureOfTheOtherMethodIsRefused() {
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "Expected classification signature outputs to contain at least one of \"classes\" or"
            + " \"scores\". Signature was: inputs {",
        () -> classify(half("regress_x_to_y"), list(x(2))));
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "No regression outputs found in SignatureDef: inputs {",
        () -> regress(half("classify_x_to_y"), list(x(2))));
  }

  @ParameterizedTest
  @Spec({"C07", "C08", "R02"})
  @CsvSource(
      delimiter = '|',
      value = {
        "scores_cube | Expected Tensor shape: [batch_size num_classes] but got [2,2,3]",
        "classes_int64 | Expected classes Tensor of DT_STRING. Got: DT_INT64",
        "scores_row_more | Expected scores output batch size of 2. Got: 3",
        "scores_column_more | Tensors class and score should match in dim_size(1). Got 2 vs. 3",
        "regress_cube | Expected output Tensor shape to be either [batch_size] or [batch_size, 1]"
            + " but got [2,1,1]",
        "regress_row_more | Input batch size did not match output batch size: 2 vs. 3",
        "regress_double | Expected output Tensor of DT_FLOAT.  Got: DT_DOUBLE",
      })
  void resultThatDoesNotFitIsRefused(String signature, String text) {
    ModelSpec.Builder spec = spec("wrong_results", signature);
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        text,
        () -> {
          if (signature.startsWith("regress")) {
            regress(spec, list(x(1), x(2)));
          } else {
            classify(spec, list(x(1), x(2)));
          }
        });
  }

  @Test
  @Spec("C10")
  void textOfARunThatFailedReachesTheClient() {
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "Name: <unknown>, Feature: x (data type: float) is required but could not be found.",
        () -> classify(half("classify_x_to_y"), list(Example.getDefaultInstance())));
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "Expects arg[0] to be float but string is provided",
        () -> regress(half("regress_x2_to_y3"), list(x(1))));
  }

  @Test
  @Spec("C11")
  void emptySignatureDefinitionIsRefused() {
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "Expected one input Tensor.",
        () -> classify(spec("wrong_signatures", "empty"), list(x(1))));
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "Expected one input Tensor.",
        () -> regress(spec("wrong_signatures", "empty"), list(x(1))));
  }

  @Test
  @Spec({"R01", "R02"})
  void regressionHasANumberForEachExampleAndTheVersionThatRan() {
    RegressionResponse response = regress(half("regress_x_to_y"), list(x(2), x(-4)));
    assertThat(values(response)).containsExactly(3f, 0f);
    assertThat(response.getModelSpec()).isEqualTo(half("regress_x_to_y").build());
    assertThat(values(regress(spec("classifier", "regress"), list(x(2))))).containsExactly(20f);
    assertThat(values(regress(spec("classifier", "regress_column"), list(x(2)))))
        .containsExactly(20f);
    assertThat(values(regress(spec("regressor", ""), list(x(2))))).containsExactly(20f);
  }

  @Test
  @Spec({"L01", "L02", "L03", "L07"})
  void lookUpFailuresHaveTheReferencesTexts() {
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "Missing ModelSpec",
        () -> server.predictions().classify(ClassificationRequest.getDefaultInstance()));
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "Missing ModelSpec",
        () -> server.predictions().regress(RegressionRequest.getDefaultInstance()));
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "ModelSpec has no name specified.",
        () -> classify(spec("", "nope"), list()));
    assertFails(
        Status.Code.NOT_FOUND,
        "Servable not found for request: Latest(nope)",
        () -> regress(spec("nope", "nope"), list()));
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "Unrecognized servable version label: canary",
        () -> regress(spec("nope", "").setVersionLabel("canary"), list()));
  }

  @Test
  void messageLargerThanTheEventLoopDecodesAnswersAllTheSame() {
    Example[] examples = Collections.nCopies(20_000, x(2)).toArray(Example[]::new);
    assertThat(values(regress(half("regress_x_to_y"), list(examples))))
        .hasSize(20_000)
        .containsOnly(3f);
  }

  @Test
  void shortMessageThatMakesLargeExamplesIsRefusedBeforeTheyAreMade() {
    Example.Builder context = Example.newBuilder();
    context
        .getFeaturesBuilder()
        .putFeature(
            "c",
            Feature.newBuilder()
                .setBytesList(
                    BytesList.newBuilder().addValue(ByteString.copyFrom(new byte[30_000])))
                .build());
    Example[] none =
        Collections.nCopies(10_000, Example.getDefaultInstance()).toArray(Example[]::new);
    assertFails(
        Status.Code.RESOURCE_EXHAUSTED,
        "tensor for input \"inputs\" would take 300",
        () -> regress(half("regress_x_to_y"), listWithContext(context.build(), none)));
  }

  @Test
  @Spec({"C09", "E92"})
  @Proves("--enable_signature_method_name_check")
  void methodNamesAreCheckedOnlyWhereThatIsAskedFor(@TempDir Path models) throws Exception {
    assertThat(
            classify(spec("classifier", "foreign_method"), list(x(2)))
                .getResult()
                .getClassificationsCount())
        .isEqualTo(1);
    try (TestServer strict =
        ExampleServer.start(models, "--enable_signature_method_name_check=true")) {
      assertMethodNamesAreChecked(strict);
    }
  }

  private static void assertMethodNamesAreChecked(TestServer strict) {
    ClassificationRequest request =
        ClassificationRequest.newBuilder()
            .setModelSpec(half("classify_x_to_y"))
            .setInput(list(x(2)))
            .build();
    assertThat(strict.predictions().classify(request).hasResult()).isTrue();
    for (String[] foreign :
        new String[][] {
          {"classifier", "foreign_method", "not/supported/method"},
          {"classifier", "no_method", ""},
          {"regressor", "classify", "tensorflow/serving/predict"},
        }) {
      assertFails(
          Status.Code.INVALID_ARGUMENT,
          "Expected classification signature method_name to be tensorflow/serving/classify. Was: "
              + foreign[2],
          () ->
              strict
                  .predictions()
                  .classify(
                      request.toBuilder().setModelSpec(spec(foreign[0], foreign[1])).build()));
    }
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "Expected regression signature method_name to be tensorflow/serving/regress. Was:"
            + " tensorflow/serving/classify",
        () ->
            strict
                .predictions()
                .regress(
                    RegressionRequest.newBuilder().setModelSpec(half("classify_x_to_y")).build()));
  }

  @Test
  void malformedMessageIsRefusedClearly() {
    byte[] cut = {0x0a, 0x7f, 1};
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "Malformed request: length beyond the end of the message",
        () -> RawCall.classify(server, cut));
  }
}
