package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.server.config.Hosting;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Models;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Vertex AI's contract with a container, over sockets. */
class VertexAiTest {

  private static final String HEALTH = "/v1/endpoints/7/deployedModels/9";
  private static final String PREDICT = HEALTH + ":predict";

  private static Map<String, String> environment(Path storage) {
    return Map.of(
        "AIP_MODE",
        "PREDICTION",
        "AIP_HTTP_PORT",
        "8080",
        "AIP_HEALTH_ROUTE",
        HEALTH,
        "AIP_PREDICT_ROUTE",
        PREDICT,
        "AIP_STORAGE_URI",
        storage.toString());
  }

  private static String compact(RawHttp.Answer answer) {
    return answer.status() + " " + answer.text().replaceAll("\\s", "");
  }

  @Test
  void predictionsAreAnsweredAtTheRouteThatThePlatformNames(@TempDir Path folder) throws Exception {
    Path model = Models.copyTo(folder, Models.KERAS);
    try (HostedServer server = HostedServer.start(environment(model))) {
      assertThat(compact(server.get(HEALTH))).isEqualTo("200 ");
      String body = "[[1, 2, 3], [1, 5, 1]], \"parameters\": {\"confidence\": [0.5]}}";
      assertThat(compact(server.post(PREDICT, "{\"instances\": " + body)))
          .isEqualTo("200 {\"predictions\":[[9.0],[18.5]]}");
      assertThat(compact(server.post(PREDICT, "{\"instances\": [[1, 2]]}"))).startsWith("400 ");
      assertThat(compact(server.post(PREDICT, "{"))).startsWith("400 {\"error\":\"JSONParseerror");
      assertThat(server.post("/predict", "{}").status()).isEqualTo(404);
      assertThat(server.get("/v1/models/keras").status()).isEqualTo(200);
      assertThat(HostedServer.ask(server.server().restPort(), RawHttp.get(HEALTH)).status())
          .isEqualTo(400); // elsewhere nothing has changed
    }
  }

  @Test
  void portIsOpenAndNotReadyUntilTheModelIsLoaded(@TempDir Path folder) throws Exception {
    Path model = Models.copyTo(folder, Models.KERAS);
    CountDownLatch engine = new CountDownLatch(1);
    int port = FreePort.next();
    CompletableFuture<ModelServer> start =
        CompletableFuture.supplyAsync(() -> {
          try {
            return HostedServer.start(environment(model), port, engine::await);
          } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
          }
        });
    awaitOpen(port, start);
    assertThat(compact(HostedServer.ask(port, RawHttp.get(HEALTH))))
        .isEqualTo("503 {\"error\":\"TensorFlowisbeingloaded\"}");
    String request = RawHttp.post(PREDICT, "{\"instances\": [[1, 2, 3]]}");
    assertThat(compact(HostedServer.ask(port, request)))
        .startsWith("503 {\"error\":\"Theserverisnotreadyyet:");
    assertThat(HostedServer.ask(port, RawHttp.get("/v1/models/keras")).status()).isEqualTo(503);
    engine.countDown();
    try (ModelServer server = start.get(60, TimeUnit.SECONDS)) {
      assertThat(server.hostPort()).isEqualTo(port);
      assertThat(HostedServer.ask(port, RawHttp.get(HEALTH)).status()).isEqualTo(200);
      assertThat(HostedServer.ask(port, request).status()).isEqualTo(200);
    }
  }

  private static void awaitOpen(int port, CompletableFuture<ModelServer> start) {
    for (int i = 0; i < 6000; i++) {
      assertThat(start).isNotDone();
      try (RawHttp _ = new RawHttp(port)) {
        return;
      } catch (IOException closed) {
        LockSupport.parkNanos(10_000_000);
      }
    }
    throw new AssertionError("the port does not open");
  }

  /** As many who served by TensorFlow Serving have set it up. */
  @Test
  void portOfTheRestApiMayBeThePlatforms() {
    Hosting hosting = Hosting.of(Map.of("AIP_HTTP_PORT", "8501"), List.of());
    Listeners listeners =
        Listeners.of(
            TestServer.config("--model_base_path=/m", "--port=8500", "--rest_api_port=8501")
                .options(),
            hosting);
    assertThat(listeners.rest()).isNull();
    assertThat(listeners.host()).isEqualTo(new InetSocketAddress(8501));
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    assertThat(new Listeners(any, any).withHost(any).rest()).isEqualTo(any);
  }
}
