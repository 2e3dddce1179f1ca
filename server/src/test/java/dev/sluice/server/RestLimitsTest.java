package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Sluice adds to the REST API of the reference, and the limits it sets, over real sockets. */
class RestLimitsTest {

  private static final String HALF = "/v1/models/half_plus_two:predict";
  private static final String BODY = "{\"instances\": [1.0]}";

  private static TestServer server;
  private RawHttp connection;

  @BeforeAll
  static void start(@TempDir Path models) throws Exception {
    Models.copyTo(models, Models.HALF_PLUS_TWO);
    Models.copyTo(models, Models.IDENTITY);
    Models.copyTo(models, Models.GATE);
    Files.createDirectory(models.resolve("empty"));
    String config = TestServer.modelConfig(models, "half_plus_two", "identity", "gate", "empty");
    server =
        TestServer.start(
            config,
            "--rest_api_enable_cors_support",
            "--rest_api_max_header_bytes=8192",
            "--rest_api_max_inflated_bytes=20000000",
            "--rest_api_receive_timeout_seconds=2",
            "--rest_api_min_receive_bytes_per_second=512",
            "--rest_api_idle_timeout_seconds=2",
            "--rest_api_gzip_min_bytes=10000",
            "--rest_api_cancel_on_close");
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
    assertThat(server.post(HALF, BODY).body()).as("another client").contains("[3.5");
  }

  private RawHttp.Answer ask(String request) throws Exception {
    return connection.send(request).read();
  }

  private RawHttp.Answer askPacked(String encoding, byte[] packed) throws Exception {
    String headers =
        "Content-Encoding: " + encoding + "\r\nContent-Length: " + packed.length + "\r\n\r\n";
    return connection
        .send("POST " + HALF + " HTTP/1.1\r\nHost: x\r\n" + headers)
        .sendIfOpen(packed)
        .read();
  }

