package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where one request ends and the next begins, for clients that make this hard to say. */
class RestFramingTest {

  private static final String HALF = "/v1/models/half_plus_two:predict";
  private static final String SLOW = "/v1/models/slow:predict";
  private static final String STATUS = "/v1/models/half_plus_two";
  private static final String BODY = "{\"instances\": [1.0]}";
  private static final String EXPECTING =
      "POST " + HALF + " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 20\r\n\r\n";

  private static TestServer server;
  private RawHttp connection;

  @BeforeAll
  static void start(@TempDir Path models) throws Exception {
    Models.copyTo(models, Models.HALF_PLUS_TWO);
    Models.copyTo(models, Models.SLOW);
    String config = TestServer.modelConfig(models, "half_plus_two", "slow");
    server = TestServer.start(config);
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

  @Test
  @Spec({"HTTP-09", "HTTP-13"})
  void headBehindARequestThatWasToldToContinueTakesNoBodyFromIt() throws Exception {
    assertThat(ask(EXPECTING).statusLine()).isEqualTo("HTTP/1.1 100 Continue");
    connection.send(BODY + "HEAD " + STATUS + " HTTP/1.1\r\nHost: x\r\n\r\n" + RawHttp.get(STATUS));
    assertThat(connection.read().text()).contains("[3.5");
    assertThat(connection.readHead().status()).isEqualTo(400);
    assertThat(connection.read().text()).contains("model_version_status");
  }

  @Test
  @Spec("HTTP-18")
  void encodingOfABodyThatIsNotThereIsOfNoInterest() throws Exception {
    assertThat(
            ask("GET " + STATUS + " HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n\r\n")
                .status())
        .isEqualTo(200);
  }

  @Test
  @Spec("HTTP-18")
  void pathIsCheckedBeforeTheBodyIsInflated() throws Exception {
    String gzip = "Content-Encoding: gzip\r\n";
    assertThat(ask(RawHttp.request("POST", "/v1/models/m:Predict", gzip, "no gzip")).text())
        .contains("Malformed request: POST /v1/models/m:Predict");
  }

  @Test
  @Spec("HTTP-16")
  void lengthThatIsNoneIsMalformedWhateverTheClientExpects() throws Exception {
    RawHttp.Answer answer =
        ask(
            "POST "
                + HALF
                + " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: abc\r\n\r\n");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.header("content-type")).isEqualTo("text/html");
  }

  /** Two ways to say where the body ends: what stands between would choose the other. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked, identity\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
      })
  @Spec("HTTP-03")
  void requestWhoseEndIsInDoubtIsTheLastOfItsConnection(String headers) throws Exception {
    String smuggled = RawHttp.get(STATUS);
    connection.send(
        "POST " + HALF + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n0\r\n\r\n" + smuggled);
    RawHttp.Answer answer = connection.read();
    assertThat(answer.status()).as(answer.text()).isBetween(400, 501);
    assertThat(answer.header("connection")).isEqualTo("close");
    assertThat(connection.atEnd()).isTrue();
  }

  /** A client can send more than fits memory if the server reads on while it is busy. */
  @Test
  @Spec("HTTP-08")
  void serverDoesNotReadOnWhileAnEarlierRequestIsUnderWay() throws Exception {
    byte[] request =
        RawHttp.post(HALF, " ".repeat(60_000) + BODY).getBytes(StandardCharsets.US_ASCII);
    int requests = 2000;
    AtomicInteger sent = new AtomicInteger();
    String part = new String(request, 0, 1000, StandardCharsets.US_ASCII);
    connection.send(RawHttp.post(SLOW, "{\"inputs\": 2000}") + part);
    connection.send(Arrays.copyOfRange(request, part.length(), request.length));
    Thread sender =
        Thread.startVirtualThread(() -> {
          while (sent.get() < requests) {
            connection.sendIfOpen(request);
            sent.incrementAndGet();
          }
        });
    assertThat(connection.read().text()).contains("\"outputs\": 2000");
    assertThat(sent).as("of 120 MB, what sockets hold").hasValueLessThan(requests / 2);
    assertThat(connection.read().text()).contains("[3.5");
    connection.close();
    sender.join();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 1000})
  @Spec("HTTP-03")
  void bodyIsTheSameHoweverItIsChunked(int chunk) throws Exception {
    String body = "{\"instances\": [" + "1.0, ".repeat(20_000) + "1.0]}";
    StringBuilder chunks = new StringBuilder();
    for (int at = 0; at < body.length(); at += chunk) {
      String piece = body.substring(at, Math.min(at + chunk, body.length()));
      chunks
          .append(Integer.toHexString(piece.length()))
          .append("\r\n")
          .append(piece)
          .append("\r\n");
    }
    connection.send("POST " + HALF + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    RawHttp.Answer answer = ask(chunks + "0\r\n\r\n");
    assertThat(answer.text().split("3\\.5", -1)).hasSize(20_002);
    assertThat(ask(RawHttp.get(STATUS)).status()).isEqualTo(200);
  }

  @Test
  @Spec("HTTP-16")
  void chunkWithoutALengthIsMalformed() throws Exception {
    RawHttp.Answer answer =
        ask("POST " + HALF + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(connection.atEnd()).isTrue();
  }
}
