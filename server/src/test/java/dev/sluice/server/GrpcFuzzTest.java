package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Models;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged requests over real connections: each is answered with a status that says whose fault it
 * was, or its connection ends; nothing stays open or counted; and a good request is answered.
 */
class GrpcFuzzTest {

  /** What a mistake of the server's own would be called: UNKNOWN, INTERNAL, DATA_LOSS. */
  private static final List<Status.Code> OUR_FAULT =
      List.of(Status.Code.UNKNOWN, Status.Code.INTERNAL, Status.Code.DATA_LOSS);

  private static final String[] LIMITS = {
    "--max_tensor_bytes=1000000", "--max_inflight_bytes=4000000"
  };

  @TempDir private Path folder;
  private final Map<String, Integer> outcomes = new TreeMap<>();

  private String[] flags(String... more) throws IOException {
    Models.copyTo(folder, Models.HALF_PLUS_TWO);
    Models.copyTo(folder, Models.IDENTITY);
    List<String> flags = new ArrayList<>(List.of(LIMITS));
    flags.add(TestServer.modelConfig(folder, Models.HALF_PLUS_TWO, Models.IDENTITY));
    flags.addAll(List.of(more));
    return flags.toArray(String[]::new);
  }

  private void message(ManagedChannel channel, GrpcFuzz.Request request) {
    Status.Code code = Status.Code.OK;
    String text = "";
    try {
      var _ = RawCall.call(channel, request.method(), request.message());
    } catch (StatusRuntimeException refused) {
      code = refused.getStatus().getCode();
      text = String.valueOf(refused.getStatus().getDescription());
    }
    assertThat(code)
        .as("%s of %s: %s", request.method(), java.util.Arrays.toString(request.message()), text)
        .isNotIn(OUR_FAULT);
    outcomes.merge(code.name(), 1, Integer::sum);
  }

  private void round(int port, long seed, int messages, int connections) throws Exception {
    GrpcFuzz fuzz = new GrpcFuzz(seed);
    Http2Fuzz attacks = new Http2Fuzz(port, fuzz);
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    try {
      for (int i = 0; i < messages; i++) {
        message(channel, fuzz.damaged());
      }
      for (int i = 0; i < connections; i++) {
        outcomes.merge(attacks.attack(), 1, Integer::sum);
      }
      GrpcFuzz.Request good = GrpcFuzz.good();
      assertThat(RawCall.call(channel, good.method(), good.message())).isNotEmpty();
    } finally {
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
  }

  /** A status between OK and UNAUTHENTICATED, or an end; and not one thing only. */
  private void assertCanonical() {
    assertThat(outcomes.keySet())
        .allMatch(outcome ->
            !outcome.startsWith("status ")
                || Integer.parseInt(outcome.substring("status ".length())) <= 16)
        .contains("OK", "INVALID_ARGUMENT", "NOT_FOUND", "status 3", "goaway", "reset");
  }

  @Test
  void damagedRequestsAreAnsweredAndLeaveNothing() throws Exception {
    try (TestServer server = TestServer.start(flags())) {
      round(server.server().grpcPort(), 42, 3000, 400);
      for (int i = 0; i < 6000 && server.server().inFlight().used() != 0; i++) {
        LockSupport.parkNanos(10_000_000);
      }
      assertThat(server.server().inFlight().used()).as("bytes that are still counted").isZero();
    }
    System.out.println("gRPC fuzzing: " + outcomes);
    assertCanonical();
    assertThat(NativeObjects.open()).isEmpty();
  }

  /** Netty watches every buffer here, and says on the log which one nobody gave back. */
  @Test
  @Tag("stress")
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void longDamageLeaksNoBufferAndNoMemory() throws Exception {
    int port = FreePort.next();
    String[] flags = flags("--port=" + port, "--bind_address=127.0.0.1");
    List<String> watched =
        List.of(
            "env",
            "JAVA_TOOL_OPTIONS=-Dio.netty.leakDetection.level=paranoid"
                + " -Dio.netty.leakDetection.targetRecords=4 -Xmx256m");
    try (ChildServer server = new ChildServer(folder, watched, List.of(flags))) {
      server.awaitLine("Ready. Serving");
      int rounds = Integer.getInteger("sluice.fuzz.rounds", 10);
      round(port, 0, 3000, 300); // until nothing is new
      collect(server.process.pid());
      long before = rssAnon(server.process.pid());
      for (int seed = 1; seed <= rounds; seed++) {
        round(port, seed, 3000, 300);
        collect(server.process.pid());
      }
      round(port, 0, 100, 10); // Netty looks for what is lost when it makes new ones
      long grown = rssAnon(server.process.pid()) - before;
      System.out.printf(
          "gRPC fuzzing, %d seeds: %s; RssAnon %+d MiB%n", rounds, outcomes, grown >> 20);
      assertThat(server.err()).doesNotContain("LEAK:").doesNotContain("Exception");
      assertThat(server.process.isAlive()).isTrue();
      assertThat(grown).isLessThan(200L << 20);
    }
    assertCanonical();
  }

  private static void collect(long pid) throws Exception {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Process collection =
        new ProcessBuilder(jcmd, String.valueOf(pid), "GC.run")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(collection.waitFor(60, TimeUnit.SECONDS)).isTrue();
  }

  private static long rssAnon(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("RssAnon:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElseThrow();
  }
}
