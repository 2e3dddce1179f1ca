package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.floats;
import static dev.sluice.protocol.Fixtures.shape;
import static dev.sluice.protocol.Fixtures.strings;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Int64Value;
import dev.sluice.model.Shape;
import dev.sluice.model.StringTensor;
import dev.sluice.proto.serving.ClassificationResponse;
import dev.sluice.proto.serving.ClassificationResult;
import dev.sluice.proto.serving.Classifications;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.MultiInferenceResponse;
import dev.sluice.proto.serving.Regression;
import dev.sluice.proto.serving.RegressionResponse;
import dev.sluice.proto.serving.RegressionResult;
import dev.sluice.protocol.InferenceResponseWriter.Answer;
import dev.sluice.testkit.Spec;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The answers to classify and regress, in JSON and, against protobuf's own classes, on the wire.
 */
class InferenceResponseTest {

  private static final InferenceResult BOTH =
      new InferenceResult.Classifications(
          2,
          2,
          strings(shape(2, 2), "cat", "", "a\"b", "nö"),
          floats(shape(2, 2), 0.5f, 0, -0.0f, 1f / 3));

  private static final InferenceResult NUMBERS =
      new InferenceResult.Regressions(3, floats(shape(3, 1), 42, 0, -0.0f));

  private static Answer answer(InferenceResult result) {
    return new Answer("m", 7, "sig", result);
  }

  private static ModelSpec spec() {
    return ModelSpec.newBuilder()
        .setName("m")
        .setVersion(Int64Value.of(7))
        .setSignatureName("sig")
        .build();
  }

  private static String json(InferenceResult result) {
    return new String(JsonInferenceResponse.write(result), UTF_8);
  }

  private static ClassificationResult bothExpected() {
    ClassificationResult.Builder result = ClassificationResult.newBuilder();
    Classifications.Builder first = result.addClassificationsBuilder();
    first.addClassesBuilder().setLabel("cat").setScore(0.5f);
    first.addClassesBuilder();
    Classifications.Builder second = result.addClassificationsBuilder();
    second.addClassesBuilder().setLabel("a\"b").setScore(-0.0f);
    second.addClassesBuilder().setLabel("nö").setScore(1f / 3);
    return result.build();
  }

  private static RegressionResult numbersExpected() {
    return RegressionResult.newBuilder()
        .addRegressions(Regression.newBuilder().setValue(42))
        .addRegressions(Regression.getDefaultInstance())
        .addRegressions(Regression.newBuilder().setValue(-0.0f))
        .build();
  }

  @Test
  @Spec({"C02", "C03"})
  void classificationIsTheBytesThatProtobufWrites() {
    assertThat(InferenceResponseWriter.write(answer(BOTH)))
        .isEqualTo(
            ClassificationResponse.newBuilder()
                .setResult(bothExpected())
                .setModelSpec(spec())
                .build()
                .toByteArray());
  }

  @Test
  void regressionIsTheBytesThatProtobufWrites() {
    assertThat(InferenceResponseWriter.write(answer(NUMBERS)))
        .isEqualTo(
            RegressionResponse.newBuilder()
                .setResult(numbersExpected())
                .setModelSpec(spec())
                .build()
                .toByteArray());
  }

  @Test
  void multiInferenceIsTheBytesThatProtobufWrites() {
    MultiInferenceResponse.Builder expected = MultiInferenceResponse.newBuilder();
    expected.addResultsBuilder().setModelSpec(spec()).setRegressionResult(numbersExpected());
    expected.addResultsBuilder().setModelSpec(spec()).setClassificationResult(bothExpected());
    assertThat(InferenceResponseWriter.writeMultiInference(List.of(answer(NUMBERS), answer(BOTH))))
        .isEqualTo(expected.build().toByteArray());
  }

  @Test
  void largeAnswersAreSizedRight() throws Exception {
    SplittableRandom random = new SplittableRandom(3);
    int examples = 40;
    int classes = 300;
    String[] labels = new String[examples * classes];
    float[] scores = new float[labels.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = "l".repeat(random.nextInt(150));
      scores[i] = random.nextInt(3) == 0 ? 0 : i;
    }
    ClassificationResponse response =
        ClassificationResponse.parseFrom(
            InferenceResponseWriter.write(
                answer(
                    new InferenceResult.Classifications(
                        examples,
                        classes,
                        strings(shape(examples, classes), labels),
                        floats(shape(examples, classes), scores)))));
    for (int i = 0; i < labels.length; i++) {
      var one = response.getResult().getClassifications(i / classes).getClasses(i % classes);
      assertThat(one.getLabel()).isEqualTo(labels[i]);
      assertThat(one.getScore()).isEqualTo(scores[i]);
    }
  }

  @Test
  @Spec("C03")
  void whatTheModelDoesNotGiveIsEmptyOrZero() throws Exception {
    var labels = new InferenceResult.Classifications(1, 2, strings(shape(1, 2), "a", "b"), null);
    var scores = new InferenceResult.Classifications(1, 2, null, floats(shape(1, 2), 0, 2));
    assertThat(json(labels)).contains("[[\"a\", 0.0], [\"b\", 0.0]]");
    assertThat(json(scores)).contains("[[\"\", 0.0], [\"\", 2.0]]");
    assertThat(
            ClassificationResponse.parseFrom(InferenceResponseWriter.write(answer(scores)))
                .getResult()
                .getClassifications(0)
                .getClassesCount())
        .isEqualTo(2);
  }

  @Test
  @Spec("C2")
  void examplesOfAJsonAnswerStandOnOneLine() {
    assertThat(json(new InferenceResult.Classifications(2, 1, null, floats(shape(2, 1), 3, 7))))
        .isEqualTo("{\n    \"results\": [[[\"\", 3.0]], [[\"\", 7.0]]\n    ]\n}");
    assertThat(json(BOTH))
        .isEqualTo(
            "{\n    \"results\": [[[\"cat\", 0.5], [\"\", 0.0]], [[\"a\\\"b\", -0.0], [\"nö\","
                + " 0.333333343]]\n    ]\n}");
  }

  @Test
  void exampleWithoutClassesIsAnEmptyList() {
    assertThat(
            json(
                new InferenceResult.Classifications(
                    2, 0, strings(shape(2, 0)), floats(shape(2, 0)))))
        .isEqualTo("{\n    \"results\": [[], []\n    ]\n}");
  }

  @Test
  @Spec("R1")
  void regressionsStandOnOneLine() {
    assertThat(json(NUMBERS)).isEqualTo("{\n    \"results\": [42.0, 0.0, -0.0]\n}");
  }

  @Test
  void labelThatIsNoTextIsBytesInJsonAndAnErrorOnTheWire() {
    var result =
        new InferenceResult.Classifications(
            1, 1, new StringTensor(Shape.of(1, 1), new byte[][] {{(byte) 0xFF}}), null);
    assertThat(json(result).replaceAll("\\s", ""))
        .isEqualTo("{\"results\":[[[{\"b64\":\"/w==\"},0.0]]]}");
    assertThatThrownBy(() -> InferenceResponseWriter.write(answer(result)))
        .hasMessageContaining("the label of class 0 of example 0 is not UTF-8");
  }
}
