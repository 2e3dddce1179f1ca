package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Int64Value;
import dev.sluice.proto.serving.GetModelStatusRequest;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What clients do wrong, over both protocols of a real server: the status and the text they get,
 * and that afterwards the same connection and others are served and nothing native is left over.
 */
class BadInputTest {

  private static final String HALF = "/v1/models/half_plus_two:predict";
  private static final String GOOD = RawHttp.post(HALF, "{\"instances\": [1.0]}");

  private static TestServer server;
  private RawHttp connection;
  private Map<NativeObjects.Kind, Long> before;

  @BeforeAll
  static void start(@TempDir Path models) throws Exception {
    Models.copyTo(models, Models.HALF_PLUS_TWO);
    Models.copyTo(models, Models.IDENTITY);
    String config = TestServer.modelConfig(models, "half_plus_two", "identity");
    server =
        TestServer.start(config, "--rest_api_max_body_bytes=100000", "--max_tensor_bytes=100000");
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
    assertThat(NativeObjects.open()).isEmpty();
  }

  @BeforeEach
  void connect() throws Exception {
    before = NativeObjects.open();
    connection = new RawHttp(server.restPort());
  }

  @AfterEach
  void nothingIsLeftOverAndOthersAreServed() throws Exception {
    connection.close();
    assertThat(server.post(HALF, "{\"instances\": [1.0]}").body()).contains("[3.5");
    assertThat(server.predictions().predict(good()).getOutputsOrThrow("y").getFloatVal(0))
        .isEqualTo(3.5f);
    for (int i = 0; i < 1000 && !NativeObjects.open().equals(before); i++) {
      LockSupport.parkNanos(5_000_000); // what a run used goes when the run returns
    }
    assertThat(NativeObjects.open()).isEqualTo(before);
  }

