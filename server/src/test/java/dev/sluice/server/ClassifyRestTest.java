package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.testkit.Spec;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Classify and regress at the REST port, over real sockets. */
class ClassifyRestTest {

  private static final String HALF = "/v1/models/half_plus_two/versions/123:";

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

  private static void assertAnswers(String path, String body, String expected) throws Exception {
    HttpResponse<String> response = server.post(path, body);
    assertThat(response.body()).isEqualTo(expected);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
  }

  private static void assertRefused(int status, String path, String body, String text)
      throws Exception {
    HttpResponse<String> response = server.post(path, body);
    assertThat(response.body()).startsWith("{\n    \"error\": \"" + text);
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
  }

  /** A request of one example to a signature. */
  private static String one(String signature) {
    return "{\"signature_name\": \"" + signature + "\", \"examples\": [{\"x\": 2.0}]}";
  }

  @Test
  @Spec({"C1", "C2", "DOC-01"})
  void classifyAnswersPairsOfLabelAndScore() throws Exception {
    assertAnswers(
        HALF + "classify",
        "{\"signature_name\": \"classify_x_to_y\", \"examples\": [{\"x\": 20.0}]}",
        "{\n    \"results\": [[[\"\", 12.0]]\n    ]\n}");
    assertAnswers(
        HALF + "classify",
        "{\"signature_name\": \"classify_x_to_y\", \"examples\": [{\"x\": 2.0}, {\"x\": 10.0}]}",
        "{\n    \"results\": [[[\"\", 3.0]], [[\"\", 7.0]]\n    ]\n}");
  }

  @Test
  void labelsAndScoresKeepTheirOrder() throws Exception {
    assertAnswers(
        "/v1/models/classifier:classify",
        "{\"examples\": [{\"x\": 2.0}, {\"x\": -1.0, \"bias\": 0.25}]}",
        "{\n    \"results\": [[[\"small\", -2.0], [\"medium\", 0.5], [\"large\", 2.0]],"
            + " [[\"small\", 0.75], [\"medium\", 0.5], [\"large\", -0.75]]\n    ]\n}");
    assertAnswers(
        "/v1/models/classifier:classify",
        "{\"signature_name\": \"top_two\", \"examples\": [{\"x\": -1.0}]}",
        "{\n    \"results\": [[[\"small\", 1.0], [\"medium\", 0.5]]\n    ]\n}");
  }

  @Test
  void whatTheModelDoesNotGiveIsEmptyOrZero() throws Exception {
    assertAnswers(
        "/v1/models/classifier:classify",
        one("classes_only"),
        "{\n    \"results\": [[[\"small\", 0.0], [\"medium\", 0.0], [\"large\", 0.0]]\n    ]\n}");
    assertAnswers(
        "/v1/models/classifier:classify",
        one("scores_only"),
        "{\n    \"results\": [[[\"\", -2.0], [\"\", 0.5], [\"\", 2.0]]\n    ]\n}");
    assertAnswers(
        "/v1/models/classifier:classify", one("no_classes"), "{\n    \"results\": [[]\n    ]\n}");
  }

  @Test
  void featuresOfEveryKindArrive() throws Exception {
    assertAnswers(
        "/v1/models/classifier:classify",
        "{\"signature_name\": \"features\", \"examples\": [{\"x\": [1.5], \"count\": true, \"word\":"
            + " {\"b64\": \"aGk=\"}}, {\"x\": 0.25, \"count\": -7, \"word\": \"nö\"}]}",
        "{\n    \"results\": [[[\"1.50\", 0.0], [\"1\", 0.0], [\"hi\", 0.0]],"
            + " [[\"0.25\", 0.0], [\"-7\", 0.0], [\"nö\", 0.0]]\n    ]\n}");
  }

  @Test
  @Spec({"C3", "DOC-06"})
  void contextIsCommonToAllExamplesAndAnExampleOverridesIt() throws Exception {
    assertAnswers(
        HALF + "classify",
        "{\"signature_name\": \"classify_x_to_y\", \"context\": {\"x\": 2.0}, \"examples\": [{}]}",
        "{\n    \"results\": [[[\"\", 3.0]]\n    ]\n}");
    assertAnswers(
        "/v1/models/classifier:regress",
        "{\"signature_name\": \"regress\", \"context\": {\"x\": 7.0, \"bias\": 1.0},"
            + " \"examples\": [{\"x\": 9.0}, {}, {\"bias\": 0.5}]}",
        "{\n    \"results\": [100.0, 80.0, 75.0]\n}");
  }

