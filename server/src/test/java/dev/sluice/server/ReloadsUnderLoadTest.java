package dev.sluice.server;

import static dev.sluice.server.ReloadingServer.list;
import static dev.sluice.server.ReloadingServer.model;
import static dev.sluice.server.ReloadingServer.modelAt;
import static dev.sluice.server.ReloadingServer.version;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.tensorflow.NativeObjects;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models come, go and move while others, and they themselves, are asked without a pause. */
class ReloadsUnderLoadTest {

  private static final int ROUNDS = 8;

  @TempDir Path folder;

  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final LongAdder answers = new LongAdder();
  private volatile boolean stop;

  @Test
  void modelsThatStayConfiguredAnswerEveryRequest() throws Exception {
    version(folder, "stays", 1);
    version(folder, "moves", 2);
    version(folder.resolve("elsewhere"), "moves", 3);
    version(folder, "comes", 4);
    String stays = model(folder, "stays");
    String moves = model(folder, "moves");
    String moved = modelAt(folder.resolve("elsewhere/moves"), "moves");
    String comes = model(folder, "comes");
    String missing = model(folder, "missing");
    try (ReloadingServer server = ReloadingServer.start(folder, list(stays, moves))) {
      List<Thread> clients = new ArrayList<>();
      for (String name : new String[] {"stays", "moves"}) {
        clients.add(Thread.ofPlatform().start(() -> rest(server, name)));
        clients.add(Thread.ofPlatform().start(() -> grpc(server, name)));
      }
      for (int round = 0; round < ROUNDS && failures.isEmpty(); round++) {
        server.reload(list(stays, moved, comes));
        assertThat(server.answers("comes")).isEqualTo(4);
        assertThat(server.refusal(list(stays, stays))).startsWith("INVALID_ARGUMENT");
        assertThat(server.refusal(list(moved, missing, stays))).startsWith("UNKNOWN");
        ReloadingServer.await("moves has moved", () -> server.answers("moves") == 3);
        server.reload(list(comes, moves, stays));
        ReloadingServer.await("moves is back", () -> server.answers("moves") == 2);
        server.reload(list(stays, moves));
        // A model that comes back while it is on its way out may be gone for a moment.
        ReloadingServer.await("comes has gone", () -> !serves(server, "comes"));
      }
      stop = true;
      for (Thread client : clients) {
        client.join();
      }
    }
    System.out.printf(
        "Reloads under load: %d reloads, %d answers, %d failures%n",
        5 * ROUNDS, answers.sum(), failures.size());
    assertThat(failures).isEmpty();
    assertThat(answers.sum()).isPositive();
    assertThat(NativeObjects.open()).isEmpty();
  }

  private static boolean serves(ReloadingServer server, String name) {
    return server.server().server().available().stream().anyMatch(id -> id.name().equals(name));
  }

  private void rest(ReloadingServer server, String name) {
    try (KeepAliveClient client =
        new KeepAliveClient(
            server.server().restPort(),
            "/v1/models/" + name + ":predict",
            "{\"instances\": [2.0]}")) {
      while (!stop) {
        client.post();
        answers.increment();
      }
    } catch (Exception failure) {
      failures.add(name + " over REST: " + failure);
    }
  }

  private void grpc(ReloadingServer server, String name) {
    while (!stop) {
      if (server.answers(name) == 0) {
        failures.add(name + " over gRPC");
      }
      answers.increment();
    }
  }
}
