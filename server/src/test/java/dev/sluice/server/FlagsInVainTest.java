package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.server.config.CommandLine;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Models;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flags that only a process shows: all those of which a warning says that they have no effect, with
 * which a server starts and answers as ever, and TensorFlow's threads, which a process has once.
 */
class FlagsInVainTest {

  /** What the system calls TensorFlow's threads: as the thread that made them. */
  private static final String NATIVE_THREADS = "sluice-tensorfl";

  @TempDir Path folder;

  private Path base;
  private int port;
  private int restPort;

  @BeforeEach
  void copyModel() {
    base = Models.copyTo(folder, Models.HALF_PLUS_TWO);
  }

  private ChildServer serve(List<String> flags) throws IOException {
    port = FreePort.next();
    restPort = FreePort.next();
    List<String> all = new ArrayList<>(flags);
    Collections.addAll(
        all,
        "--model_name=half",
        "--model_base_path=" + base,
        "--port=" + port,
        "--rest_api_port=" + restPort,
        "--bind_address=127.0.0.1");
    ChildServer server = new ChildServer(folder, List.of(), all);
    server.awaitLine("Ready. Serving half version 2");
    return server;
  }

  /** Those that are warned of, with a value that each can have. */
  private List<String> inVain() throws IOException {
    Path file = Files.writeString(folder.resolve("empty.config"), "# nothing\n");
    CommandLine line = new CommandLine("test", 2, new CommandLine.Versions("1", "2"));
    return CommandLine.flagNames().stream()
        .map(name -> "--" + name + "=" + (name.endsWith("_file") ? file : "1"))
        .filter(flag ->
            line.parse(List.of(flag)) instanceof CommandLine.Outcome.Start start
                && !start.warnings().isEmpty())
        .toList();
  }

  @Test
  @Proves({
    "--flush_filesystem_caches",
    "--remove_unused_fields_from_bundle_metagraph",
    "--enable_grpc_healthcheck_service"
  })
  void serverThatWarnsOfEveryFlagInVainAnswersAsEver() throws Exception {
    List<String> inVain = inVain();
    List<String> flags = new ArrayList<>(inVain);
    Collections.addAll(
        flags,
        "--flush_filesystem_caches=true",
        "--remove_unused_fields_from_bundle_metagraph=true",
        "--enable_grpc_healthcheck_service=true");
    try (ChildServer server = serve(flags)) {
      List<String> warnings =
          server.err().lines().filter(line -> line.matches("\\S+ \\S+ W .*")).toList();
      assertThat(warnings).hasSameSizeAs(inVain);
      for (String flag : inVain) {
        String beginning = " W --" + flag.substring(2, flag.indexOf('=')) + " ";
        assertThat(warnings).filteredOn(line -> line.contains(beginning)).hasSize(1);
      }
      assertThat(server.out()).isEmpty();
      assertAnswersAsEver();
    }
  }

  private void assertAnswersAsEver() throws Exception {
    try (RawHttp rest = new RawHttp(restPort)) {
      String request = RawHttp.post("/v1/models/half:predict", "{\"instances\": [1.0]}");
      assertThat(rest.send(request).read().text()).contains("3.5");
      assertThat(rest.send(RawHttp.get("/v1/models/half/metadata")).read().text())
          .contains("serving_default", "regress_x_to_y");
    }
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    try {
      assertThat(
              HealthGrpc.newBlockingStub(channel)
                  .withDeadlineAfter(60, TimeUnit.SECONDS)
                  .check(HealthCheckRequest.getDefaultInstance())
                  .getStatus())
          .isEqualTo(ServingStatus.SERVING);
    } finally {
      channel.shutdownNow();
    }
  }

  /** The difference, since TensorFlow has a thread or two besides. */
  @Test
  @Proves({
    "--tensorflow_session_parallelism",
    "--tensorflow_intra_op_parallelism",
    "--tensorflow_inter_op_parallelism"
  })
  void threadsInsideAndAcrossOpsAreAsManyAsTheFlagsSay() throws Exception {
    int each =
        threadsWith("--tensorflow_intra_op_parallelism=5", "--tensorflow_inter_op_parallelism=20");
    int alike = threadsWith("--tensorflow_session_parallelism=6");
    assertThat(each - alike).isEqualTo((5 + 20) - (6 + 6));
  }

  private int threadsWith(String... flags) throws Exception {
    try (ChildServer server = serve(List.of(flags))) {
      return threads(server, NATIVE_THREADS);
    }
  }

  private static int threads(ChildServer server, String name) throws IOException {
    int count = 0;
    Path all = Path.of("/proc", Long.toString(server.process.pid()), "task");
    try (Stream<Path> threads = Files.list(all)) {
      for (Path thread : threads.toList()) {
        count += isCalled(thread, name) ? 1 : 0;
      }
    }
    return count;
  }

  private static boolean isCalled(Path thread, String name) throws IOException {
    try {
      return Files.readString(thread.resolve("comm")).strip().equals(name);
    } catch (NoSuchFileException ended) {
      return false;
    }
  }
}
