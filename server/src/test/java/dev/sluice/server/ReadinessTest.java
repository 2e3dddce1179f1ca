package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Models;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What health pages say, over both HTTP ports and at each moment of a server's life. */
class ReadinessTest {

  @TempDir private Path models;

  private static RawHttp.Answer get(int port, String path) throws IOException {
    try (RawHttp connection = new RawHttp(port)) {
      return connection.send(RawHttp.get(path)).read();
    }
  }

  private static Struct page(RawHttp.Answer answer) throws IOException {
    Struct.Builder page = Struct.newBuilder();
    JsonFormat.parser().merge(answer.text(), page);
    return page.build();
  }

  private static List<String> waitsFor(RawHttp.Answer answer) throws IOException {
    return page(answer).getFieldsOrThrow("waits_for").getListValue().getValuesList().stream()
        .map(Value::getStringValue)
        .toList();
  }

  private static String phase(RawHttp.Answer answer) throws IOException {
    return page(answer).getFieldsOrThrow("phase").getStringValue();
  }

  /** Asks until the answer has this status. */
  private static RawHttp.Answer await(int port, String path, int status) throws IOException {
    RawHttp.Answer answer = get(port, path);
    for (int i = 0; i < 6000 && answer.status() != status; i++) { // a minute, against hanging
      LockSupport.parkNanos(10_000_000);
      answer = get(port, path);
    }
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    return answer;
  }

  @Test
  void serverThatServesAllItsModelsIsReadyOnBothPorts() throws Exception {
    Path base = Models.copyTo(models, Models.HALF_PLUS_TWO);
    try (TestServer server = TestServer.of("half", base)) {
      for (int port : new int[] {server.restPort(), server.adminPort()}) {
        assertThat(get(port, "/healthz").text()).isEqualTo("{\n  \"alive\": true\n}\n");
        RawHttp.Answer ready = get(port, "/readyz?verbose");
        assertThat(ready.status()).isEqualTo(200);
        assertThat(page(ready).getFieldsOrThrow("ready").getBoolValue()).isTrue();
        assertThat(phase(ready)).isEqualTo("serving");
        assertThat(waitsFor(ready)).isEmpty();
        assertThat(ready.text()).contains("\"state\": \"AVAILABLE\"");
        assertThat(get(port, "/v1/models/half/ready").status()).isEqualTo(200);
        try (RawHttp connection = new RawHttp(port)) {
          connection.send(RawHttp.request("HEAD", "/readyz", "", ""));
          assertThat(connection.readHead().status()).isEqualTo(200);
        }
      }
    }
  }