  @Test
  @Spec({"R1", "R2"})
  void regressAnswersNumbers() throws Exception {
    assertAnswers(
        HALF + "regress",
        "{\"signature_name\": \"regress_x_to_y\", \"examples\": [{\"x\": 80.0}]}",
        "{\n    \"results\": [42.0]\n}");
    assertAnswers(
        HALF + "regress",
        "{\"signature_name\": \"regress_x_to_y2\", \"examples\": [{\"x\": 1.0}, {\"x\": 2.0}]}",
        "{\n    \"results\": [3.5, 4.0]\n}");
  }

  @Test
  void columnOfNumbersIsAnsweredAsAVector() throws Exception {
    for (String signature : new String[] {"regress", "regress_column"}) {
      assertAnswers(
          "/v1/models/classifier:regress", one(signature), "{\n    \"results\": [20.0]\n}");
    }
  }

  @Test
  void exportOfTensorFlowTwoAnswersToo() throws Exception {
    assertAnswers(
        "/v1/models/regressor:regress",
        "{\"examples\": [{\"x\": 2.0}]}",
        "{\n    \"results\": [20.0]\n}");
    assertAnswers(
        "/v1/models/regressor:classify",
        one("classify"),
        "{\n    \"results\": [[[\"low\", -2.0], [\"high\", 2.0]]\n    ]\n}");
  }

  @Test
  void newestVersionAnswersWhereNoneIsNamed() throws Exception {
    assertAnswers(
        "/v1/models/half_plus_two:regress", one("regress_x_to_y"), "{\n    \"results\": [4.0]\n}");
  }

