package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorSpec;
import dev.sluice.proto.tensorflow.BytesList;
import dev.sluice.proto.tensorflow.Example;
import dev.sluice.proto.tensorflow.Feature;
import dev.sluice.proto.tensorflow.Features;
import dev.sluice.proto.tensorflow.FloatList;
import dev.sluice.proto.tensorflow.Int64List;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.tensorflow.Fixture.Output;
import dev.sluice.testkit.Models;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The models for classify and regress compute what {@link Models} says of them. */
class ExampleModelsTest {

  /** s = 2 in the first, and -1.5 + 0.5 = -1 in the second. */
  private static final List<Example> TWO =
      List.of(
          example(Map.of("x", floats(2))),
          example(
              Map.of(
                  "x", floats(-1.5f),
                  "bias", floats(0.5f),
                  "count", Feature.newBuilder().setInt64List(Int64List.newBuilder().addValue(-7)),
                  "word",
                      Feature.newBuilder()
                          .setBytesList(
                              BytesList.newBuilder().addValue(ByteString.copyFromUtf8("é"))))));

  private static final Output LABELS =
      Output.of(Shape.of(2, 3), "small", "medium", "large", "small", "medium", "large");
  private static final Output SCORES = Output.of(Shape.of(2, 3), -2, 0.5f, 2, 1, 0.5f, -1);

  @TempDir Path temporary;

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  private static Feature.Builder floats(float value) {
    return Feature.newBuilder().setFloatList(FloatList.newBuilder().addValue(value));
  }

  private static Example example(Map<String, Feature.Builder> features) {
    Features.Builder all = Features.newBuilder();
    features.forEach((name, feature) -> all.putFeature(name, feature.build()));
    return Example.newBuilder().setFeatures(all).build();
  }

  private static Tensor serialized(List<Example> examples) {
    byte[][] elements = examples.stream().map(Example::toByteArray).toArray(byte[][]::new);
    return new StringTensor(Shape.of(elements.length), elements);
  }

  private static Map<String, Output> answer(Fixture fixture, String signature) {
    return fixture.run(signature, Map.of("inputs", serialized(TWO)));
  }

  private static void assertAnswers(Map<String, Output> found, Map<String, Output> wanted) {
    assertThat(found).usingRecursiveComparison().isEqualTo(wanted);
  }

  @ParameterizedTest
  @ValueSource(strings = {"serving_default", "foreign_method", "no_method"})
  void classifierGivesClassesAndScoresByColumn(String signature) {
    try (Fixture fixture = new Fixture(temporary, Models.CLASSIFIER)) {
      assertAnswers(answer(fixture, signature), Map.of("classes", LABELS, "scores", SCORES));
    }
  }

  @Test
  void classifierLeavesOutOrSortsOrHasNone() {
    try (Fixture fixture = new Fixture(temporary, Models.CLASSIFIER)) {
      assertAnswers(answer(fixture, "classes_only"), Map.of("classes", LABELS));
      assertAnswers(answer(fixture, "scores_only"), Map.of("scores", SCORES));
      Output best = Output.of(Shape.of(2, 2), "large", "medium", "small", "medium");
      assertAnswers(
          answer(fixture, "top_two"),
          Map.of("classes", best, "scores", Output.of(Shape.of(2, 2), 2, 0.5f, 1, 0.5f)));
      assertAnswers(
          answer(fixture, "no_classes"),
          Map.of(
              "classes", Output.of(Shape.of(2, 0), new String[0]),
              "scores", Output.of(Shape.of(2, 0), new float[0])));
    }
  }

  @Test
  void everyKindOfFeatureArrives() {
    try (Fixture fixture = new Fixture(temporary, Models.CLASSIFIER)) {
      assertAnswers(
          answer(fixture, "features"),
          Map.of("classes", Output.of(Shape.of(2, 3), "2.00", "0", "", "-1.00", "-7", "é")));
    }
  }

  @Test
  void missingFeatureFailsWithTensorFlowsText() {
    try (Fixture fixture = new Fixture(temporary, Models.CLASSIFIER)) {
      Map<String, Tensor> inputs = Map.of("inputs", serialized(List.of(example(Map.of()))));
      assertThatThrownBy(() -> fixture.run("serving_default", inputs))
          .isInstanceOfSatisfying(
              StatusException.class,
              failure -> assertThat(failure.code()).isEqualTo(StatusCode.INVALID_ARGUMENT))
          .hasMessageContaining("Feature: x (data type: float) is required but could not be found");
    }
  }

