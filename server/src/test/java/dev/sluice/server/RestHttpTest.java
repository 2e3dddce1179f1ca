package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the REST port speaks HTTP, on sockets where each byte is the test's own. */
class RestHttpTest {

  private static final String HALF = "/v1/models/half_plus_two:predict";
  private static final String SLOW = "/v1/models/slow:predict";
  private static final String STATUS = "/v1/models/half_plus_two";
  private static final String BODY = "{\"instances\": [1.0]}";

  private static TestServer server;
  private RawHttp connection;

  @BeforeAll
  static void start(@TempDir Path models) throws Exception {
    Models.copyTo(models, Models.HALF_PLUS_TWO);
    Models.copyTo(models, Models.SLOW);
    String config = TestServer.modelConfig(models, "half_plus_two", "slow");
    server = TestServer.start(config, "--rest_api_timeout_in_ms=20000");
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @BeforeEach
  void connect() throws Exception {
    connection = new RawHttp(server.restPort());
  }

  @AfterEach
  void disconnect() throws Exception {
    connection.close();
  }

  private RawHttp.Answer ask(String request) throws Exception {
    return connection.send(request).read();
  }

  private void assertStays() throws Exception {
    assertThat(ask(RawHttp.post(HALF, BODY)).text()).contains("[3.5");
  }

  @Test
  @Spec("HTTP-03")
  void chunkedBodyIsReadHoweverItIsCut() throws Exception {
    connection.send(
        "POST " + HALF + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"in");
    connection.send("\r\n10\r\nstances\": [1.0]}\r\n");
    assertThat(ask("0\r\nX-Trailer: yes\r\n\r\n").text()).contains("[3.5");
    assertStays();
  }

  @Test
  @Spec("HTTP-03")
  void postWithoutLengthHasAnEmptyBody() throws Exception {
    RawHttp.Answer answer = ask("POST " + HALF + " HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("JSON Parse error: The document is empty");
    assertStays();
  }

  @Test
  @Spec({"HTTP-04", "HTTP-12"})
  void connectionPersistsAndAnswersHaveTheirHeaders() throws Exception {
    for (String request :
        List.of(
            RawHttp.post(HALF, BODY),
            RawHttp.post(HALF, ""),
            RawHttp.post("/v1/models/nope:predict", BODY),
            RawHttp.get(STATUS))) {
      RawHttp.Answer answer = ask(request);
      assertThat(answer.statusLine()).startsWith("HTTP/1.1 ");
      assertThat(answer.headers()).containsOnlyKeys("content-type", "date", "content-length");
      assertThat(answer.header("content-type")).isEqualTo("application/json");
    }
    assertStays();
  }

  @Test
  @Spec("HTTP-05")
  void oldClientIsClosedUnlessItAsksToStay() throws Exception {
    RawHttp.Answer stays = ask("GET " + STATUS + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assertThat(stays.header("connection")).isEqualTo("keep-alive");
    RawHttp.Answer ends = ask("GET " + STATUS + " HTTP/1.0\r\n\r\n");
    assertThat(ends.status()).isEqualTo(200);
    assertThat(connection.atEnd()).isTrue();
  }

  @Test
  @Spec("HTTP-06")
  void wishToCloseIsHonouredAndEchoed() throws Exception {
    RawHttp.Answer answer = ask(RawHttp.request("POST", HALF, "Connection: close\r\n", BODY));
    assertThat(answer.text()).contains("[3.5");
    assertThat(answer.header("connection")).isEqualTo("close");
    assertThat(connection.atEnd()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /, 404",
    "GET, /v1, 404",
    "GET, /monitoring/prometheus/metrics, 404",
    "GET, /v1/models/x[1], 400",
    "GET, /v1/models/%zz, 400",
    "GET, '/v1/models/\"', 400",
    "TRACE, /v1/models/half_plus_two, 501",
    "CONNECT, /v1/models/half_plus_two, 501",
    "BREW, /, 501",
    "get, /v1/models/half_plus_two, 501",
  })
  @Spec({"HTTP-07", "HTTP-14", "HTTP-15", "HTTP-16", "HTTP-17", "X3"})
  void requestThatIsNoneOfTheApiGetsAPageAndTheEnd(String method, String target, int status)
      throws Exception {
    RawHttp.Answer answer = ask(method + " " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("content-type")).isEqualTo("text/html");
    assertThat(answer.header("connection")).isEqualTo("close");
    assertThat(answer.text()).startsWith("<HTML><HEAD>\n<TITLE>" + status + " ");
    assertThat(connection.atEnd()).isTrue();
  }

  @Test
  @Spec("O2")
  void preflightIsAnsweredWithoutCorsHeadersWhereTheyAreOff() throws Exception {
    RawHttp.Answer answer =
        ask(RawHttp.request("OPTIONS", HALF, "Origin: https://a.example\r\n", ""));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers()).containsOnlyKeys("content-type", "date", "content-length");
    assertThat(answer.body()).isEmpty();
    assertStays();
  }

  @Test
  @Spec("HTTP-08")
  void answersComeInTheOrderOfTheRequests() throws Exception {
    connection.send(
        RawHttp.post(SLOW, "{\"inputs\": 200}")
            + RawHttp.post(HALF, BODY)
            + RawHttp.get("/v1/models/nope")
            + RawHttp.post(SLOW, "{\"inputs\": 1}"));
    assertThat(connection.read().text()).contains("\"outputs\": 200");
    assertThat(connection.read().text()).contains("[3.5");
    assertThat(connection.read().status()).isEqualTo(404);
    assertThat(connection.read().text()).contains("\"outputs\": 1");
  }

  @Test
  @Spec("HTTP-09")
  void clientThatWaitsToBeToldIsToldOnce() throws Exception {
    String head =
        "POST "
            + HALF
            + " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 20\r\n\r\n";
    assertThat(ask(head).statusLine()).isEqualTo("HTTP/1.1 100 Continue");
    assertThat(ask(BODY).text()).contains("[3.5");
    assertThat(ask(head + BODY).text()).as("body sent along").contains("[3.5");
    assertStays();
  }

  /** The interim answer would be taken for the answer that is under way. */
  @Test
  @Spec("HTTP-09")
  void clientIsNotToldToContinueBeforeItsEarlierRequestIsAnswered() throws Exception {
    connection.send(
        RawHttp.post(SLOW, "{\"inputs\": 200}")
            + "POST "
            + HALF
            + " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 20\r\n\r\n");
    assertThat(connection.read().text()).contains("\"outputs\": 200");
    assertThat(connection.read().statusLine()).isEqualTo("HTTP/1.1 100 Continue");
    assertThat(ask(BODY).text()).contains("[3.5");
  }

  @Test
  @Spec("HTTP-10")
  void oddExpectationGetsItsPageInItsTurn() throws Exception {
    connection.send(
        RawHttp.post(SLOW, "{\"inputs\": 200}")
            + RawHttp.request("POST", HALF, "Expect: a miracle\r\n", BODY));
    assertThat(connection.read().text()).contains("\"outputs\": 200");
    RawHttp.Answer refused = connection.read();
    assertThat(refused.status()).isEqualTo(417);
    assertThat(refused.text()).contains("<H1>Expectation Failed</H1>");
    assertThat(connection.atEnd()).isTrue();
  }

  @Test
  @Spec("HTTP-10")
  void expectationWithoutABodyIsIgnored() throws Exception {
    assertThat(ask("GET " + STATUS + " HTTP/1.1\r\nHost: x\r\nExpect: a miracle\r\n\r\n").status())
        .isEqualTo(200);
    assertStays();
  }

  @Test
  @Spec({"HTTP-13", "UP-02"})
  void headHasALengthAndNoBody() throws Exception {
    connection.send("HEAD " + STATUS + " HTTP/1.1\r\nHost: x\r\n\r\n");
    RawHttp.Answer answer = connection.readHead();
    assertThat(answer.status()).isEqualTo(400);
    assertThat(Integer.parseInt(answer.header("content-length"))).isPositive();
    assertStays();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GZIP", "deflate", "br", "zstd", "identity", "nonsense"})
  @Spec("HTTP-20")
  void otherEncodingsAreNotDecoded(String encoding) throws Exception {
    String header = "Content-Encoding: " + encoding + "\r\n";
    assertThat(ask(RawHttp.request("POST", HALF, header, BODY)).text()).contains("[3.5");
    RawHttp.Answer raw = ask(RawHttp.request("POST", HALF, header, "\u001f not JSON"));
    assertThat(raw.status()).isEqualTo(400);
    assertThat(raw.text()).contains("JSON Parse error: Invalid value. at offset: 0");
  }

  @Test
  @Spec("HTTP-28")
  void clientThatEndsItsSendingSideGetsItsAnswers() throws Exception {
    connection.send(RawHttp.post(SLOW, "{\"inputs\": 300}") + RawHttp.post(HALF, BODY));
    connection.endSending();
    assertThat(connection.read().text()).contains("\"outputs\": 300");
    assertThat(connection.read().text()).contains("[3.5");
    assertThat(connection.atEnd()).isTrue();
  }

  @Test
  @Spec("HTTP-28")
  void clientThatEndsItsSendingSideWithinARequestIsClosed() throws Exception {
    connection.send("POST " + HALF + " HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{\"ins");
    connection.endSending();
    assertThat(connection.atEnd()).isTrue();
  }

  @Test
  @Spec({"HTTP-23", "HTTP-24", "HTTP-25", "HTTP-27"})
  void urlsMatchInAnyCaseAsFarAsTheReferenceDoes() throws Exception {
    assertThat(ask(RawHttp.get("/V1/Models/half_plus_two/Versions/002")).text())
        .contains("\"version\": \"2\"");
    assertThat(ask(RawHttp.get("/v1/models/Half_plus_two")).text())
        .contains("Could not find any versions of model Half_plus_two");
    assertThat(ask(RawHttp.get("/v1/models/metadata")).text())
        .contains("Could not find any versions of model metadata");
    assertThat(ask(RawHttp.get("/v1/models/half_plus_two/METADATA")).text())
        .contains("model_version_status");
    assertThat(ask(RawHttp.post("/v1/models/half_plus_two:Predict", BODY)).status()).isEqualTo(400);
    for (String nameless : List.of("/v1/models/versions/1", "/v1/models/labels/x")) {
      assertThat(ask(RawHttp.get(nameless)).text()).contains("Missing model name in request.");
    }
  }

  @Test
  @Spec({"HTTP-26", "DOC-09"})
  void namesAndLabelsAreDecodedAfterMatching() throws Exception {
    assertThat(ask(RawHttp.get("/v1/models/a%2Fb%3Ac+d")).text())
        .contains("Could not find any versions of model a/b:c+d");
    assertThat(
            ask(RawHttp.post("/v1/models/half_plus_two/labels/caf%C3%A9%2F1:predict", BODY)).text())
        .contains("Unrecognized servable version label: café/1");
  }

  @Test
  @Spec({"HTTP-21", "E85"})
  void runBeyondTheTimeTheClientGivesIsEnded() throws Exception {
    String header = "X-Sluice-Timeout-Ms: 100\r\n";
    RawHttp.Answer late = ask(RawHttp.request("POST", SLOW, header, "{\"inputs\": 10000}"));
    assertThat(late.status()).isEqualTo(504);
    assertThat(late.text()).contains("Timed out waiting for notification");
    for (String wrong : List.of("0", "-1", "1.5", "soon", "1000000000000", "")) {
      RawHttp.Answer refused =
          ask(RawHttp.request("POST", HALF, "X-Sluice-Timeout-Ms: " + wrong + "\r\n", BODY));
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.text())
          .contains("X-Sluice-Timeout-Ms is \\\"" + wrong + "\\\", expected milliseconds");
    }
    assertStays();
  }

  @Test
  @Spec({"HTTP-30", "E12"})
  void errorBodyHasOneMemberAndItsEscapes() throws Exception {
    RawHttp.Answer answer =
        ask(RawHttp.post("/v1/models/nope:predict", "[\"\\u0001 \\b\\f\\n\\r\\t / \\\" \\\\ é\"]"));
    assertThat(new String(answer.body(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\n    \"error\": \"JSON Value: [\\\"\\\\u0001 \\\\b\\\\f\\\\n\\\\r\\\\t / \\\\\\\" \\\\\\\\ é\\\"]"
                + " Is not object\"\n}");
  }
}
