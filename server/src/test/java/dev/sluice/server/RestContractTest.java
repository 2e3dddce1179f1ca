package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proto.serving.GetModelStatusRequest;
import dev.sluice.proto.serving.GetModelStatusResponse;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.ModelVersionStatus;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Habits of the reference that clients rely on, and places where Sluice does better without
 * breaking them, over a real server whose labels are set.
 */
class RestContractTest {

  private static final String HALF = "/v1/models/half_plus_two:predict";

  private static TestServer server;
  private static Path folder;

  @BeforeAll
  static void start(@TempDir Path models) throws Exception {
    folder = models;
    // Version 123 is y = x/2 + 2; 124 is y = x/2 + 3; 125 is broken.
    Path base = models.resolve("half_plus_two");
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, base, 123);
    Models.copyVersion(Models.HALF_PLUS_TWO, 2, base, 124);
    Files.writeString(Files.createDirectory(base.resolve("125")).resolve("saved_model.pb"), "?");
    Models.copyTo(models, Models.IDENTITY);
    Models.copyTo(models, Models.STRINGS);
    Path config =
        Files.writeString(
            models.resolve("models.config"),
            """
            model_config_list {
              config { name: "half_plus_two" base_path: "%1$s/half_plus_two" model_platform: "tensorflow"
                       model_version_policy { all {} }
                       version_labels { key: "stable" value: 123 }
                       version_labels { key: "café/1" value: 124 } }
              config { name: "identity" base_path: "%1$s/identity" model_platform: "tensorflow" }
              config { name: "strings" base_path: "%1$s/strings" model_platform: "tensorflow" }
            }
            """
                .formatted(models));
    server =
        TestServer.start(
            "--model_config_file=" + config,
            "--max_num_load_retries=0",
            "--version_completeness_check=false", // so that 125 fails before the ports open
            "--rest_error_hints=false",
            "--rest_api_num_threads=1",
            "--grpc_max_threads=1",
            "--max_tensor_bytes=100000000",
            "--enable_serialization_as_tensor_content");
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  /** Answers to {@code '} for {@code "}, white space left out. */
  private static void assertAnswer(String path, String body, int status, String answer)
      throws Exception {
    HttpResponse<String> response = server.post(path, body.replace('\'', '"'));
    assertThat(response.body().replaceAll("\\s", ""))
        .isEqualTo(answer.replace('\'', '"').replaceAll("\\s", ""));
    assertThat(response.statusCode()).isEqualTo(status);
  }

  private static void assertRefused(String path, String body, int status, String text)
      throws Exception {
    HttpResponse<String> response = server.post(path, body.replace('\'', '"'));
    assertThat(response.body()).isEqualTo("{\n    \"error\": \"" + text + "\"\n}");
    assertThat(response.statusCode()).isEqualTo(status);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a matrix into a vector | {'inputs': [[2.0, 4.0], [6.0, 8.0]]} | {'outputs': [[3.0, 4.0],"
            + " [5.0, 6.0]]}",
        "a scalar | {'inputs': 3.0} | {'outputs': 3.5}",
        "integers for floats | {'instances': [{'x': [1]}, {'x': [2]}]} | {'predictions': [[2.5],"
            + " [3.0]]}",
        "numbers that are not finite | {'instances': [NaN, -Infinity, 1e39, Inf, -Inf, -NaN]} |"
            + " {'predictions': [NaN, -Infinity, Infinity, Infinity, -Infinity, NaN]}",
        "extra keys at the top and among columns | {'z': {}, 'inputs': {'x': [80.0], 'w': 1}, 'z':"
            + " 2} | {'outputs': [42.0]}",
        "text after the end | {'inputs': 3.0} and so on | {'outputs': 3.5}",
        "a byte order mark | \ufeff{'inputs': 3.0} | {'outputs': 3.5}",
        "no rows in a column | {'inputs': []} | {'outputs': []}",
        "a signature of another method | {'signature_name': 'regress_x2_to_y3', 'inputs': [2.0]} |"
            + " {'outputs': [4.0]}",
        "scores by name | {'signature_name': 'classify_x2_to_y3', 'instances': [2.0]} |"
            + " {'predictions': [4.0]}",
      })
  @Spec({"KEEP-01", "KEEP-03", "KEEP-05", "KEEP-06", "KEEP-11", "DOC-08", "P3", "P4", "P5", "P6"})
  void acceptedWithVersion123(String what, String body, String answer) throws Exception {
    assertAnswer("/v1/models/half_plus_two/versions/123:predict", body, 200, answer);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "float | [1, 0.1, 1e6, 16777216, -0.0, 0.00003] | [1.0, 0.1, 1e+06, 16777216.0, -0.0, 3e-05]",
        "double | [1, 0.1, 0.30000000000000004, 1e15] | [1.0, 0.1, 0.30000000000000004, 1e+15]",
        "int32 | [1, -2147483648] | [1, -2147483648]",
        "int64 | [9223372036854775807] | [9223372036854775807]",
        "bool | [true, false] | [true, false]",
        "string | ['a', {'b64': 'aGk='}] | ['a', 'hi']",
      })
  @Spec("KEEP-04")
  void everyTypeComesBackAsItIsWritten(String type, String values, String answer) throws Exception {
    assertAnswer(
        "/v1/models/identity:predict",
        "{'signature_name': '" + type + "', 'inputs': " + values + "}",
        200,
        "{'outputs': " + answer + "}");
  }