  @Test
  void modelThatFailedMakesTheServerUnreadyAndThePageSaysWhy() throws Exception {
    Models.copyTo(models, Models.HALF_PLUS_TWO);
    Files.createDirectories(models.resolve("broken/1"));
    String config = TestServer.modelConfig(models, "half_plus_two", "broken");
    try (TestServer server =
        TestServer.start(
            config, "--max_num_load_retries=0", "--version_completeness_check=false")) {
      RawHttp.Answer ready = get(server.adminPort(), "/readyz");
      assertThat(ready.status()).isEqualTo(503);
      assertThat(phase(ready)).isEqualTo("serving");
      assertThat(waitsFor(ready))
          .singleElement()
          .asString()
          .startsWith("model broken: version 1 failed: NOT_FOUND: Specified file path does not");
      for (int port : new int[] {server.restPort(), server.adminPort()}) {
        assertThat(get(port, "/v1/models/half_plus_two/ready").status()).isEqualTo(200);
        RawHttp.Answer broken = get(port, "/v1/models/broken/ready");
        assertThat(broken.status()).isEqualTo(503);
        assertThat(broken.text()).contains("version 1 failed: NOT_FOUND");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/v1/models/half_plus_two/versions/2/ready | 200 | \"ready\": true",
        "/v1/models/half_plus_two/labels/new/ready | 200 | \"ready\": true",
        "/v1/models/half_plus_two/versions/7/ready | 503 | Servable not found for request",
        "/v1/models/half_plus_two/labels/old/ready | 400 | Unrecognized servable version label: old",
        "/v1/models/nope/ready | 404 | Could not find any versions of model nope",
        "/v1/models/ready | 404 | Could not find any versions of model ready",
      })
  void versionsAndLabelsAreLookedUpAsARequestWould(String path, int status, String text)
      throws Exception {
    Path base = Models.copyTo(models, Models.HALF_PLUS_TWO);
    Path config =
        Files.writeString(
            models.resolve("labels.config"),
            "model_config_list { config { name: 'half_plus_two' base_path: '"
                + base
                + "' model_platform: 'tensorflow' version_labels { key: 'new' value: 2 } } }");
    try (TestServer server = TestServer.start("--model_config_file=" + config)) {
      RawHttp.Answer answer = get(server.restPort(), path);
      assertThat(answer.status()).as(answer.text()).isEqualTo(status);
      assertThat(answer.text()).contains(text);
    }
  }

  @Test
  void adminPortAnswersWhileTensorFlowAndModelsAreLoaded() throws Exception {
    Path base = Models.copyTo(models, Models.HALF_PLUS_TWO);
    Path aside = Files.createDirectory(models.resolve("aside"));
    Files.move(base.resolve("2"), aside.resolve("2"));
    Path graph = base.resolve("1/saved_model.pb");
    Files.move(graph, aside.resolve("saved_model.pb"));
    CountDownLatch engine = new CountDownLatch(1);
    int port = FreePort.next();
    CompletableFuture<ModelServer> start =
        CompletableFuture.supplyAsync(() -> start(base, port, engine));
    awaitOpen(port);
    assertThat(get(port, "/healthz").status()).isEqualTo(200);
    RawHttp.Answer starting = get(port, "/readyz");
    assertThat(starting.status()).isEqualTo(503);
    assertThat(phase(starting)).isEqualTo("starting");
    assertThat(waitsFor(starting)).containsExactly("TensorFlow is being loaded");
    assertThat(get(port, "/v1/models/half/ready").text()).contains("TensorFlow is being loaded");
    engine.countDown();
    RawHttp.Answer loading = get(port, "/readyz");
    while (!loading.text().contains("not complete")) {
      LockSupport.parkNanos(10_000_000); // until storage was looked at
      loading = get(port, "/readyz");
    }
    assertThat(loading.status()).isEqualTo(503);
    assertThat(phase(loading)).isEqualTo("loading");
    assertThat(waitsFor(loading))
        .containsExactly(
            "the first models are being loaded, the ports are not open yet",
            "model half: version 1 is not complete yet");
    Files.move(aside.resolve("saved_model.pb"), graph);
    try (ModelServer server = start.get(60, TimeUnit.SECONDS)) {
      assertThat(get(port, "/readyz").status()).isEqualTo(200);
      assertThat(get(server.restPort(), "/readyz").status()).isEqualTo(200);
    }
  }

  private static ModelServer start(Path base, int adminPort, CountDownLatch engine) {
    InetAddress here = InetAddress.getLoopbackAddress();
    InetSocketAddress any = new InetSocketAddress(here, 0);
    try {
      return ModelServer.start(
          TestServer.config(
              "--model_name=half",
              "--model_base_path=" + base,
              "--version_completeness_patience_seconds=600"),
          new Listeners(any, any, null, new InetSocketAddress(here, adminPort)),
          engine::await);
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  private static void awaitOpen(int port) {
    for (int i = 0; i < 6000; i++) {
      try (RawHttp _ = new RawHttp(port)) {
        return;
      } catch (IOException closed) {
        LockSupport.parkNanos(10_000_000);
      }
    }
    throw new AssertionError("the admin port does not open");
  }

  @Test
  void modelThatLosesItsVersionsIsUnreadyUntilItHasOneAgain() throws Exception {
    Path base = Models.copyTo(models, Models.HALF_PLUS_TWO);
    Path aside = Files.createDirectory(models.resolve("aside"));
    try (TestServer server = TestServer.of("half", base, "--version_completeness_check=false")) {
      Files.move(base.resolve("1"), aside.resolve("1"));
      Files.move(base.resolve("2"), aside.resolve("2"));
      RawHttp.Answer gone = await(server.restPort(), "/readyz", 503);
      assertThat(waitsFor(gone)).singleElement().asString().startsWith("model half: ");
      await(server.restPort(), "/v1/models/half/ready", 503);
      Files.move(aside.resolve("1"), base.resolve("1"));
      await(server.restPort(), "/readyz", 200);
    }
  }

  @Test
  void idleConnectionEndsAtAStopAndOneInUseIsToldByItsAnswer() throws Exception {
    Path base = Models.copyTo(models, Models.HALF_PLUS_TWO);
    try (TestServer server = TestServer.of("half", base, "--drain_timeout_seconds=100");
        RawHttp idle = new RawHttp(server.restPort());
        RawHttp half = new RawHttp(server.restPort())) {
      half.send("GET /v1/models/half HTTP/1.1\r\nHost: x\r\n"); // the head is not complete
      assertThat(idle.send(RawHttp.get("/healthz")).read().header("connection")).isEmpty();
      assertThat(server.server().stop()).isTrue();
      assertThat(idle.atEnd()).isTrue();
      assertThat(half.atEnd()).isTrue();
    }
  }

  @Test
  void requestsThatWerePipelinedAreAnsweredBeforeTheEnd() throws Exception {
    Models.copyTo(models, Models.SLOW);
    Models.copyTo(models, Models.HALF_PLUS_TWO);
    String config = TestServer.modelConfig(models, "slow", "half_plus_two");
    try (TestServer server = TestServer.start(config, "--drain_timeout_seconds=100");
        RawHttp client = new RawHttp(server.restPort())) {
      client.send(
          RawHttp.post("/v1/models/slow:predict", "{\"instances\": [1500]}")
              + RawHttp.post("/v1/models/half_plus_two:predict", "{\"instances\": [1.0]}"));
      awaitCalled(server.adminPort());
      CompletableFuture<Boolean> stop = CompletableFuture.supplyAsync(server.server()::stop);
      await(server.adminPort(), "/readyz", 503);
      assertThat(get(server.adminPort(), "/v1/models/slow/ready").text())
          .contains("the server is stopping");
      RawHttp.Answer first = client.read();
      RawHttp.Answer second = client.read();
      assertThat(first.status()).isEqualTo(200);
      assertThat(first.header("connection")).isEmpty();
      assertThat(second.text()).contains("3.5");
      assertThat(second.header("connection")).isEqualTo("close");
      assertThat(stop.get(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static void awaitCalled(int adminPort) throws IOException {
    for (int i = 0; i < 3000; i++) {
      if (get(adminPort, "/v1/models/slow/batching").text().contains("\"running\": 1")) {
        return;
      }
      LockSupport.parkNanos(10_000_000);
    }
    throw new AssertionError("the request does not run");
  }
}
