package dev.sluice.cli;

import static dev.sluice.cli.LoggedRequests.floats;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.sluice.cli.RecordedAnswers.Difference;
import dev.sluice.proto.serving.ClassificationResult;
import dev.sluice.proto.serving.MultiInferenceResponse;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.serving.RegressionResult;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordedAnswersTest {

  private static PredictResponse output(TensorProto tensor) {
    return PredictResponse.newBuilder().putOutputs("y", tensor).build();
  }

  private static Optional<String> difference(TensorProto logged, TensorProto came) {
    return RecordedAnswers.difference(output(logged), output(came)).map(Difference::text);
  }

  private static TensorProto.Builder scalar(DataType type) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(type);
    tensor.getTensorShapeBuilder();
    return tensor;
  }

  private static TensorProto string(String text) {
    return scalar(DataType.DT_STRING).addStringVal(ByteString.copyFromUtf8(text)).build();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, true",
    "1, 1.00000999, true",
    "1, 1.0000101, false",
    "1e30, 1.00000999e30, true",
    "-1e-30, -1.0000101e-30, false",
    "1, -1, false",
    "0, -0.0, true",
    "0, 1e-300, false",
    "NaN, NaN, true",
    "NaN, 1, false",
    "Infinity, Infinity, true",
    "Infinity, -Infinity, false",
    "Infinity, 1, false",
    "1, -Infinity, false"
  })
  void numbersAgreeWithinAPartInAHundredThousand(double logged, double came, boolean agree) {
    assertThat(RecordedAnswers.agree(logged, came)).isEqualTo(agree);
    assertThat(RecordedAnswers.agree(came, logged)).isEqualTo(agree);
  }

  @Test
  void floatsHaveATolerance() {
    assertThat(difference(floats(1, 4), floats(1, 4.00003f))).isEmpty();
    assertThat(difference(floats(1, 4), floats(1, 4.0001f)))
        .contains("output y, element 1: logged 4.0, came 4.0001");
    assertThat(difference(floats(1), floats(1, 1)))
        .contains("output y: logged float[1], came float[2]");
    TensorProto logged = scalar(DataType.DT_DOUBLE).addDoubleVal(1).build();
    TensorProto came = scalar(DataType.DT_DOUBLE).addDoubleVal(1.5).build();
    assertThat(difference(logged, came)).contains("output y, element 0: logged 1.0, came 1.5");
    assertThat(difference(half(0x3c00), half(0x3c00))).isEmpty();
    assertThat(difference(half(0x3c00), half(0x4000)))
        .contains("output y, element 0: logged 1.0, came 2.0");
  }

  private static TensorProto half(int bits) {
    return scalar(DataType.DT_HALF).addHalfVal(bits).build();
  }

  @Test
  void allElseIsTheSameOrNot() {
    TensorProto million = scalar(DataType.DT_INT64).addInt64Val(1_000_000).build();
    TensorProto more = scalar(DataType.DT_INT64).addInt64Val(1_000_001).build();
    assertThat(difference(million, million)).isEmpty();
    assertThat(difference(million, more))
        .contains("output y, element 0: logged 1000000, came 1000001");
    TensorProto yes = scalar(DataType.DT_BOOL).addBoolVal(true).build();
    TensorProto no = scalar(DataType.DT_BOOL).addBoolVal(false).build();
    assertThat(difference(yes, no)).contains("output y, element 0: logged true, came false");
    TensorProto grey = scalar(DataType.DT_UINT8).addIntVal(0xfe).build();
    TensorProto white = scalar(DataType.DT_UINT8).addIntVal(0xff).build();
    assertThat(difference(grey, white)).contains("output y, element 0: logged 0xfe, came 0xff");
    assertThat(difference(string("a"), string("a"))).isEmpty();
    assertThat(difference(string("a"), string("b\n")))
        .contains("output y, element 0: logged \"a\", came \"b\\n\"");
    assertThat(difference(string("a"), string("b".repeat(1000))).orElseThrow())
        .hasSizeLessThan(200);
    assertThat(difference(million, yes)).contains("output y: logged int64[], came bool[]");
  }

  @Test
  void outputThatIsMissingIsADifference() {
    PredictResponse none = PredictResponse.getDefaultInstance();
    assertThat(RecordedAnswers.difference(output(floats(1)), none).map(Difference::text))
        .contains("output y: logged one, came none");
    assertThat(RecordedAnswers.difference(none, output(floats(1))).map(Difference::text))
        .contains("output y: logged none, came one");
  }

  private static ClassificationResult classes(String label, float score) {
    ClassificationResult.Builder result = ClassificationResult.newBuilder();
    result.addClassificationsBuilder().addClassesBuilder().setLabel(label).setScore(score);
    return result.build();
  }

  private static RegressionResult value(float value) {
    RegressionResult.Builder result = RegressionResult.newBuilder();
    result.addRegressionsBuilder().setValue(value);
    return result.build();
  }

  private static MultiInferenceResponse both(ClassificationResult classes, RegressionResult value) {
    MultiInferenceResponse.Builder response = MultiInferenceResponse.newBuilder();
    response.addResultsBuilder().setClassificationResult(classes);
    response.addResultsBuilder().setRegressionResult(value);
    return response.build();
  }

  @Test
  void labelsAndScoresAndValuesAreCompared() {
    assertThat(RecordedAnswers.difference(classes("a", 1), classes("a", 1.000005f))).isEmpty();
    assertThat(RecordedAnswers.difference(classes("a", 1), classes("b", 1)).map(Difference::text))
        .contains("example 0, class 0: logged \"a\" 1.0, came \"b\" 1.0");
    assertThat(
            RecordedAnswers.difference(classes("a", 1), ClassificationResult.getDefaultInstance())
                .map(Difference::text))
        .contains("classified examples: logged 1, came 0");
    assertThat(RecordedAnswers.difference(value(1), value(1.000005f))).isEmpty();
    assertThat(RecordedAnswers.difference(value(1), value(2)).map(Difference::text))
        .contains("example 0: logged 1.0, came 2.0");
    MultiInferenceResponse logged = both(classes("a", 1), value(1));
    assertThat(RecordedAnswers.difference(logged, both(classes("a", 1), value(1)))).isEmpty();
    assertThat(
            RecordedAnswers.difference(logged, both(classes("a", 1), value(2)))
                .map(Difference::text))
        .contains("task 1, example 0: logged 1.0, came 2.0");
    assertThat(
            RecordedAnswers.difference(logged, MultiInferenceResponse.getDefaultInstance())
                .map(Difference::text))
        .contains("tasks: logged 2, came 0");
  }
}
