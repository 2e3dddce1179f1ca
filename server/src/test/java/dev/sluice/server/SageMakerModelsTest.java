package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Models;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SageMaker's contract for a multi-model endpoint, over sockets. */
class SageMakerModelsTest {

  private static HostedServer server;
  private static Path folder;
  private static Path half;

  /** There is room for three. */
  @BeforeAll
  static void start(@TempDir Path base) throws Exception {
    folder = base;
    half = base.resolve("models/half/model");
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, half, 1);
    server =
        HostedServer.start(
            Map.of("SAGEMAKER_MULTI_MODEL", "true", "SAGEMAKER_BASE_DIR", base.toString()),
            "--model_memory_budget_bytes=" + (3 * estimate(half) + 1000));
  }

  private static long estimate(Path model) throws Exception {
    try (Stream<Path> files = Files.walk(model)) {
      long bytes = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
      return (long) (1.2 * bytes);
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    assertThat(compact(server.get("/models"))).isEqualTo("200 {\"models\":[]}");
    assertThat(server.server().available()).isEmpty();
    assertThat(server.get("/ping").status()).isEqualTo(200);
  }

  private static RawHttp.Answer load(String name, Path url) throws Exception {
    return server.post("/models", "{\"model_name\": \"%s\", \"url\": \"%s\"}".formatted(name, url));
  }

  private static RawHttp.Answer unload(String name) throws Exception {
    return server.request("DELETE", "/models/" + name, "", "");
  }

  private static RawHttp.Answer invoke(String name, String body) throws Exception {
    return server.post("/models/" + name + "/invoke", body);
  }

  private static String compact(RawHttp.Answer answer) {
    return answer.status() + " " + answer.text().replaceAll("\\s", "");
  }

  @Test
  void modelIsLoadedListedAskedAndUnloaded() throws Exception {
    String shown = "{\"modelName\":\"a\",\"modelUrl\":\"" + half + "\"}";
    assertThat(compact(invoke("a", "1.0"))).isEqualTo("404 {\"error\":\"Modelaisnotloaded\"}");
    assertThat(compact(load("a", half))).isEqualTo("200 " + shown);
    assertThat(compact(server.get("/models"))).isEqualTo("200 {\"models\":[" + shown + "]}");
    assertThat(compact(server.get("/models/a"))).isEqualTo("200 " + shown);
    assertThat(compact(invoke("a", "{\"instances\": [1.0]}")))
        .isEqualTo("200 {\"predictions\":[2.5]}");
    String csv =
        "Content-Type: text/csv\r\n"
            + "X-Amzn-SageMaker-Custom-Attributes: tfs-model-name=b,tfs-model-version=1\r\n";
    assertThat(compact(server.request("POST", "/models/a/invoke", csv, "1.0\n3.0")))
        .isEqualTo("200 {\"predictions\":[2.5,3.5]}");
    assertThat(compact(load("a", half))).isEqualTo("409 {\"error\":\"Modelaisalreadyloaded.\"}");
    assertThat(compact(unload("a"))).isEqualTo("200 " + shown);
    assertThat(server.server().available()).isEmpty();
    assertThat(invoke("a", "1.0").status()).isEqualTo(404);
    assertThat(server.get("/models/a").status()).isEqualTo(404);
    assertThat(unload("a").status()).isEqualTo(404);
    assertThat(load("a", half).status()).isEqualTo(200);
    assertThat(compact(invoke("a", "1.0"))).isEqualTo("200 {\"predictions\":[2.5]}");
    assertThat(unload("a").status()).isEqualTo(200);
  }

  @Test
  void modelForWhichThereIsNoRoomIs507UntilAnotherOneIsUnloaded() throws Exception {
    for (String name : List.of("a", "b", "c")) {
      assertThat(load(name, half).status()).isEqualTo(200);
    }
    RawHttp.Answer full = load("d", half);
    assertThat(full.text()).contains("Insufficient resources to load servable");
    assertThat(full.status()).isEqualTo(507);
    assertThat(server.get("/models/d").status()).isEqualTo(404);
    assertThat(server.get("/ping").status()).isEqualTo(200);
    assertThat(compact(invoke("b", "1.0"))).isEqualTo("200 {\"predictions\":[2.5]}");
    assertThat(unload("b").status()).isEqualTo(200);
    assertThat(compact(load("d", half))).startsWith("200 ");
    for (String name : List.of("a", "c", "d")) {
      assertThat(unload(name).status()).isEqualTo(200);
    }
  }

  @Test
  void modelsMayBeLoadedAndUnloadedAtTheSameTime() throws Exception {
    try (ExecutorService clients = Executors.newFixedThreadPool(3)) {
      for (int round = 0; round < 3; round++) {
        all(clients, name -> load(name, half).status());
        all(clients, name -> invoke(name, "1.0").status());
        all(clients, name -> unload(name).status());
      }
    }
  }

  private interface Step {
    int status(String name) throws Exception;
  }

  private static void all(ExecutorService clients, Step step) throws Exception {
    List<Callable<Integer>> steps =
        Stream.of("x", "y", "z").<Callable<Integer>>map(name -> () -> step.status(name)).toList();
    for (Future<Integer> status : clients.invokeAll(steps, 60, TimeUnit.SECONDS)) {
      assertThat(status.get()).isEqualTo(200);
    }
  }

  @Test
  void brokenModelIsToldAndItsNameIsFree() throws Exception {
    Path broken = folder.resolve("models/broken/model");
    Files.createDirectories(broken.resolve("1"));
    Files.writeString(broken.resolve("1/saved_model.pb"), "no graph");
    RawHttp.Answer failed = load("a", broken);
    assertThat(failed.status()).as(failed.text()).isBetween(400, 500);
    assertThat(failed.text()).contains("did not become available");
    assertThat(compact(server.get("/models"))).isEqualTo("200 {\"models\":[]}");
    assertThat(load("a", half).status()).isEqualTo(200);
    assertThat(compact(invoke("a", "1.0"))).isEqualTo("200 {\"predictions\":[2.5]}");
    assertThat(unload("a").status()).isEqualTo(200);
  }

  @Test
  void requestThatCannotBeMeantIsToldWhatWasExpected() throws Exception {
    assertThat(compact(load("a", folder.resolve("none"))))
        .startsWith("404 {\"error\":\"Couldnotfindvalidbasepath" + folder + "/noneforservablea");
    assertThat(compact(server.post("/models", "{\"model_name\": \"a\"}")))
        .isEqualTo("400 {\"error\":\"Thebodyhasnotextasurl,expectedmodel_nameandurl\"}");
    assertThat(server.post("/models", "[").status()).isEqualTo(400);
    assertThat(server.request("PUT", "/models", "", "").status()).isEqualTo(405);
    assertThat(server.request("PUT", "/models/a", "", "").status()).isEqualTo(405);
    assertThat(server.get("/models/a/invoke").status()).isEqualTo(405);
    assertThat(compact(server.post("/invocations", "1.0")))
        .startsWith("400 {\"error\":\"Therequestnamesnomodel:");
  }

  @Test
  void archiveThatHoldsTheModelDeeperIsLoaded() throws Exception {
    Path packed = folder.resolve("models/packed/model");
    Models.copyVersion(Models.HALF_PLUS_TWO, 2, packed.resolve("export/Servo"), 7);
    assertThat(load("p", packed).status()).isEqualTo(200);
    assertThat(compact(invoke("p", "1.0"))).isEqualTo("200 {\"predictions\":[3.5]}");
    Models.copyVersion(Models.HALF_PLUS_TWO, 2, packed.resolve("other"), 1);
    assertThat(load("q", packed).text()).contains("holds several models, expected one");
    assertThat(unload("p").status()).isEqualTo(200);
  }
}