  private static byte[] gzip(String text) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(text.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException impossible) {
      throw new AssertionError(impossible);
    }
    return packed.toByteArray();
  }

  private static void assertRefused(RawHttp.Answer answer, int status, String... parts) {
    assertThat(answer.text()).startsWith("{\n    \"error\": \"").contains(parts);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    assertThat(answer.header("connection")).isEqualTo("close");
  }

  private static void assertCors(RawHttp.Answer answer) {
    assertThat(answer.header("access-control-allow-origin")).isEqualTo("*");
    assertThat(answer.header("access-control-allow-methods")).isEqualTo("POST, GET");
    assertThat(answer.header("access-control-allow-headers")).isEqualTo("Content-Type");
    assertThat(answer.headers()).doesNotContainKeys("vary", "access-control-max-age");
  }

  @Test
  @Spec({"O1", "O3", "UP-01"})
  @Proves("--rest_api_enable_cors_support")
  void everyAnswerOfTheApiMayBeReadByScriptsOfAnyOrigin() throws Exception {
    RawHttp.Answer preflight =
        ask(RawHttp.request("OPTIONS", HALF, "Origin: https://a.example\r\n", ""));
    assertCors(preflight);
    assertThat(preflight.status()).isEqualTo(200);
    assertThat(preflight.header("content-length")).isEqualTo("0");
    RawHttp.Answer noOrigin = ask(RawHttp.request("OPTIONS", HALF, "", ""));
    assertCors(noOrigin);
    assertThat(noOrigin.status()).isEqualTo(400);
    assertThat(noOrigin.text()).contains("Origin header is missing in CORS preflight");
    assertCors(ask(RawHttp.post(HALF, BODY)));
    assertCors(ask(RawHttp.post(HALF, "")));
    assertCors(ask(RawHttp.get("/v1/nonsense")));
    assertThat(ask(RawHttp.get("/elsewhere")).headers())
        .doesNotContainKey("access-control-allow-origin");
  }

  /** Each such client would hold an answer in memory for ever. */
  @Test
  void clientThatTakesNothingOfItsAnswerIsClosed() throws Exception {
    String large = "{\"instances\": [" + "1.0, ".repeat(3_000_000) + "1.0]}";
    connection.send(RawHttp.post(HALF, large));
    boolean open = true;
    for (int attempt = 0; open && attempt < 3000; attempt++) { // a minute, against hanging
      LockSupport.parkNanos(20_000_000);
      try {
        connection.send("\r\n");
      } catch (IOException closed) {
        open = false;
      }
    }
    assertThat(open).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "x-gzip", "my_gzip", "br, gzip"})
  @Spec({"HTTP-18", "KEEP-08"})
  void whateverContainsTheWordGzipIsInflated(String encoding) throws Exception {
    assertThat(askPacked(encoding, gzip(BODY)).text()).contains("[3.5");
    String large = "{\"instances\": [" + "1.0, ".repeat(99_999) + "1.0]}";
    assertThat(askPacked(encoding, gzip(large)).text().split(",", -1)).hasSize(100_000);
  }

  @Test
  @Spec({"HTTP-19", "UP-04"})
  void brokenGzipSaysSoAndTheConnectionStays() throws Exception {
    byte[] packed = gzip(BODY);
    byte[] wrongSum = packed.clone();
    wrongSum[packed.length - 8] ^= 1;
    byte[] twice = Arrays.copyOf(packed, 2 * packed.length);
    System.arraycopy(packed, 0, twice, packed.length, packed.length);
    for (byte[] broken :
        new byte[][] {
          BODY.getBytes(StandardCharsets.US_ASCII),
          new byte[0],
          Arrays.copyOf(packed, packed.length - 3),
          Arrays.copyOf(packed, packed.length + 3),
          wrongSum,
          twice
        }) {
      RawHttp.Answer answer = askPacked("gzip", broken);
      assertThat(answer.text()).contains("Failed to decompress gzip request body: ");
      assertThat(answer.status()).isEqualTo(400);
    }
    assertThat(ask(RawHttp.post(HALF, BODY)).text()).contains("[3.5");
  }

  @Test
  @Spec("UP-05")
  void bombIsRefusedByItsSizeOrByItsRatio() throws Exception {
    assertRefused(
        askPacked("gzip", gzip(" ".repeat(30_000_000))),
        413,
        "inflates to 30000000 bytes, more than 20000000",
        "--rest_api_max_inflated_bytes");
    connect();
    assertRefused(
        askPacked("gzip", gzip(" ".repeat(19_000_000))),
        413,
        "times its size, more than 500",
        "--rest_api_max_gzip_ratio");
    connect();
    assertThat(askPacked("gzip", gzip(" ".repeat(10_000_000) + BODY)).text())
        .as("at that size any ratio will do")
        .contains("[3.5");
  }

  @Test
  @Spec("UP-05")
  void longUrlAndLongHeadersHaveTheirStatus() throws Exception {
    assertThat(ask(RawHttp.get("/v1/models/" + "m".repeat(7000))).status()).isEqualTo(404);
    assertRefused(
        ask(RawHttp.get("/v1/models/" + "m".repeat(9000))), 414, "--rest_api_max_header_bytes");
    connect();
    String header = "X-Long: " + "h".repeat(9000) + "\r\n";
    assertRefused(
        ask(RawHttp.request("POST", HALF, header, BODY)), 431, "--rest_api_max_header_bytes");
    assertThat(connection.atEnd()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST /v1/mod",
        "POST /v1/models/half_plus_two:predict HTTP/1.1\r\nHost: x\r\n"
            + "Content-Length: 1000\r\n\r\n{"
      })
  @Spec("UP-05")
  void requestThatComesAByteAtATimeIsEnded(String beginning) throws Exception {
    connection.send(beginning);
    Thread drip =
        Thread.startVirtualThread(() -> {
          for (int i = 0; i < 600; i++) {
            connection.sendIfOpen(new byte[] {' '});
            LockSupport.parkNanos(100_000_000);
          }
        });
    assertRefused(
        connection.read(),
        408,
        "did not arrive in time",
        "within 2 s, which --rest_api_receive_timeout_seconds allows",
        "a second more for each 512 bytes");
    drip.interrupt();
  }

  @Test
  @Spec("UP-05")
  void idleConnectionIsClosedInSilence() throws Exception {
    assertThat(ask(RawHttp.post(HALF, BODY)).status()).isEqualTo(200);
    assertThat(connection.atEnd()).isTrue();
  }

  @Test
  @Spec("UP-26")
  void largeAnswerIsCompressedForThoseWhoAsk() throws Exception {
    String large = "{\"instances\": [" + "1.0, ".repeat(99_999) + "1.0]}";
    String plain = ask(RawHttp.post(HALF, large)).text();
    RawHttp.Answer packed =
        ask(RawHttp.request("POST", HALF, "Accept-Encoding: deflate, gzip\r\n", large));
    assertThat(packed.header("content-encoding")).isEqualTo("gzip");
    assertThat(packed.header("vary")).isEqualTo("accept-encoding");
    assertThat(packed.body()).hasSizeLessThan(plain.length() / 10);
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed.body()))) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(plain);
    }
    assertThat(ask(RawHttp.request("POST", HALF, "Accept-Encoding: gzip\r\n", BODY)).headers())
        .as("a small one is not worth it")
        .doesNotContainKeys("content-encoding", "vary");
  }

  @Test
  @Spec("UP-20")
  void modelsAreListedWithTheStatesOfTheirVersions() throws Exception {
    RawHttp.Answer answer = ask(RawHttp.get("/v1/models"));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text().replaceAll("\\s", ""))
        .startsWith(
            ("{'models':[{'name':'empty','model_version_status':[]},{'name':'gate',"
                    + "'model_version_status':[{'version':'1','state':'AVAILABLE','status':"
                    + "{'error_code':'OK','error_message':''}}]},{'name':'half_plus_two',")
                .replace('\'', '"'));
  }

  @Test
  void errorsSayWhatWouldHaveBeenRight() throws Exception {
    String hint = "\\nHint: signature serving_default takes x: float of shape [-1]; for example ";
    for (String body : new String[] {"{\"instances\": [\"one\"]}", "{\"inputs\": {}}", "{}"}) {
      assertThat(ask(RawHttp.post(HALF, body)).text())
          .contains(hint + "{\\\"instances\\\": [1.0]}\"\n}");
    }
    assertThat(ask(RawHttp.post(HALF, "{\"signature_name\": \"nope\", \"inputs\": 1}")).text())
        .contains("\\nHint: the model has the signatures classify_x2_to_y3, classify_x_to_y, ");
    String regress = "{\"signature_name\": \"regress_x_to_y\", \"inputs\": [\"?\"]}";
    assertThat(ask(RawHttp.post(HALF, regress)).text())
        .as("an error of the run")
        .contains("Could not parse example input")
        .contains("\\nHint: signature regress_x_to_y takes inputs: string of shape ");
  }

  @Test
  void sampleOfAHintPasses() throws Exception {
    for (String url : new String[] {HALF, "/v1/models/identity:predict"}) {
      String error = ask(RawHttp.post(url, "{\"inputs\": [[\"?\", 0]]}")).text();
      String sample =
          error
              .substring(error.indexOf("for example ") + 12, error.lastIndexOf("\"\n}"))
              .replace("\\\"", "\"");
      assertThat(ask(RawHttp.post(url, sample)).status()).as(sample).isEqualTo(200);
    }
  }

  /** With the flag, a client that ends its side is gone, and its run is given up. */
  @Test
  void runOfAClientThatLeftIsCancelledWhereTheFlagSaysSo() throws Exception {
    var before = NativeObjects.open();
    connection.send(
        RawHttp.post("/v1/models/gate:predict", "{\"signature_name\": \"hold\", \"inputs\": 1}"));
    while (NativeObjects.open().equals(before)) {
      LockSupport.parkNanos(1_000_000); // until it has its tensors
    }
    connection.endSending();
    assertThat(connection.atEnd()).isTrue();
    server.post("/v1/models/gate:predict", "{\"signature_name\": \"release\", \"inputs\": 1}");
  }
}
