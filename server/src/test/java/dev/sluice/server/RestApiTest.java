package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client sees at the REST port, over real sockets. */
class RestApiTest {

  private static TestServer server;

  @BeforeAll
  static void start(@TempDir Path models) throws Exception {
    // Version 123 is y = x/2 + 2; 124 is y = x/2 + 3.
    Path base = models.resolve("half_plus_two");
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, base, 123);
    Models.copyVersion(Models.HALF_PLUS_TWO, 2, base, 124);
    Models.copyTo(models, Models.IDENTITY);
    Models.copyTo(models, Models.STRINGS);
    Models.copyTo(models, Models.SLOW);
    Path config = models.resolve("models.config");
    java.nio.file.Files.writeString(
        config,
        """
        model_config_list {
          config { name: "half_plus_two" base_path: "%1$s/half_plus_two" model_platform: "tensorflow"
                   model_version_policy { all {} } }
          config { name: "identity" base_path: "%1$s/identity" model_platform: "tensorflow" }
          config { name: "slow" base_path: "%1$s/slow" model_platform: "tensorflow" }
          config { name: "strings" base_path: "%1$s/strings" model_platform: "tensorflow" }
        }
        """
            .formatted(models));
    server =
        TestServer.start(
            "--model_config_file=" + config,
            "--rest_api_max_body_bytes=1000000",
            "--rest_error_hints=false");
    server.settled("half_plus_two", 2);
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  private static final String HALF = "/v1/models/half_plus_two/versions/123:predict";

  private static void assertJson(HttpResponse<String> response, int status, String body) {
    assertThat(response.body()).isEqualTo(body);
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
  }

  private static String error(String message) {
    return "{\n    \"error\": \"" + message + "\"\n}";
  }

  @Test
  @Spec("P1")
  void rowFormatAnswersPredictions() throws Exception {
    assertJson(
        server.post(HALF, "{\"instances\": [1.0, 2.0, 5.0]}"),
        200,
        "{\n    \"predictions\": [2.5, 3.0, 4.5\n    ]\n}");
  }

  @Test
  @Spec("P2")
  void columnarFormatAnswersOutputs() throws Exception {
    assertJson(
        server.post(HALF, "{\"signature_name\": \"serving_default\", \"inputs\": [3.0, 4.0]}"),
        200,
        "{\n    \"outputs\": [\n        3.5,\n        4.0\n    ]\n}");
  }

  @Test
  void newestVersionAnswersWhereNoneIsNamed() throws Exception {
    assertJson(
        server.post("/v1/models/half_plus_two:predict", "{\"instances\": [1.0]}"),
        200,
        "{\n    \"predictions\": [3.5\n    ]\n}");
  }

