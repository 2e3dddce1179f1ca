package dev.sluice.load;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.load.LoadPace.Arrivals;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import io.grpc.Metadata;
import io.grpc.Status;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcLoadTest {

  private static final byte[] MESSAGE = "a message".getBytes(US_ASCII);

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void countIsExactOnAnyNumberOfThreads(int threads) throws Exception {
    try (ScriptedGrpcServer server = ScriptedGrpcServer.start(ScriptedGrpcServer::echo)) {
      LoadResult result =
          LoadGenerator.run(
              plan(server, 2000)
                  .withPace(LoadPace.closed(3, 8))
                  .withThreads(threads)
                  .withCheck(LoadCheck.ofBytes(0, List.of(MESSAGE))));
      assertThat(server.requests).hasValue(2000);
      assertThat(result.counts()).isEqualTo(new LoadCounts(2000, 2000, 0, 0, 0, 0, 0));
      assertThat(result.byStatus()).isEqualTo(Map.of(0, 2000L));
      assertThat(result.latency().getTotalCount()).isEqualTo(2000);
      assertThat(result.firstFailure()).isNull();
    }
  }

  /** Windows of 64 KiB make messages wait for the server, and answers come in many frames. */
  @Test
  void largeMessagesKeepToTheWindowsOfTheServer() throws Exception {
    List<byte[]> messages = IntStream.range(0, 7).mapToObj(GrpcLoadTest::random).toList();
    try (ScriptedGrpcServer server =
        ScriptedGrpcServer.with(
            ScriptedGrpcServer::echo, builder -> builder.flowControlWindow(65535))) {
      LoadPlan plan =
          new LoadPlan(
              server.target(),
              messages,
              LoadPace.closed(2, 4),
              LoadSpan.counting(60),
              LoadCheck.ofBytes(0, messages),
              Duration.ofSeconds(60),
              1);
      assertThat(LoadGenerator.run(plan).counts().right()).isEqualTo(60);
    }
  }

  @Test
  void otherBytesAreWrongAndOtherCodesAreRefused() throws Exception {
    ScriptedGrpcServer.Script script =
        (number, request, answer) -> {
          switch (number % 4) {
            case 0 -> answer.onError(Status.UNAVAILABLE.withDescription("full").asException());
            case 1 -> ScriptedGrpcServer.echo(number, new byte[3], answer);
            default -> ScriptedGrpcServer.echo(number, request, answer);
          }
        };
    try (ScriptedGrpcServer server = ScriptedGrpcServer.start(script)) {
      LoadResult result =
          LoadGenerator.run(plan(server, 400).withCheck(LoadCheck.ofBytes(0, List.of(MESSAGE))));
      assertThat(result.counts()).isEqualTo(new LoadCounts(400, 200, 100, 100, 0, 0, 0));
      assertThat(result.byStatus()).isEqualTo(Map.of(0, 300L, 14, 100L));
      assertThat(result.refusals().getTotalCount()).isEqualTo(100);
      assertThat(result.firstFailure()).isEqualTo("status 14: full");
    }
  }

  /** Each error text is another header block, which moves the table that later blocks refer to. */
  @Test
  void codesAreReadFromATableThatMoves() throws Exception {
    ScriptedGrpcServer.Script script =
        (number, request, answer) -> {
          int code = number % 17;
          if (code == 0) {
            ScriptedGrpcServer.echo(number, request, answer);
          } else {
            String text = number % 3 == 0 ? "failure number " + number : "failure";
            answer.onError(Status.fromCodeValue(code).withDescription(text).asException());
          }
        };
    try (ScriptedGrpcServer server = ScriptedGrpcServer.start(script)) {
      LoadResult result = LoadGenerator.run(plan(server, 17 * 40).withPace(LoadPace.closed(1, 5)));
      assertThat(result.byStatus()).hasSize(17).containsEntry(0, 40L).containsEntry(16, 40L);
      assertThat(result.byStatus().values()).containsOnly(40L);
    }
  }

  @Test
  void headersOfThePlanReachTheServerWithEachCall() throws Exception {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    Metadata.Key<String> key = Metadata.Key.of("x-tenant", Metadata.ASCII_STRING_MARSHALLER);
    try (ScriptedGrpcServer server =
        ScriptedGrpcServer.watching(
            ScriptedGrpcServer::echo, headers -> seen.add(headers.get(key) + headers.keys()))) {
      LoadPlan plan =
          LoadPlan.of(server.target().withHeader("x-tenant", "one"), MESSAGE)
              .withPace(LoadPace.closed(1, 3))
              .withSpan(LoadSpan.counting(20));
      assertThat(LoadGenerator.run(plan).counts().right()).isEqualTo(20);
      assertThat(seen).hasSize(1).first().asString().startsWith("one");
    }
  }

  @Test
  void deadlineOfThePlanEndsCallsAtTheServer() throws Exception {
    try (ScriptedGrpcServer server = ScriptedGrpcServer.start((n, request, answer) -> {})) {
      LoadPlan plan =
          LoadPlan.of(server.target().withHeader("grpc-timeout", "20m"), MESSAGE)
              .withPace(LoadPace.closed(1, 3))
              .withSpan(LoadSpan.counting(9))
              .withTimeout(Duration.ofSeconds(60));
      LoadResult result = LoadGenerator.run(plan);
      assertThat(result.counts().refused()).isEqualTo(9);
      assertThat(result.byStatus()).hasSize(1).containsAnyOf(Map.entry(1, 9L), Map.entry(4, 9L));
    }
  }

  @Test
  void tableThatIsTooSmallIsDoneWithout() throws Exception {
    LoadTarget target =
        LoadTarget.grpc(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1), "a.B/C")
            .withHeader("x-long", "v".repeat(300));
    RequestHeaders small = RequestHeaders.of((LoadTarget.Grpc) target, 300);
    RequestHeaders large = RequestHeaders.of((LoadTarget.Grpc) target, 4096);
    assertThat(large.later()).hasSize(8);
    assertThat(small.later().length).isGreaterThan(300);
    // A change of the size, in two bytes, and then what all the others have.
    assertThat(Arrays.copyOf(small.first(), 3))
        .containsExactly(0x3f, ((300 - 31) & 0x7f) | 0x80, (300 - 31) >> 7);
    assertThat(Arrays.copyOfRange(small.first(), 3, small.first().length)).isEqualTo(small.later());
  }

  @Test
  void silenceTimesOutAndItsStreamGoesOn() throws Exception {
    try (ScriptedGrpcServer server =
        ScriptedGrpcServer.start((number, request, answer) -> {
          if (number % 10 != 0) {
            ScriptedGrpcServer.echo(number, request, answer);
          }
        })) {
      LoadResult result =
          LoadGenerator.run(
              plan(server, 40).withPace(LoadPace.closed(1, 4)).withTimeout(Duration.ofMillis(500)));
      assertThat(result.counts()).isEqualTo(new LoadCounts(40, 36, 0, 0, 4, 0, 0));
    }
  }

  @Test
  void serverThatGoesAwayIsCountedAndTheLoadEnds() throws Exception {
    try (ScriptedGrpcServer server = ScriptedGrpcServer.start(ScriptedGrpcServer::echo)) {
      Thread killer =
          Thread.ofVirtual()
              .start(() -> {
                while (server.requests.get() < 100) {
                  Thread.onSpinWait();
                }
                server.server.shutdownNow();
              });
      LoadSpan span = LoadSpan.lasting(Duration.ZERO, Duration.ofMillis(500));
      LoadResult result =
          LoadGenerator.run(plan(server, 1).withPace(LoadPace.closed(2, 4)).withSpan(span));
      killer.join();
      LoadCounts counts = result.counts();
      assertThat(counts.right()).isGreaterThanOrEqualTo(90);
      assertThat(counts.right() + counts.refused() + counts.broken()).isEqualTo(counts.sent());
      assertThat(result.firstFailure()).isNotNull();
    }
  }

  /** A server that closes connections by age says so, and answers what it has begun. */
  @Test
  void connectionThatIsDrainedLosesNothing() throws Exception {
    try (ScriptedGrpcServer server =
        ScriptedGrpcServer.with(
            ScriptedGrpcServer::echo,
            builder -> builder.maxConnectionAge(50, TimeUnit.MILLISECONDS))) {
      LoadSpan span = LoadSpan.lasting(Duration.ZERO, Duration.ofMillis(600));
      LoadPace pace = new LoadPace.Open(2000, Arrivals.POISSON, 2, 8);
      LoadResult result = LoadGenerator.run(plan(server, 1).withPace(pace).withSpan(span));
      LoadCounts counts = result.counts();
      assertThat(counts.right()).isEqualTo(counts.sent()).isBetween(1000L, 1400L);
    }
  }

  @Test
  void serverThatAllowsTooFewStreamsIsRefusedAtTheStart() throws Exception {
    try (ScriptedGrpcServer server =
        ScriptedGrpcServer.with(
            ScriptedGrpcServer::echo, builder -> builder.maxConcurrentCallsPerConnection(4))) {
      LoadPlan plan = plan(server, 1).withPace(LoadPace.closed(1, 5));
      assertThatThrownBy(() -> LoadGenerator.run(plan))
          .isInstanceOfSatisfying(
              StatusException.class,
              failure -> assertThat(failure.code()).isEqualTo(StatusCode.UNAVAILABLE))
          .hasMessageContaining("the server allows 4 streams on a connection, not 5");
    }
  }

  @Test
  void methodThatIsNotThereIsRefused() throws Exception {
    try (ScriptedGrpcServer server = ScriptedGrpcServer.start(ScriptedGrpcServer::echo)) {
      LoadTarget target = LoadTarget.grpc(server.target().address(), "test.Service/Other");
      LoadResult result =
          LoadGenerator.run(LoadPlan.of(target, MESSAGE).withSpan(LoadSpan.counting(5)));
      assertThat(result.byStatus()).isEqualTo(Map.of(12, 5L));
    }
  }

  private static byte[] random(int seed) {
    byte[] bytes = new byte[seed * 150_000];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static LoadPlan plan(ScriptedGrpcServer server, long count) {
    return LoadPlan.of(server.target(), MESSAGE)
        .withSpan(LoadSpan.counting(count))
        .withTimeout(Duration.ofSeconds(60));
  }
}