  @Test
  void regressionsAreTenTimesTheSum() {
    try (Fixture fixture = new Fixture(temporary, Models.CLASSIFIER)) {
      assertAnswers(
          answer(fixture, "regress"), Map.of("outputs", Output.of(Shape.of(2), 20f, -10f)));
      assertAnswers(
          answer(fixture, "regress_column"),
          Map.of("outputs", Output.of(Shape.of(2, 1), 20f, -10f)));
    }
  }

  @Test
  void exportOfTensorFlow2HasTheMethodNamePredict() {
    try (Fixture fixture = new Fixture(temporary, Models.REGRESSOR)) {
      assertThat(fixture.model().signatures().values())
          .filteredOn(signature -> !signature.inputs().isEmpty())
          .hasSize(2)
          .extracting(Signature::methodName)
          .containsOnly("tensorflow/serving/predict");
      assertAnswers(
          answer(fixture, "serving_default"), Map.of("outputs", Output.of(Shape.of(2), 20f, -10f)));
      assertAnswers(
          answer(fixture, "classify"),
          Map.of(
              "classes", Output.of(Shape.of(2, 2), "low", "high", "low", "high"),
              "scores", Output.of(Shape.of(2, 2), -2f, 2f, 1f, -1f)));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "classes_int64       | classes | INT64  | [2,2]",
        "classes_vector      | classes | STRING | [2]",
        "classes_row_more    | classes | STRING | [3,2]",
        "scores_double       | scores  | DOUBLE | [2,2]",
        "scores_scalar       | scores  | FLOAT  | []",
        "scores_vector       | scores  | FLOAT  | [2]",
        "scores_cube         | scores  | FLOAT  | [2,2,3]",
        "scores_row_more     | classes | STRING | [2,2]",
        "scores_row_more     | scores  | FLOAT  | [3,2]",
        "scores_column_more  | classes | STRING | [2,2]",
        "scores_column_more  | scores  | FLOAT  | [2,3]",
        "regress_two_columns | outputs | FLOAT  | [2,2]",
        "regress_cube        | outputs | FLOAT  | [2,1,1]",
        "regress_scalar      | outputs | FLOAT  | []",
        "regress_row_more    | outputs | FLOAT  | [3]",
        "regress_double      | outputs | DOUBLE | [2]",
        "regress_string      | outputs | STRING | [2]",
      })
  void wrongResultsAreWrongAsNamed(String signature, String output, DataType type, String shape) {
    try (Fixture fixture = new Fixture(temporary, Models.WRONG_RESULTS)) {
      Output found = answer(fixture, signature).get(output);
      assertThat(found.dataType()).isEqualTo(type);
      assertThat(found.shape()).hasToString(shape);
    }
  }

  @Test
  void wrongSignaturesAreWrongAsNamed() {
    try (Fixture fixture = new Fixture(temporary, Models.WRONG_SIGNATURES)) {
      assertThat(names(fixture.signature("empty").inputs())).isEmpty();
      assertThat(names(fixture.signature("empty").outputs())).isEmpty();
      assertThat(names(fixture.signature("classify_two_inputs").inputs()))
          .containsExactly("inputs", "more");
      assertThat(names(fixture.signature("classify_other_input").inputs()))
          .containsExactly("examples");
      assertThat(names(fixture.signature("classify_three_outputs").outputs()))
          .containsExactly("classes", "more", "scores");
      assertThat(names(fixture.signature("classify_other_outputs").outputs()))
          .containsExactly("class", "score");
      assertThat(names(fixture.signature("regress_two_inputs").inputs()))
          .containsExactly("inputs", "more");
      assertThat(names(fixture.signature("regress_two_outputs").outputs()))
          .containsExactly("more", "outputs");
      assertThat(names(fixture.signature("regress_other_output").outputs()))
          .containsExactly("output");
      assertThatThrownBy(() -> answer(fixture, "classify_floats"))
          .hasMessageContaining("float")
          .isInstanceOf(StatusException.class);
    }
  }

  private static List<String> names(List<TensorSpec> specs) {
    return specs.stream().map(TensorSpec::name).toList();
  }
}
