package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import dev.sluice.proto.tensorflow.BytesList;
import dev.sluice.proto.tensorflow.Example;
import dev.sluice.proto.tensorflow.Feature;
import dev.sluice.proto.tensorflow.Features;
import dev.sluice.proto.tensorflow.FloatList;
import dev.sluice.proto.tensorflow.Int64List;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonExampleRequestTest {

  private static List<Example> examples(String json) throws Exception {
    ExampleBatch batch = JsonExampleRequest.read(utf8(json)).examples();
    List<Example> examples = new ArrayList<>();
    try (Tensor tensor = batch.tensor(TensorBudget.DEFAULT)) {
      assertThat(tensor.shape()).isEqualTo(Shape.of(batch.size()));
      for (int i = 0; i < batch.size(); i++) {
        examples.add(Example.parseFrom(tensor.string(i)));
      }
    }
    return examples;
  }

  private static Feature feature(String json) throws Exception {
    return examples("{\"examples\": [{\"x\": " + json + "}]}")
        .getFirst()
        .getFeatures()
        .getFeatureOrThrow("x");
  }

  private static StatusException failure(String json) {
    return catchThrowableOfType(StatusException.class, () -> JsonExampleRequest.read(utf8(json)));
  }

  private static void assertRefused(String json, String text) {
    assertThat(failure(json)).hasMessage(text);
    assertThat(failure(json).code()).isEqualTo(StatusCode.INVALID_ARGUMENT);
  }

  static Feature floats(float... values) {
    FloatList.Builder list = FloatList.newBuilder();
    for (float value : values) {
      list.addValue(value);
    }
    return Feature.newBuilder().setFloatList(list).build();
  }

  static Feature integers(long... values) {
    Int64List.Builder list = Int64List.newBuilder();
    for (long value : values) {
      list.addValue(value);
    }
    return Feature.newBuilder().setInt64List(list).build();
  }

  static Feature bytes(ByteString... values) {
    return Feature.newBuilder()
        .setBytesList(BytesList.newBuilder().addAllValue(List.of(values)))
        .build();
  }

  static Example example(String name, Feature feature) {
    return Example.newBuilder()
        .setFeatures(Features.newBuilder().putFeature(name, feature))
        .build();
  }

  @ParameterizedTest
  @Spec("KEEP-10")
  @ValueSource(strings = {"2.0", "2e0", "[2.0]", "[ 20E-1 ]"})
  void numberWithFractionOrExponentIsAFloat(String json) throws Exception {
    assertThat(feature(json)).isEqualTo(floats(2));
  }

  @Test
  void floatsRoundOverflowAndMayBeNonFinite() throws Exception {
    assertThat(feature("[NaN, -Infinity, 1e39, 1e-60, -0.0, 0.1]"))
        .isEqualTo(
            floats(Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, 0, -0.0f, 0.1f));
    assertThat(feature("[18446744073709551616, -9223372036854775809]"))
        .isEqualTo(floats(18446744073709551616f, -9223372036854775809f));
  }

  @Test
  void numberWithoutIsAnIntegerAndSoIsABoolean() throws Exception {
    assertThat(feature("[1, true, -3, false, -0]")).isEqualTo(integers(1, 1, -3, 0, 0));
    assertThat(feature("[9223372036854775807, -9223372036854775808]"))
        .isEqualTo(integers(Long.MAX_VALUE, Long.MIN_VALUE));
  }

  @Test
  void stringAndBase64ObjectAreBytes() throws Exception {
    assertThat(feature("[\"n\\u00f6\\u0000\", {\"b64\": \"/wA=\"}, \"\"]"))
        .isEqualTo(
            bytes(
                ByteString.copyFromUtf8("nö\0"),
                ByteString.copyFrom(new byte[] {-1, 0}),
                ByteString.EMPTY));
  }

  @Test
  void emptyListIsAFeatureWithoutValuesAndEmptyObjectAnExample() throws Exception {
    assertThat(examples("{\"examples\": [{\"x\": []}, {}, { } ]}"))
        .containsExactly(
            example("x", Feature.getDefaultInstance()), withoutFeatures(), withoutFeatures());
  }

  private static Example withoutFeatures() {
    return Example.newBuilder().setFeatures(Features.getDefaultInstance()).build();
  }

  @Test
  void lastOfTwoFeaturesWithOneNameCounts() throws Exception {
    assertThat(feature("1.0, \"y\": 3, \"x\": \"last\""))
        .isEqualTo(bytes(ByteString.copyFromUtf8("last")));
  }

  @Test
  @Spec({"C3", "C04"})
  void contextIsMergedAndTheExampleWins() throws Exception {
    List<Example> examples =
        examples("{\"context\": {\"c\": 1, \"x\": 7}, \"examples\": [{\"x\": 9}, {}]}");
    assertThat(examples.get(0).getFeatures().getFeatureMap())
        .containsEntry("c", integers(1))
        .containsEntry("x", integers(9));
    assertThat(examples.get(1).getFeatures().getFeatureMap())
        .containsEntry("c", integers(1))
        .containsEntry("x", integers(7));
  }

  @Test
  void keysComeInAnyOrderAndTheFirstOfTwoCounts() throws Exception {
    JsonExampleRequest request =
        JsonExampleRequest.read(
            utf8(
                "{\"k\": [[{}]], \"examples\": [{\"x\": 1}], \"signature_name\": \"s\","
                    + " \"context\": {\"c\": 1}, \"examples\": 5, \"context\": 5} junk"));
    assertThat(request.signatureName()).isEqualTo("s");
    assertThat(request.examples().size()).isEqualTo(1);
    try (Tensor tensor = request.examples().tensor(TensorBudget.DEFAULT)) {
      assertThat(Example.parseFrom(tensor.string(0)).getFeatures().getFeatureMap())
          .containsOnlyKeys("c", "x");
    }
    assertThat(examples("\uFEFF{\"ex\\u0061mples\": [{\"\\u0078\": 1}]}").getFirst())
        .isEqualTo(example("x", integers(1)));
  }

  @Test
  @Spec({"E71", "R4"})
  void missingExamplesAreNamed() {
    assertRefused(
        "{\"signature_name\": \"regress_x_to_y\"}",
        "JSON Value: {\n    \"signature_name\": \"regress_x_to_y\"\n} When method is classify, key"
            + " 'examples' is expected and was not found");
    assertRefused(
        "{}",
        "JSON Value: {} When method is classify, key 'examples' is expected and was"
            + " not found");
  }

  /** The manual's sample has both wrong. */
  @Test
  @Spec("DOC-03")
  void keyIsExamplesAndTheTokenIsNaN() throws Exception {
    assertRefused(
        "{\"example\": []}",
        "JSON Value: {\n    \"example\": []\n} When method is classify, key 'examples' is expected"
            + " and was not found");
    assertThat(feature("NaN")).isEqualTo(floats(Float.NaN));
    assertThat(
            catchThrowableOfType(
                StatusException.class,
                () -> JsonExampleRequest.read(utf8("{\"examples\": [{\"x\": Nan}]}"))))
        .hasMessageContaining("Invalid value");
  }

  @Test
  @Spec({"E72", "R3"})
  void examplesHaveToBeAList() {
    assertRefused(
        "{\"examples\": {\"x\": 1.0}}",
        "JSON Value: {\n    \"examples\": {\n        \"x\": 1.0\n    }\n} Expecting 'examples'"
            + " value to be an list/array");
  }

  @Test
  @Spec({"E73", "C4"})
  void examplesHaveToBeSome() {
    assertRefused(
        "{\"signature_name\": \"classify_x_to_y\", \"examples\": [ ]}",
        "JSON Value: {\n    \"signature_name\": \"classify_x_to_y\",\n    \"examples\": []\n}"
            + " 'examples' value is an empty array");
  }

  @ParameterizedTest
  @Spec("E74")
  @CsvSource({
    "null, Null",
    "1, Number",
    "[], Array",
    "\"x\", String",
    "true, True",
    "false, False"
  })
  void exampleAndContextHaveToBeObjects(String json, String type) {
    String text = "Example must be JSON object but got JSON " + type;
    assertRefused("{\"examples\": [{}, " + json + "]}", text);
    assertRefused("{\"context\": " + json + ", \"examples\": [{}]}", text);
  }

  @ParameterizedTest
  @Spec({"E75", "C6"})
  @CsvSource(
      delimiter = '|',
      value = {
        "[10, null] | Null",
        "null | Null",
        "[[1]] | Array",
        "{} | Object",
        "[{\"b64\": 1}] | Object",
        "{\"b64\": \"aGk=\", \"c\": 1} | Object",
      })
  void valueThatFitsNoListIsNamed(String json, String type) {
    assertRefused(
        "{\"examples\": [{\"x\": " + json + "}]}",
        "Feature: x has element with unexpected JSON type: " + type);
  }

  @ParameterizedTest
  @Spec({"E76", "R5"})
  @CsvSource(
      delimiter = '|',
      value = {
        "[10, 10.0] | int64",
        "[1.0, 2] | float",
        "[true, \"x\"] | int64",
        "[\"x\", 1.5] | bytes",
        "[1.5, {\"b64\": \"!\"}] | float",
        "[1.5, 18446744073709551615] | float",
        "[{\"b64\": \"aGk=\"}, false] | bytes",
      })
  void firstValueDecidesForAll(String json, String type) {
    assertRefused(
        "{\"examples\": [{\"x\": " + json + "}]}",
        "Unexpected element type in feature: x expecting type: " + type);
  }

  @ParameterizedTest
  @Spec("E77")
  @ValueSource(strings = {"9223372036854775808", "18446744073709551615"})
  void integerOfSixtyFourBitsWithoutASignIsRefused(String json) {
    assertRefused(
        "{\"examples\": [{\"x\": [1, " + json + "]}]}",
        "Feature: x has uint64_t element. Only int64_t is supported.");
  }

  @Test
  @Spec("E28")
  void brokenBase64IsRefused() {
    assertRefused("{\"examples\": [{\"x\": {\"b64\": \"!\"}}]}", "Unable to base64 decode");
  }

  @Test
  void syntaxRootAndSignatureNameAreCheckedFirst() {
    assertRefused("", "JSON Parse error: The document is empty");
    assertRefused("[]", "JSON Value: [] Is not object");
    assertRefused(
        "{\"examples\": 1, \"signature_name\": 2}",
        "JSON Value: {\n    \"examples\": 1,\n    \"signature_name\": 2\n} not formatted correctly."
            + " 'signature_name' key must be a string value.");
    assertRefused(
        "{\"examples\": [null], \"x\": 1",
        "JSON Parse error: Missing a comma or '}' after an object member. at offset: 27");
  }

  @Test
  void contextIsCheckedBeforeTheExamplesWhereverItStands() {
    assertRefused(
        "{\"examples\": [{\"x\": null}], \"context\": {\"c\": null}}",
        "Feature: c has element with unexpected JSON type: Null");
    assertRefused(
        "{\"context\": {\"c\": null}}", "Feature: c has element with unexpected JSON type: Null");
  }

  @Test
  void contextThatIsRepeatedIsHeldAgainstTheBudgetAndNotCopied() throws Exception {
    String context = "{\"context\": {\"c\": \"" + "x".repeat(50_000) + "\"}, \"examples\": [{}";
    ExampleBatch batch =
        JsonExampleRequest.read(utf8(context + ",{}".repeat(99_999) + "]}")).examples();
    StatusException refused =
        catchThrowableOfType(StatusException.class, () -> batch.tensor(new TensorBudget(1 << 30)));
    assertThat(refused.code()).isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
    assertThat(refused).hasMessageContaining("input \"inputs\" would take 500");
    // Five gigabytes, if anybody made them.
    try (Tensor tensor = batch.tensor(new TensorBudget(1L << 40))) {
      assertThat(tensor.string(99_999)).hasSizeGreaterThan(50_000);
    }
  }
}