  @Test
  @Spec({"R6", "E13", "E14"})
  void bodyIsCheckedBeforeTheModelAndTheModelBeforeTheSignature() throws Exception {
    String unknown = "/v1/models/half:classify";
    assertRefused(400, unknown, "{\"examples\": [{\"x\": 2.0}", "JSON Parse error: ");
    assertRefused(400, unknown, "{\"examples\": [{\"x\": null}]}", "Feature: x has element");
    assertRefused(400, unknown, "{\"context\": 1}", "Example must be JSON object");
    assertRefused(404, unknown, one("nope"), "Servable not found for request: Latest(half)\"");
    assertRefused(
        400,
        "/v1/models/half/labels/canary:classify",
        one("nope"),
        "Unrecognized servable version label: canary\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"classify", "regress"})
  @Spec({"C5", "E91"})
  void unknownSignatureIsNamed(String verb) throws Exception {
    assertRefused(400, HALF + verb, one("nope"), "No signature was found with the name: nope\"");
    assertRefused(
        400,
        "/v1/models/wrong_results:" + verb,
        "{\"examples\": [{}]}",
        "No signature was found with the name: serving_default\"");
  }

  @ParameterizedTest
  @Spec({"E93", "E94", "E95", "E96", "E97", "E98"})
  @CsvSource(
      delimiter = '|',
      value = {
        "classify | classify_two_inputs | Expected one input Tensor.\"",
        "classify | empty | Expected one input Tensor.\"",
        "classify | classify_three_outputs | Expected one or two output Tensors, found 3\"",
        "classify | classify_other_input | No classification inputs found in SignatureDef: inputs {",
        "classify | classify_other_outputs | Expected classification signature outputs to contain at"
            + " least one of \\\"classes\\\" or \\\"scores\\\". Signature was: inputs {",
        "regress | regress_two_inputs | Expected one input Tensor.\"",
        "regress | empty | Expected one input Tensor.\"",
        "regress | regress_two_outputs | Expected one output Tensor.\"",
        "regress | regress_other_input | No regression inputs found in SignatureDef: inputs {",
        "regress | regress_other_output | No regression outputs found in SignatureDef: inputs {",
        "regress | classify_other_input | No regression inputs found in SignatureDef: inputs {",
      })
  void signatureThatDoesNotFitIsRefused(String verb, String signature, String text)
      throws Exception {
    assertRefused(400, "/v1/models/wrong_signatures:" + verb, one(signature), text);
  }

  @Test
  @Spec("E96")
  void predictSignatureIsNoClassification() throws Exception {
    assertRefused(
        400,
        HALF + "classify",
        "{\"examples\": [{\"x\": 2.0}]}",
        "No classification inputs found in SignatureDef: ");
  }

  @ParameterizedTest
  @Spec({"E101", "E102", "E103", "E104", "E105", "E106", "E107"})
  @CsvSource(
      delimiter = '|',
      value = {
        "classes_vector | Expected Tensor shape: [batch_size num_classes] but got [2]",
        "scores_vector | Expected Tensor shape: [batch_size num_classes] but got [2]",
        "scores_cube | Expected Tensor shape: [batch_size num_classes] but got [2,2,3]",
        "scores_scalar | Expected Tensor shape: [batch_size num_classes] but got []",
        "classes_int64 | Expected classes Tensor of DT_STRING. Got: DT_INT64",
        "scores_double | Expected scores Tensor of DT_FLOAT. Got: DT_DOUBLE",
        "classes_row_more | Expected classes output batch size of 2. Got: 3",
        "scores_row_more | Expected scores output batch size of 2. Got: 3",
        "scores_column_more | Tensors class and score should match in dim_size(1). Got 2 vs. 3",
        "regress_two_columns | Expected output Tensor shape to be either [batch_size] or"
            + " [batch_size, 1] but got [2,2]",
        "regress_cube | Expected output Tensor shape to be either [batch_size] or [batch_size, 1]"
            + " but got [2,1,1]",
        "regress_scalar | Expected output Tensor shape to be either [batch_size] or [batch_size, 1]"
            + " but got []",
        "regress_row_more | Input batch size did not match output batch size: 2 vs. 3",
        "regress_double | Expected output Tensor of DT_FLOAT.  Got: DT_DOUBLE",
        "regress_string | Expected output Tensor of DT_FLOAT.  Got: DT_STRING",
      })
  void resultThatDoesNotFitIsRefused(String signature, String text) throws Exception {
    String verb = signature.startsWith("regress") ? "regress" : "classify";
    assertRefused(
        400,
        "/v1/models/wrong_results:" + verb,
        "{\"signature_name\": \"" + signature + "\", \"examples\": [{}, {}]}",
        text + "\"");
  }

  @Test
  void failureOfTheRunKeepsItsCodeAndText() throws Exception {
    assertRefused(
        400,
        HALF + "regress",
        "{\"signature_name\": \"regress_x_to_y\", \"examples\": [{\"x\": 2}]}",
        "Name: <unknown>, Key: x, Index: 0.  Data types don't match. Data type: int64 but expected"
            + " type: float");
    assertRefused(
        400,
        "/v1/models/wrong_signatures:classify",
        one("classify_floats"),
        "Expects arg[0] to be float but string is provided\"");
  }

  @Test
  void bodyLargerThanTheEventLoopDecodesAnswersAllTheSame() throws Exception {
    int count = 20_000;
    String body =
        "{\"signature_name\": \"regress_x_to_y\", \"examples\": ["
            + "{\"x\": 2.0},".repeat(count - 1)
            + "{\"x\": 80.0}]}";
    HttpResponse<String> response = server.post(HALF + "regress", body);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).endsWith(", 3.0, 42.0]\n}");
    assertThat(response.body().split(",")).hasSize(count);
  }

  @Test
  void shortBodyThatMakesLargeExamplesIsRefusedBeforeTheyAreMade() throws Exception {
    String context = "{\"context\": {\"c\": \"" + "x".repeat(30_000) + "\"}, \"examples\": [{}";
    String body = context + ",{}".repeat(9_999) + "]}";
    assertRefused(
        429,
        HALF + "regress",
        body.replace("{\"context\"", "{\"signature_name\": \"regress_x_to_y\", \"context\""),
        "tensor for input \\\"inputs\\\" would take 300");
    assertAnswers(HALF + "regress", one("regress_x_to_y"), "{\n    \"results\": [3.0]\n}");
  }
}