  @Test
  @Spec({"DOC-11", "UP-15", "P7"})
  void stringsAreTextUnlessTheyCannotBeOrTheNameSaysBytes() throws Exception {
    assertAnswer(
        "/v1/models/strings:predict",
        "{'instances': [{'text': 'hi'}]}",
        200,
        "{'predictions': [{'length': 2, 'raw_bytes': {'b64': 'aGk='}, 'upper': 'HI'}]}");
    assertAnswer(
        "/v1/models/strings:predict",
        "{'instances': [{'text': {'b64': '/w=='}}]}",
        200,
        "{'predictions': [{'length': 1, 'raw_bytes': {'b64': '/w=='}, 'upper': {'b64': '/w=='}}]}");
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/models/half_plus_two/labels/stable:predict, 2.5",
    "/v1/models/half_plus_two/labels/caf%C3%A9%2F1:predict, 3.5",
    "/v1/models/half_plus_two/versions/00123:predict?trace=1, 2.5",
    "/v1/models/half_plus_two:predict?a=b&c, 3.5",
  })
  @Spec({"DOC-09", "DOC-10", "UP-03"})
  void labelsAndVersionsChooseAndQueriesDoNot(String path, String answer) throws Exception {
    assertAnswer(path, "{'instances': [1.0]}", 200, "{'predictions': [" + answer + "]}");
  }

  @Test
  @Spec("DOC-13")
  void labelsComeFromTheConfigAlone() throws Exception {
    assertRefused(
        "/v1/models/identity/labels/stable:predict",
        "{}",
        400,
        "Unrecognized servable version label: stable");
  }

  @Test
  @Spec({"M2", "KEEP-02", "DOC-07"})
  void metadataOfALabelTellsItsVersion() throws Exception {
    String body = server.get("/v1/models/half_plus_two/labels/stable/metadata").body();
    assertThat(body.replaceAll("\\s", ""))
        .startsWith(
            "{\"model_spec\":{\"name\":\"half_plus_two\",\"version\":\"123\",\"signature_name\":\"\"},"
                + "\"metadata\":{\"signature_def\":{\"signature_def\":{")
        .contains("\"dim\":[{\"size\":\"-1\",\"name\":\"\"}]")
        .doesNotContain("@type");
  }

  @Test
  @Spec({"KEEP-09", "DOC-02", "S4"})
  void statusListsEveryVersionWhateverItsStateAndLabel() throws Exception {
    HttpResponse<String> all = server.get("/v1/models/half_plus_two");
    assertThat(all.statusCode()).isEqualTo(200);
    assertThat(all.body().replaceAll("\\s", ""))
        .startsWith("{\"model_version_status\":[{\"version\":\"125\",\"state\":\"END\",")
        .containsSubsequence("\"125\"", "\"END\"", "\"124\"", "\"AVAILABLE\"", "\"123\"");
    HttpResponse<String> broken = server.get("/v1/models/half_plus_two/versions/125");
    assertThat(broken.statusCode()).isEqualTo(200);
    assertThat(broken.body()).contains("\"END\"").doesNotContain("\"error_code\": \"OK\"");
    for (String label : new String[] {"stable", "unknown"}) {
      assertThat(server.get("/v1/models/half_plus_two/labels/" + label).body())
          .isEqualTo(all.body());
    }
  }

  /** What is wrong first in the reference's order is what is told. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "syntax before model | nope | {'instances': [1.0 | 400 | JSON Parse error: Missing a comma"
            + " or ']' after an array element. at offset: 18",
        "root before model | nope | [] | 400 | JSON Value: [] Is not object",
        "signature's type before model | nope | {'signature_name': null} | 400 | JSON Value: {\\n "
            + "   \\'signature_name\\': null\\n} not formatted correctly. 'signature_name' key must be"
            + " a string value.",
        "label before model | nope/labels/x | {'instances': {}} | 400 | Unrecognized servable"
            + " version label: x",
        "model before values | nope | {'instances': {}} | 404 | Servable not found for request:"
            + " Latest(nope)",
        "signature before formats | half_plus_two | {'signature_name': 'no', 'inputs': 1,"
            + " 'instances': 1} | 400 | Serving signature name: \\'no\\' not found in signature def",
        "first element before the second | half_plus_two | {'instances': [true, 'x']} | 400 | Failed"
            + " to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: true"
            + " Type: True is not of expected type: float",
      })
  @Spec({"HTTP-22", "KEEP-12"})
  void firstMistakeIsTheOneThatIsTold(
      String what, String model, String body, int status, String text) throws Exception {
    String sent = body.replace("'", "\"");
    HttpResponse<String> response = server.post("/v1/models/" + model + ":predict", sent);
    assertThat(response.body()).contains(text.replace("\\'", "\\\""));
    assertThat(response.statusCode()).isEqualTo(status);
  }

  @Test
  @Spec("UP-07")
  void depthDoesNotMatterWhereverItIs() throws Exception {
    String deep = "[".repeat(500_000) + "]".repeat(500_000);
    assertAnswer(HALF, "{'ignored': " + deep + ", 'inputs': 1.0}", 200, "{'outputs': 3.5}");
    assertRefused(
        HALF,
        "{'inputs': " + "[".repeat(300) + "1.0" + "]".repeat(300) + "}",
        400,
        "tensor parsing error: x");
    assertThat(server.post(HALF, "{\"inputs\": " + deep + "}").statusCode()).isEqualTo(400);
  }

  @Test
  @Spec({"UP-08", "UP-09", "UP-11", "UP-12"})
  void mistakesThatTheReferenceMistakesAreExplained() throws Exception {
    assertThat(
            server
                .post("/v1/models/identity:predict", "{\"instances\": [{\"b64\": \"aGk=\"}]}")
                .body())
        .contains("instances is a plain list, but expecting list of objects as multiple input")
        .contains("bool,double,float,int32,int64,string");
    assertThat(server.post(HALF, "{\"instances\": [{\"x\": 1.0, \"x\": 2.0}]}").body())
        .contains("duplicate key");
    assertThat(server.post(HALF, "{\"inputs\": [[1.0, 2.0], [3.0]]}").body())
        .contains("Encountered list at unexpected size: 1 at level: 1 expected size: 2 (input: x)");
    assertThat(server.post(HALF, "{\"instances\": [[[1], 2]]}").body())
        .contains(
            "JSON Value: 2 found at incorrect level: 2 in the JSON DOM. Expected at level: 2");
  }

  @Test
  @Proves("--enable_serialization_as_tensor_content")
  void answersOverGrpcHaveTheirValuesAsBytes() {
    TensorProto y = predict(half(), "x").getOutputsOrThrow("y");
    assertThat(y.getFloatValCount()).isZero();
    assertThat(y.getTensorContent().toByteArray()).containsExactly(0, 0, 0x80, 0x40); // 4.0
  }

  /** One thread is one run at a time, here, and no hang. */
  @Test
  @Spec({"UP-06", "UP-22", "DOC-05"})
  void flagsOfThreadsAndOfGrpcDoNotHurt() throws Exception {
    for (int i = 0; i < 20; i++) {
      assertThat(server.post(HALF, "{\"inputs\": [3.0, 4.0]}").body())
          .isEqualTo("{\n    \"outputs\": [\n        4.5,\n        5.0\n    ]\n}");
    }
  }

  @Test
  @Spec("UP-27")
  void tooManyRequestsIsCalledThat() throws Exception {
    try (RawHttp connection = new RawHttp(server.restPort())) {
      String large = "{\"inputs\": [" + "1,".repeat(25_000_000) + "1]}";
      RawHttp.Answer answer = connection.send(RawHttp.post(HALF, large)).read();
      assertThat(answer.statusLine()).isEqualTo("HTTP/1.1 429 Too Many Requests");
    }
  }

  @Test
  @Spec("HTTP-01")
  void withoutAPortThereIsNoRestApi() throws Exception {
    Path base = Models.copyTo(folder.resolve("alone"), Models.HALF_PLUS_TWO);
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (ModelServer alone =
        ModelServer.start(
            TestServer.config("--model_base_path=" + base), new Listeners(any, null))) {
      assertThat(alone.restPort()).isZero();
      assertThat(alone.grpcPort()).isPositive();
    }
  }

  private static PredictResponse predict(ModelSpec.Builder model, String input) {
    TensorProto two = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).addFloatVal(2).build();
    return server
        .predictions()
        .predict(PredictRequest.newBuilder().setModelSpec(model).putInputs(input, two).build());
  }

  private static ModelSpec.Builder half() {
    return ModelSpec.newBuilder().setName("half_plus_two");
  }

  @Test
  @Spec({"L06", "SC-16"})
  void labelsResolveOverGrpcToo() {
    PredictResponse stable = predict(half().setVersionLabel("stable"), "x");
    assertThat(stable.getModelSpec().getVersion().getValue()).isEqualTo(123);
    assertThat(stable.getModelSpec().getVersionLabel()).isEmpty();
    PredictResponse other = predict(half().setVersionLabel("café/1"), "x");
    assertThat(other.getModelSpec().getVersion().getValue()).isEqualTo(124);
  }

  @Test
  @Spec({"P05", "P06", "P17"})
  void signaturesOfOtherMethodsCanBePredicted() {
    ModelSpec.Builder old = half().setVersionLabel("stable");
    PredictResponse regressed = predict(old.clone().setSignatureName("regress_x2_to_y3"), "inputs");
    assertThat(regressed.getOutputsOrThrow("outputs").getTensorContent()).hasSize(4);
    assertThat(regressed.getModelSpec().getSignatureName()).isEqualTo("regress_x2_to_y3");
    PredictResponse scored = predict(old.clone().setSignatureName("classify_x2_to_y3"), "inputs");
    assertThat(scored.getOutputsOrThrow("scores").getTensorContent()).hasSize(4);
    assertThat(predict(old, "x").getOutputsOrThrow("y").getTensorContent()).hasSize(4);
  }

  @Test
  @Spec({"S01", "MS-2", "MS-3", "SC-2"})
  void statusOfOneVersionIsWhole() {
    GetModelStatusResponse status =
        server
            .models()
            .getModelStatus(
                GetModelStatusRequest.newBuilder()
                    .setModelSpec(ModelSpec.newBuilder().setName("identity"))
                    .build());
    assertThat(status.getModelVersionStatusList()).hasSize(1);
    ModelVersionStatus only = status.getModelVersionStatus(0);
    assertThat(only.getVersion()).isEqualTo(1);
    assertThat(only.getState()).isEqualTo(ModelVersionStatus.State.AVAILABLE);
    assertThat(only.getStatus().getErrorCodeValue()).isZero();
    assertThat(only.getStatus().getErrorMessage()).isEmpty();
  }
}