  /** Sends, expects the answer, and then a good request on the same connection to work. */
  private void refused(String request, int status, String text) throws Exception {
    RawHttp.Answer answer = connection.send(request).read();
    assertThat(answer.text()).contains("\"error\": \"" + text);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    assertThat(connection.send(GOOD).read().text()).contains("[3.5");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "unknown model | /v1/models/nope:predict | 404 | Servable not found for request:"
            + " Latest(nope)",
        "unknown version | /v1/models/half_plus_two/versions/9:predict | 404 | Servable not found"
            + " for request: Specific(half_plus_two, 9)",
        "unknown label | /v1/models/half_plus_two/labels/canary:predict | 400 | Unrecognized"
            + " servable version label: canary",
        "version that is no number | /v1/models/half_plus_two/versions/two:predict | 400 |"
            + " Malformed request: POST /v1/models/half_plus_two/versions/two:predict",
        "unknown verb | /v1/models/half_plus_two:infer | 400 | Malformed request: POST"
            + " /v1/models/half_plus_two:infer",
      })
  @Spec({"E01", "E13", "E14", "KEEP-07", "KEEP-13"})
  void wrongUrl(String what, String url, int status, String text) throws Exception {
    refused(RawHttp.post(url, "{\"instances\": [1.0]}"), status, text);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "empty body | `` | JSON Parse error: The document is empty",
        "blank body | `  ` | JSON Parse error: The document is empty. at offset: 2",
        "no JSON | instances=[1.0] | JSON Parse error: Invalid value. at offset: 0",
        "unfinished | {'instances': [1.0 | JSON Parse error: Missing a comma or ']' after an array"
            + " element. at offset: 18",
        "no object | [1.0] | JSON Value: [1.0] Is not object",
        "no instances | {'instance': [1.0]} | Missing 'inputs' or 'instances' key",
        "empty instances | {'instances': []} | JSON Value: {\\n    \\'instances\\': []\\n} No values"
            + " in 'instances' array",
        "scalar instances | {'instances': 1.0} | JSON Value: {\\n    \\'instances\\': 1.0\\n}"
            + " Expecting 'instances' to be an list/array",
        "unknown signature | {'signature_name': 'nope', 'instances': [1.0]} | Serving signature"
            + " name: \\'nope\\' not found in signature def",
        "signature of another type | {'signature_name': 1, 'instances': [1.0]} | JSON Value: {\\n "
            + "   \\'signature_name\\': 1,\\n    \\'instances\\': [1.0]\\n} not formatted correctly."
            + " 'signature_name' key must be a string value.",
        "unknown input | {'instances': [{'y': 1.0}]} | Failed to process element: 0 key: y of"
            + " 'instances' list. Error: INVALID_ARGUMENT: JSON object: does not have named input:"
            + " y",
        "missing input | {'inputs': {'y': 1.0}} | Missing named input: x in 'inputs' object.",
        "extra input | {'instances': [{'x': 1.0, 'z': 1.0}]} | Failed to process element: 0 key: z"
            + " of 'instances' list. Error: INVALID_ARGUMENT: JSON object: does not have named"
            + " input: z",
        "wrong type | {'instances': [1.0, 'two']} | Failed to process element: 1 of 'instances'"
            + " list. Error: INVALID_ARGUMENT: JSON Value: \\'two\\' Type: String is not of expected"
            + " type: float",
        "null | {'instances': [null]} | Failed to process element: 0 of 'instances' list. Error:"
            + " INVALID_ARGUMENT: JSON Value: null Type: Null is not of expected type: float",
        "ragged rows | {'instances': [[1.0, 2.0], [3.0]]} | Failed to process element: 1 of"
            + " 'instances' list. Error: INVALID_ARGUMENT: Expecting tensor size: 2 but got: 1",
        "ragged column | {'inputs': [[1.0, 2.0], [3.0]]} | Encountered list at unexpected size: 1"
            + " at level: 1 expected size: 2",
        "base64 that is none | {'signature_name': 'regress_x_to_y', 'inputs': [{'b64': '?'}]} |"
            + " Unable to base64 decode",
        "no example | {'signature_name': 'regress_x_to_y', 'inputs': ['?']} | Could not parse"
            + " example input",
        "wrong shape | {'signature_name': 'regress_x_to_y', 'inputs': [[['?']]]} | ",
      })
  @Spec({"DOC-04", "KEEP-05", "KEEP-11", "KEEP-12"})
  void wrongBody(String what, String body, String text) throws Exception {
    refused(
        RawHttp.post(HALF, body.replace('\'', '"')),
        400,
        text == null ? "" : text.replace("\\'", "\\\""));
  }

  @Test
  void plainRowsForSeveralInputsNameTheRule() throws Exception {
    refused(
        RawHttp.post("/v1/models/identity:predict", "{\"instances\": [1.0]}"),
        400,
        "instances is a plain list, but expecting list of objects as multiple input tensors"
            + " required as per tensorinfo_map");
  }

  @ParameterizedTest
  @CsvSource({"GET", "PUT", "DELETE", "PATCH"})
  @Spec("HTTP-13")
  void wrongMethod(String method) throws Exception {
    refused(
        RawHttp.request(method, HALF, "", "{\"instances\": [1.0]}"),
        400,
        "Malformed request: " + method + " " + HALF);
  }

  /** No content type is wrong: curl sends that of a form. */
  @ParameterizedTest
  @CsvSource({"text/plain", "application/x-www-form-urlencoded", "image/png", "nonsense"})
  @Spec({"HTTP-11", "KEEP-06"})
  void anyContentTypeIsAccepted(String type) throws Exception {
    String headers = "Content-Type: " + type + "\r\nAccept: text/html\r\n";
    connection.send(RawHttp.request("POST", HALF, headers, "{\"instances\": [1.0]} trailing"));
    assertThat(connection.read().text()).contains("[3.5");
  }

  @Test
  void tensorBeyondItsLimitIsRefused() throws Exception {
    refused(
        RawHttp.post(HALF, "{\"instances\": [" + "1,".repeat(30_000) + "1]}"),
        429,
        "tensor for input \\\"x\\\" would take 120004 bytes");
  }

  /** The rest of the body is not read, so the connection ends. */
  @Test
  void bodyBeyondItsLimitIsRefusedAndEndsTheConnection() throws Exception {
    RawHttp.Answer answer =
        connection
            .sendIfOpen(RawHttp.post(HALF, " ".repeat(100_001)).getBytes(StandardCharsets.US_ASCII))
            .read();
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.text())
        .contains("The request body is larger than 100000 bytes")
        .contains("--rest_api_max_body_bytes");
    assertThat(answer.header("connection")).isEqualTo("close");
    assertThat(connection.atEnd()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 501",
    "'\u0016\u0003\u0001\u0002 a TLS client says hello\r\n\r\n', 400",
    "'GET /v1/models/half_plus_two\r\n\r\n', 400",
    "'GET / HTTP/1.1\r\nno colon here\r\n\r\n', 400",
  })
  @Spec("HTTP-07")
  void otherProtocolsGetAPageAndTheEndOfTheConnection(String bytes, int status) throws Exception {
    RawHttp.Answer answer = connection.send(bytes).read();
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("content-type")).isEqualTo("text/html");
    assertThat(connection.atEnd()).isTrue();
  }

  /** A gRPC request that must fail, and how. */
  record Call(String what, PredictRequest request, Status.Code code, String text) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static ModelSpec.Builder half() {
    return ModelSpec.newBuilder().setName("half_plus_two");
  }

  private static PredictRequest good() {
    return x(half(), floats().addFloatVal(1)).build();
  }

  private static PredictRequest.Builder x(ModelSpec.Builder model, TensorProto.Builder tensor) {
    return PredictRequest.newBuilder().setModelSpec(model).putInputs("x", tensor.build());
  }

  private static TensorProto.Builder floats(long... dimensions) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT);
    TensorShapeProto.Builder shape = tensor.getTensorShapeBuilder();
    for (long size : dimensions) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return tensor;
  }

  private static Call call(
      String what, PredictRequest.Builder request, Status.Code code, String text) {
    return new Call(what, request.build(), code, text);
  }

  static Stream<Call> wrongCalls() {
    TensorProto.Builder one = floats().addFloatVal(1);
    TensorProto.Builder text =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_STRING)
            .addStringVal(ByteString.copyFromUtf8("?"));
    ModelSpec.Builder regress = half().setSignatureName("regress_x_to_y");
    return Stream.of(
        call(
            "no model",
            PredictRequest.newBuilder(),
            Status.Code.INVALID_ARGUMENT,
            "Missing ModelSpec"),
        call(
            "unknown model",
            x(half().setName("nope"), one),
            Status.Code.NOT_FOUND,
            "Servable not found for request: Latest(nope)"),
        call(
            "unknown version",
            x(half().setVersion(Int64Value.of(9)), one),
            Status.Code.NOT_FOUND,
            "Servable not found for request: Specific(half_plus_two, 9)"),
        call(
            "unknown label",
            x(half().setVersionLabel("canary"), one),
            Status.Code.INVALID_ARGUMENT,
            "Unrecognized servable version label: canary"),
        call(
            "unknown signature",
            x(half().setSignatureName("nope"), one),
            Status.Code.FAILED_PRECONDITION,
            "Serving signature key \"nope\" not found."),
        call(
            "missing input",
            PredictRequest.newBuilder().setModelSpec(half()),
            Status.Code.INVALID_ARGUMENT,
            "input size does not match signature: 0!=1 len({}) != len({x}). Sent extra: {}. Missing but required: {x}."),
        call(
            "extra input",
            x(half(), one).putInputs("z", one.build()),
            Status.Code.INVALID_ARGUMENT,
            "input size does not match signature: 2!=1 len({x,z}) != len({x}). Sent extra: {z}. Missing but required: {}."),
        call(
            "wrong input",
            PredictRequest.newBuilder().setModelSpec(half()).putInputs("y", one.build()),
            Status.Code.INVALID_ARGUMENT,
            "Signature input alias: x(feed name: x:0) not found in request and no default value provided."),
        call(
            "string for float",
            x(half(), text),
            Status.Code.INVALID_ARGUMENT,
            "to be float but string is provided"),
        call(
            "bool for float",
            x(half(), TensorProto.newBuilder().setDtype(DataType.DT_BOOL).addBoolVal(true)),
            Status.Code.INVALID_ARGUMENT,
            "to be float but bool is provided"),
        call(
            "no type",
            x(half(), TensorProto.newBuilder()),
            Status.Code.INVALID_ARGUMENT,
            "tensor parsing error: x"),
        call(
            "negative dimension",
            x(half(), floats(-1)),
            Status.Code.INVALID_ARGUMENT,
            "tensor parsing error: x"),
        call(
            "content too short",
            x(half(), floats(2).setTensorContent(ByteString.copyFromUtf8("1234"))),
            Status.Code.INVALID_ARGUMENT,
            "tensor parsing error: x"),
        call(
            "no example",
            PredictRequest.newBuilder().setModelSpec(regress).putInputs("inputs", text.build()),
            Status.Code.INVALID_ARGUMENT,
            "Could not parse example input"),
        call(
            "tensor beyond its limit",
            x(half(), floats(30_000).addFloatVal(1)),
            Status.Code.RESOURCE_EXHAUSTED,
            "tensor for input \"x\" would take 120000 bytes"),
        call(
            "unknown output",
            x(half(), one).addOutputFilter("z"),
            Status.Code.INVALID_ARGUMENT,
            "output tensor alias not found in signature: z Outputs expected to be in the set {y}."));
  }

  @ParameterizedTest
  @MethodSource("wrongCalls")
  @Spec({"L01", "P08", "P13"})
  void wrongCall(Call call) {
    assertFails(() -> server.predictions().predict(call.request()), call.code(), call.text());
  }

  @Test
  void bytesThatAreNoMessageAreRefused() {
    assertFails(
        () -> RawCall.predict(server, new byte[] {0x0a, 0x7f, 1}),
        Status.Code.INVALID_ARGUMENT,
        "Malformed PredictRequest");
  }

  @Test
  @Spec({"L02", "MS-1"})
  void statusWithoutAModelIsRefused() {
    assertFails(
        () -> server.models().getModelStatus(GetModelStatusRequest.getDefaultInstance()),
        Status.Code.INVALID_ARGUMENT,
        "Missing ModelSpec");
  }

  @Test
  void emptyMessageIsOneWithoutAModel() {
    assertFails(
        () -> RawCall.predict(server, new byte[0]),
        Status.Code.INVALID_ARGUMENT,
        "Missing ModelSpec");
  }

  @Test
  void unknownMethodIsUnimplemented() {
    assertFails(
        () -> RawCall.call(server, "Predcit", new byte[0]),
        Status.Code.UNIMPLEMENTED,
        "Method not found: tensorflow.serving.PredictionService/Predcit");
  }

  /** HTTP/1.1 at the gRPC port: the connection ends, no other does. */
  @Test
  @Spec("DOC-12")
  void restRequestAtTheGrpcPortEndsItsConnection() throws Exception {
    try (RawHttp lost = new RawHttp(server.server().grpcPort())) {
      lost.sendIfOpen(GOOD.getBytes(StandardCharsets.US_ASCII));
      while (!lost.atEnd()) {
        assertThat(lost).isNotNull(); // reads what the server says until it closes
      }
    }
  }

  private static void assertFails(ThrowingCallable call, Status.Code code, String text) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            failure -> {
              assertThat(failure.getStatus().getDescription()).contains(text);
              assertThat(failure.getStatus().getCode()).isEqualTo(code);
            });
    PredictResponse next = server.predictions().predict(good()); // on the same connection
    assertThat(next.getOutputsOrThrow("y").getFloatVal(0)).isEqualTo(3.5f);
  }
}
