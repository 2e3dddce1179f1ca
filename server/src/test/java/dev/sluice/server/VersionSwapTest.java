package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.ServableId;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions come and go in a folder while clients ask. */
class VersionSwapTest {

  private static final Duration SWAP = Duration.ofSeconds(3);

  /** What is broken shows when it has been quiet for a second. */
  private static final String IMPATIENT = "--version_completeness_patience_seconds=0";

  @TempDir Path models;

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  /** Clients that ask as fast as they are answered, and what they were told. */
  private static final class Load implements AutoCloseable {
    private final AtomicBoolean stop = new AtomicBoolean();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Map<String, Long> answers = new ConcurrentHashMap<>();
    private final List<Thread> clients = new ArrayList<>();

    Load(TestServer server, int count) {
      for (int i = 0; i < count; i++) {
        clients.add(Thread.ofPlatform().start(() -> ask(server)));
      }
    }

    private void ask(TestServer server) {
      while (!stop.get()) {
        try {
          HttpResponse<String> response =
              server.post("/v1/models/half:predict", "{\"inputs\": [2.0]}");
          String body = response.body().replaceAll("\\s", "");
          if (response.statusCode() == 200) {
            answers.merge(body, 1L, Long::sum);
          } else {
            failures.add(response.statusCode() + " " + body);
          }
        } catch (Exception failure) {
          failures.add(failure.toString());
        }
      }
    }

    boolean saw(float value) {
      return answers.containsKey("{\"outputs\":[" + value + "]}");
    }

    void forget() {
      answers.clear();
    }

    @Override
    public void close() throws InterruptedException {
      stop.set(true);
      for (Thread client : clients) {
        client.join();
      }
    }
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static Duration within(Duration limit, Condition condition) throws Exception {
    long start = System.nanoTime();
    while (!condition.holds()) {
      if (System.nanoTime() - start > limit.toNanos()) {
        throw new AssertionError("not within " + limit);
      }
      LockSupport.parkNanos(5_000_000);
    }
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static void delete(Path directory) throws Exception {
    // First out of sight at once, as an operator would: a half-deleted version must not be served.
    Path hidden =
        Files.move(directory, directory.resolveSibling("deleted-" + directory.getFileName()));
    try (Stream<Path> files = Files.walk(hidden)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void newVersionTakesOverUnderLoadAndItsRemovalBringsTheFirstBack() throws Exception {
    Path base = models.resolve("half");
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, base, 1);
    try (TestServer server = TestServer.of("half", base);
        Load load = new Load(server, 4)) {
      within(SWAP, () -> load.saw(3.0f));
      Models.copyVersion(Models.HALF_PLUS_TWO, 2, base, 2);
      Duration up = within(SWAP, () -> load.saw(4.0f));
      within(SWAP, () -> server.server().available().equals(List.of(new ServableId("half", 2))));
      load.forget();
      delete(base.resolve("2"));
      Duration back = within(SWAP, () -> load.saw(3.0f));
      assertThat(load.failures).isEmpty();
      System.out.printf(
          "Swap under load: up in %d ms, back in %d ms%n", up.toMillis(), back.toMillis());
    }
  }

  @Test
  @Spec("S05")
  void unloadedVersionStaysListedAsEnded() throws Exception {
    Path base = models.resolve("half");
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, base, 1);
    try (TestServer server = TestServer.of("half", base)) {
      Models.copyVersion(Models.HALF_PLUS_TWO, 2, base, 2);
      within(
          SWAP,
          () ->
              server
                  .get("/v1/models/half")
                  .body()
                  .replaceAll("\\s", "")
                  .matches(".*\"2\",\"state\":\"AVAILABLE\".*\"1\",\"state\":\"END\".*"));
    }
  }

  @Test
  void brokenNewVersionLeavesTheOldOneServing() throws Exception {
    Path base = models.resolve("half");
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, base, 1);
    try (TestServer server = TestServer.of("half", base, "--max_num_load_retries=0", IMPATIENT)) {
      Path broken = Files.createDirectory(models.resolve("broken"));
      Files.write(broken.resolve("saved_model.pb"), new byte[] {1, 2, 3});
      Files.move(broken, base.resolve("7"));
      within(SWAP, () -> server.get("/v1/models/half/versions/7").body().contains("\"END\""));
      assertThat(server.post("/v1/models/half:predict", "{\"inputs\": [2.0]}").body())
          .contains("3.0");
    }
  }