  @Test
  void severalOutputsAndBytesAnswerAsObjects() throws Exception {
    HttpResponse<String> response =
        server.post("/v1/models/strings:predict", "{\"instances\": [{\"text\": \"hi\"}]}");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body())
        .contains("\"upper\": \"HI\"")
        .contains("\"raw_bytes\": {")
        .contains("\"b64\": \"aGk=\"");
  }

  @Test
  @Spec({"REST-P11", "S3", "E13", "E17"})
  void unknownModelAndVersionAreNotFound() throws Exception {
    String body = "{\"instances\": [1.0]}";
    assertJson(
        server.post("/v1/models/half:predict", body),
        404,
        error("Servable not found for request: Latest(half)"));
    assertJson(
        server.post("/v1/models/half_plus_two/versions/9:predict", body),
        404,
        error("Servable not found for request: Specific(half_plus_two, 9)"));
    assertJson(
        server.get("/v1/models/nope"), 404, error("Could not find any versions of model nope"));
  }

  @Test
  @Spec({"REST-P12", "E14"})
  void unknownLabelIsABadRequestEvenForAnUnknownModel() throws Exception {
    assertJson(
        server.post("/v1/models/half/labels/canary:predict", "{\"instances\": [1.0]}"),
        400,
        error("Unrecognized servable version label: canary"));
  }

  @Test
  @Spec({"REST-P13", "REST-P14", "REST-P15", "E21", "E42", "E10"})
  void mistakesInTheBodyHaveTheReferencesTexts() throws Exception {
    assertJson(
        server.post(HALF, "{\"signature_name\": \"nope\", \"instances\": [1.0]}"),
        400,
        error("Serving signature name: \\\"nope\\\" not found in signature def"));
    assertJson(
        server.post(HALF, "{\"inputs\": {\"y\": [1.0]}}"),
        400,
        error("Missing named input: x in 'inputs' object."));
    assertJson(server.post(HALF, ""), 400, error("JSON Parse error: The document is empty"));
  }

  @Test
  void syntaxIsCheckedBeforeTheModelAndTheModelBeforeTheValues() throws Exception {
    assertThat(server.post("/v1/models/nope:predict", "{\"instances\": [1.0").statusCode())
        .isEqualTo(400);
    assertThat(server.post("/v1/models/nope:predict", "{\"instances\": {}}").statusCode())
        .isEqualTo(404);
  }

  @Test
  void failureOfTheRunKeepsItsCodeAndText() throws Exception {
    HttpResponse<String> response =
        server.post(
            "/v1/models/half_plus_two:predict",
            "{\"signature_name\": \"regress_x_to_y\", \"inputs\": [\"not an example\"]}");
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("Could not parse example input");
  }

  @Test
  @Spec({"S1", "S2", "S4", "E02"})
  void statusListsVersionsNewestFirst() throws Exception {
    HttpResponse<String> all = server.get("/v1/models/half_plus_two");
    assertThat(all.statusCode()).isEqualTo(200);
    assertThat(all.body().replaceAll("\\s", ""))
        .isEqualTo(
            ("{'model_version_status':[{'version':'124','state':'AVAILABLE','status':"
                    + "{'error_code':'OK','error_message':''}},{'version':'123','state':'AVAILABLE',"
                    + "'status':{'error_code':'OK','error_message':''}}]}")
                .replace('\'', '"'));
    assertThat(server.get("/v1/models/half_plus_two/versions/123").body())
        .contains("\"123\"")
        .doesNotContain("\"124\"");
    assertJson(
        server.get("/v1/models/half_plus_two/versions/99"),
        404,
        error("Could not find version 99 of model half_plus_two"));
    assertJson(server.get("/v1/models/labels/x"), 400, error("Missing model name in request."));
  }

  @Test
  @Spec({"M1", "M3", "M4"})
  void metadataShowsSignatures() throws Exception {
    HttpResponse<String> response = server.get("/v1/models/half_plus_two/metadata");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body().replaceAll("\\s", ""))
        .contains(
            "\"model_spec\":{\"name\":\"half_plus_two\",\"version\":\"124\",\"signature_name\":\"\"}")
        .contains("\"metadata\":{\"signature_def\":{\"signature_def\":{")
        .contains("\"serving_default\":{\"inputs\":{\"x\":{\"name\":\"x:0\",\"dtype\":\"DT_FLOAT\"")
        .contains("\"defaults\":{}")
        .doesNotContain("@type");
    assertJson(
        server.get("/v1/models/half_plus_two/versions/9/metadata"),
        404,
        error("Servable not found for request: Specific(half_plus_two, 9)"));
    assertJson(
        server.get("/v1/models/half_plus_two/labels/nope/metadata"),
        400,
        error("Unrecognized servable version label: nope"));
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v1/",
    "GET, /v1/foo",
    "GET, /v1/models/m/",
    "GET, /v1/models/half_plus_two:predict",
    "POST, /v1/models/half_plus_two",
    "POST, /v1/models/half_plus_two:Predict",
    "POST, /v1/models/m/versions/1/labels/x:predict",
    "PUT, /v1/models/half_plus_two",
    "DELETE, /v1/models/half_plus_two",
  })
  void otherMethodsAndPathsAreMalformed(String method, String path) throws Exception {
    HttpResponse<String> response =
        server.send(
            HttpRequest.newBuilder(server.uri(path))
                .method(method, HttpRequest.BodyPublishers.ofString("{}")));
    assertJson(response, 400, error("Malformed request: " + method + " " + path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/v1", "/index.html", "/v2/models"})
  void pathOutsideTheApiIsAPageNotFound(String path) throws Exception {
    HttpResponse<String> response = server.get(path);
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("text/html");
    assertThat(response.body()).contains("<H1>Not Found</H1>");
  }

  @Test
  void versionThatIsNoNumberOfSixtyFourBitsIsNamed() throws Exception {
    assertJson(
        server.get("/v1/models/m/versions/99999999999999999999"),
        400,
        error("Failed to convert version: 99999999999999999999 to numeric."));
  }

  @Test
  void encodedNamesAreDecoded() throws Exception {
    assertJson(
        server.get("/v1/models/a%2Fb"), 404, error("Could not find any versions of model a/b"));
    assertThat(server.get("/v1/models/half%5Fplus_two?verbose=1").statusCode()).isEqualTo(200);
  }

  @Test
  void bodyBeyondTheLimitIsRefusedAndTheServerGoesOn() throws Exception {
    String large = "{\"instances\": [" + "1.0,".repeat(300_000) + "1.0]}";
    HttpResponse<String> refused = server.post(HALF, large);
    assertThat(refused.statusCode()).isEqualTo(413);
    assertThat(refused.body()).contains("larger than 1000000 bytes");
    assertThat(server.post(HALF, "{\"instances\": [1.0]}").statusCode()).isEqualTo(200);
  }

  @Test
  void bodyLargerThanTheEventLoopDecodesAnswersAllTheSame() throws Exception {
    String large = "{\"instances\": [" + "1.0, ".repeat(99_999) + "1.0]}";
    HttpResponse<String> response = server.post(HALF, large);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body().split(",")).hasSize(100_000);
  }

  @Test
  void gzippedBodyIsUnpacked() throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write("{\"instances\": [2.0]}".getBytes(StandardCharsets.UTF_8));
    }
    HttpResponse<String> response =
        server.send(
            HttpRequest.newBuilder(server.uri(HALF))
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(packed.toByteArray())));
    assertJson(response, 200, "{\n    \"predictions\": [3.0\n    ]\n}");
  }

  @Test
  void brokenGzipIsABadRequest() throws Exception {
    HttpResponse<String> response =
        server.send(
            HttpRequest.newBuilder(server.uri(HALF))
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofString("{\"instances\": [2.0]}")));
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("\"error\"");
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrderOnOneConnection() throws Exception {
    StringBuilder requests = new StringBuilder();
    int count = 2000;
    for (int i = 0; i < count; i++) {
      String body = "{\"instances\": [" + 2 * i + ".0]}";
      requests.append(
          i % 2 == 0
              ? "POST "
                  + HALF
                  + " HTTP/1.1\r\nHost: x\r\nContent-Length: "
                  + body.length()
                  + "\r\n\r\n"
                  + body
              : "GET /v1/models/unknown" + i + " HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    String last = "GET /v1/models/half_plus_two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    String answers = exchange(requests + last);
    int at = 0;
    for (int i = 0; i < count; i++) {
      String expected = i % 2 == 0 ? "\"predictions\": [" + (i + 2) : "of model unknown" + i + "\"";
      int next = answers.indexOf(expected, at);
      assertThat(next).as("answer %d", i).isGreaterThanOrEqualTo(at);
      at = next;
    }
    assertThat(answers.split("HTTP/1.1 ", -1)).hasSize(count + 2);
  }

  @Test
  void oldClientWithoutKeepAliveIsClosed() throws Exception {
    String answer = exchange("GET /v1/models/half_plus_two HTTP/1.0\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 200 OK").containsIgnoringCase("connection: close");
  }

  @Test
  void answerInFlightComesBeforeTheRefusalOfTheNextRequest() throws Exception {
    String slow = "{\"inputs\": 300}";
    String refused = "not gzip at all";
    String answers =
        exchange(
            "POST /v1/models/slow:predict HTTP/1.1\r\nHost: x\r\nContent-Length: "
                + slow.length()
                + "\r\n\r\n"
                + slow
                + "POST /v1/models/slow:predict HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n"
                + "Connection: close\r\n"
                + "Content-Length: "
                + refused.length()
                + "\r\n\r\n"
                + refused);
    assertThat(answers).startsWith("HTTP/1.1 200 OK").contains("\"outputs\": 300");
    assertThat(answers.indexOf("HTTP/1.1 400")).isGreaterThan(answers.indexOf("300"));
  }

  /**
   * What the server holds for a client that asks and never reads is bounded, and others are served.
   */
  @Test
  void clientThatNeverReadsIsNotReadEither() throws Exception {
    byte[] requests =
        "GET /v1/models/half_plus_two/metadata HTTP/1.1\r\nHost: x\r\n\r\n"
            .repeat(1000)
            .getBytes(StandardCharsets.US_ASCII);
    try (SocketChannel deaf =
        SocketChannel.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), server.restPort()))) {
      deaf.configureBlocking(false);
      long sent = 0;
      int refusedInARow = 0;
      while (refusedInARow < 200) {
        int written = deaf.write(ByteBuffer.wrap(requests));
        sent += written;
        refusedInARow = written == 0 ? refusedInARow + 1 : 0;
        if (written == 0) {
          LockSupport.parkNanos(5_000_000);
        }
        assertThat(sent).as("bytes taken from a client that reads nothing").isLessThan(64 << 20);
      }
      assertThat(server.get("/v1/models/half_plus_two").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void dateHasTwoDigitsForTheDay() throws Exception {
    assertThat(server.get("/v1/models/half_plus_two").headers().firstValue("Date").orElseThrow())
        .matches("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT");
  }

  @Test
  void targetThatIsNoUrlIsAPageAndEndsTheConnection() throws Exception {
    for (String target : List.of("/v1/models/%zz", "/v1/models/x[1]", "/v1/models/\"")) {
      assertThat(exchange("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n"))
          .startsWith("HTTP/1.1 400")
          .contains("text/html");
    }
  }

  @Test
  void gibberishEndsTheConnectionOnly() throws Exception {
    assertThat(exchange("\u0001\u0002 what is this\r\n\r\n")).startsWith("HTTP/1.1 400");
    assertThat(server.get("/v1/models/half_plus_two").statusCode()).isEqualTo(200);
  }

  @Test
  void unknownMethodIsNotImplemented() throws Exception {
    assertThat(exchange("BREW /v1/models/half_plus_two HTTP/1.1\r\nHost: x\r\n\r\n"))
        .startsWith("HTTP/1.1 501");
  }

  /** Sends bytes as they are and reads until the server closes. */
  private static String exchange(String request) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.restPort())) {
      socket.setSoTimeout(60_000);
      OutputStream out = socket.getOutputStream();
      Thread writer =
          Thread.startVirtualThread(() -> {
            try {
              out.write(request.getBytes(StandardCharsets.ISO_8859_1));
              out.flush();
            } catch (java.io.IOException closed) {
              // the server answered early and closed: what it said is read below
            }
          });
      InputStream in = socket.getInputStream();
      String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      writer.join();
      return answer;
    }
  }
}