  @Test
  void modelThatCannotLoadDisturbsNobody() throws Exception {
    Models.copyTo(models, Models.HALF_PLUS_TWO);
    Files.createDirectories(models.resolve("bad/1"));
    Files.createDirectories(models.resolve("empty"));
    Path config = config("half_plus_two", "bad", "empty", "missing");
    // With the default pause of a minute between attempts: nobody waits for them.
    try (TestServer server = TestServer.start("--model_config_file=" + config, IMPATIENT)) {
      assertThat(server.server().available()).containsExactly(new ServableId("half_plus_two", 2));
      assertThat(server.post("/v1/models/bad:predict", "{\"inputs\": [2.0]}").statusCode())
          .isEqualTo(404);
      Models.copyVersion(Models.HALF_PLUS_TWO, 1, models.resolve("missing"), 5);
      within(SWAP, () -> server.server().available().contains(new ServableId("missing", 5)));
    }
  }

  private Path config(String... names) throws Exception {
    StringBuilder text = new StringBuilder("model_config_list {\n");
    for (String name : names) {
      text.append(
          "config { name: '%1$s' base_path: '%2$s/%1$s' model_platform: 'tensorflow' }\n"
              .formatted(name, models));
    }
    return Files.writeString(models.resolve("models.config"), text.append("}\n"));
  }

  @Test
  void nothingToServeFailsTheStartWithEveryReason() throws Exception {
    Files.createDirectories(models.resolve("bad/1"));
    Files.createDirectories(models.resolve("worse/3"));
    Path config = config("bad", "worse");
    assertThatThrownBy(() ->
            TestServer.start(
                "--model_config_file=" + config, "--max_num_load_retries=0", IMPATIENT))
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> assertThat(failure.code()).isEqualTo(StatusCode.UNKNOWN))
        .hasMessageContaining(
            "2 servable(s) did not become available: {{{name: bad version: 1} due to error:"
                + " NOT_FOUND: Specified file path does not appear to contain a SavedModel bundle")
        .hasMessageContaining("{name: worse version: 3}");
  }

  @Test
  void withoutIsolationOneBadModelFailsTheStart() throws Exception {
    Models.copyTo(models, Models.HALF_PLUS_TWO);
    Files.createDirectories(models.resolve("bad/1"));
    Path config = config("half_plus_two", "bad");
    assertThatThrownBy(() ->
            TestServer.start(
                "--model_config_file=" + config,
                "--max_num_load_retries=0",
                "--model_config_isolation=false",
                IMPATIENT))
        .hasMessageStartingWith("1 servable(s) did not become available: {{{name: bad version: 1}");
  }

  @Test
  void emptyConfigServesNothingAndStarts() throws Exception {
    Path config = Files.writeString(models.resolve("models.config"), "model_config_list {}");
    try (TestServer server = TestServer.start("--model_config_file=" + config)) {
      assertThat(server.get("/v1/models/any").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void runningRequestsEndBeforeTheServerDoes() throws Exception {
    Models.copyTo(models, Models.SLOW);
    TestServer server = TestServer.of("slow", models.resolve(Models.SLOW));
    Queue<String> answers = new ConcurrentLinkedQueue<>();
    Thread client =
        Thread.ofPlatform()
            .start(() -> {
              try {
                answers.add(server.post("/v1/models/slow:predict", "{\"inputs\": 700}").body());
              } catch (Exception failure) {
                answers.add(failure.toString());
              }
            });
    within(
        Duration.ofSeconds(10),
        () -> NativeObjects.open().containsKey(NativeObjects.Kind.STATUS)); // it runs
    server.close();
    client.join();
    assertThat(answers).singleElement().asString().contains("\"outputs\": 700");
  }

  /** Half a body was sent when the stop began: the other half still finds somebody who answers. */
  @Test
  void requestThatIsBeingSentIsAnsweredBeforeTheServerEnds() throws Exception {
    Path base = Models.copyTo(models, Models.HALF_PLUS_TWO);
    TestServer server = TestServer.of("half", base);
    String body = "{\"inputs\": [2.0]}";
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.restPort())) {
      socket.setSoTimeout(30_000);
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /v1/models/half:predict HTTP/1.1\r\nHost: x\r\nContent-Length: "
                  + body.length()
                  + "\r\n\r\n"
                  + body.substring(0, 6))
              .getBytes(StandardCharsets.US_ASCII));
      out.flush();
      // A full exchange on another connection of the same loops: the first bytes have been read.
      assertThat(server.get("/v1/models/half").statusCode()).isEqualTo(200);
      assertThat(server.get("/v1/models/half").statusCode()).isEqualTo(200);
      Thread closing = Thread.ofPlatform().start(() -> closeQuietly(server));
      within(Duration.ofSeconds(10), () -> refusesConnections(server.restPort()));
      out.write(body.substring(6).getBytes(StandardCharsets.US_ASCII));
      out.flush();
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(answer).startsWith("HTTP/1.1 200 OK").contains("4.0");
      closing.join();
    }
  }

  private static void closeQuietly(TestServer server) {
    try {
      server.close();
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static boolean refusesConnections(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.getPort() != port;
    } catch (IOException refused) {
      return true;
    }
  }
}
