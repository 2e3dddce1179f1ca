package dev.sluice.load;

import static dev.sluice.load.ScriptedHttpServer.answer;
import static dev.sluice.load.ScriptedHttpServer.ok;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestLoadTest {

  private static final byte[] BODY = "{\"instances\": [1]}".getBytes(US_ASCII);
  private static final byte[] ANSWER = "{\"predictions\": [2.5]}".getBytes(US_ASCII);

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void countIsExactOnAnyNumberOfThreads(int threads) throws Exception {
    try (ScriptedHttpServer server = ScriptedHttpServer.start((n, request) -> ok(ANSWER))) {
      LoadResult result =
          LoadGenerator.run(plan(server, 1000).withPace(LoadPace.closed(7)).withThreads(threads));
      assertThat(server.requests).hasValue(1000);
      assertThat(server.connections).hasValue(7);
      assertThat(result.counts()).isEqualTo(new LoadCounts(1000, 1000, 0, 0, 0, 0, 0));
      assertThat(result.byStatus()).isEqualTo(Map.of(200, 1000L));
      assertThat(result.latency().getTotalCount()).isEqualTo(1000);
      assertThat(result.refusals().getTotalCount()).isZero();
      assertThat(result.lateness().getTotalCount()).isZero();
      assertThat(result.firstFailure()).isNull();
      assertThat(result.cost().right()).isEqualTo(1000);
      assertThat(result.cost().bytesReceived()).isEqualTo(1000L * ok(ANSWER).length);
      assertThat(result.cost().cpuNanos()).isPositive();
      assertThat(result.rate()).isPositive();
    }
  }

  @Test
  void countBelowTheNumberOfThreadsIsExact() throws Exception {
    try (ScriptedHttpServer server = ScriptedHttpServer.start((n, request) -> ok(ANSWER))) {
      LoadResult result =
          LoadGenerator.run(plan(server, 2).withPace(LoadPace.closed(4)).withThreads(3));
      assertThat(server.requests).hasValue(2);
      assertThat(result.counts().right()).isEqualTo(2);
    }
  }

  @Test
  void requestIsWhatThePlanSays() throws Exception {
    Set<String> heads = ConcurrentHashMap.newKeySet();
    Set<String> bodies = ConcurrentHashMap.newKeySet();
    ScriptedHttpServer.Script script =
        (n, request) -> {
          heads.add(request.head());
          bodies.add(new String(request.body(), US_ASCII));
          return ok(ANSWER);
        };
    try (ScriptedHttpServer server = ScriptedHttpServer.start(script)) {
      LoadTarget target = server.target().withHeader("x-sluice-timeout-ms", "50");
      LoadGenerator.run(LoadPlan.of(target, BODY).withSpan(LoadSpan.counting(5)));
      assertThat(heads)
          .containsExactly(
              "POST /v1/models/m:predict HTTP/1.1\r\nhost: localhost:"
                  + server.address().getPort()
                  + "\r\ncontent-type: application/json\r\ncontent-length: 18\r\n"
                  + "x-sluice-timeout-ms: 50\r\n\r\n");
      assertThat(bodies).containsExactly(new String(BODY, US_ASCII));
    }
  }

  @Test
  void requestsAreSentInTurnAndTheirAnswersCompared() throws Exception {
    List<byte[]> bodies =
        IntStream.range(0, 5).mapToObj(i -> ("body " + i).getBytes(US_ASCII)).toList();
    try (ScriptedHttpServer server = ScriptedHttpServer.start((n, r) -> ok(r.body()))) {
      LoadPlan plan =
          new LoadPlan(
              server.target(),
              bodies,
              LoadPace.closed(3),
              LoadSpan.counting(500),
              LoadCheck.ofBytes(200, bodies),
              Duration.ofSeconds(30),
              1);
      assertThat(LoadGenerator.run(plan).counts().right()).isEqualTo(500);
    }
  }

  @Test
  void otherBytesAreWrong() throws Exception {
    try (ScriptedHttpServer server =
        ScriptedHttpServer.start((n, r) -> ok(n % 10 == 0 ? BODY : ANSWER))) {
      LoadPlan plan = plan(server, 200).withCheck(LoadCheck.ofBytes(200, List.of(ANSWER)));
      LoadResult result = LoadGenerator.run(plan);
      assertThat(result.counts()).isEqualTo(new LoadCounts(200, 180, 20, 0, 0, 0, 0));
      assertThat(result.byStatus()).isEqualTo(Map.of(200, 200L));
      assertThat(result.firstFailure()).isEqualTo("status 200: {\"instances\": [1]}");
    }
  }

  @Test
  void otherStatusIsRefusedWithItsOwnLatencies() throws Exception {
    byte[] busy = answer("503 Service Unavailable", "", "{\"error\": \"full\"}".getBytes(US_ASCII));
    try (ScriptedHttpServer server =
        ScriptedHttpServer.start((n, r) -> n % 4 == 3 ? busy : ok(ANSWER))) {
      LoadResult result = LoadGenerator.run(plan(server, 200));
      assertThat(result.counts()).isEqualTo(new LoadCounts(200, 150, 0, 50, 0, 0, 0));
      assertThat(result.byStatus()).isEqualTo(Map.of(200, 150L, 503, 50L));
      assertThat(result.latency().getTotalCount()).isEqualTo(150);
      assertThat(result.refusals().getTotalCount()).isEqualTo(50);
      assertThat(result.firstFailure()).isEqualTo("status 503: {\"error\": \"full\"}");
    }
  }

  @Test
  void connectionThatTheServerEndsAfterAnAnswerIsOpenedAnew() throws Exception {
    byte[] last = answer("200 OK", "Connection: close\r\n", ANSWER);
    try (ScriptedHttpServer server = ScriptedHttpServer.start((n, r) -> last)) {
      LoadResult result = LoadGenerator.run(plan(server, 50));
      assertThat(result.counts()).isEqualTo(new LoadCounts(50, 50, 0, 0, 0, 0, 0));
      assertThat(server.requests).hasValue(50);
    }
  }

  @Test
  void connectionThatEndsWithoutAnAnswerBreaksItsRequest() throws Exception {
    try (ScriptedHttpServer server =
        ScriptedHttpServer.start((n, r) -> n % 10 == 9 ? null : ok(ANSWER))) {
      LoadResult result = LoadGenerator.run(plan(server, 100).withPace(LoadPace.closed(2)));
      assertThat(result.counts()).isEqualTo(new LoadCounts(100, 90, 0, 0, 0, 10, 0));
      assertThat(result.firstFailure()).isEqualTo("the server closed the connection");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n\r\nsomething else"
      })
  void answerThatIsNotUnderstoodBreaksItsRequest(String bytes) throws Exception {
    try (ScriptedHttpServer server =
        ScriptedHttpServer.start((n, r) -> n == 0 ? bytes.getBytes(US_ASCII) : ok(ANSWER))) {
      LoadResult result = LoadGenerator.run(plan(server, 3));
      assertThat(result.counts()).isEqualTo(new LoadCounts(3, 2, 0, 0, 0, 1, 0));
      assertThat(result.firstFailure()).startsWith("the answer is not understood: ");
    }
  }

  @Test
  void silenceTimesOutAndTheLoadEnds() throws Exception {
    try (ScriptedHttpServer server =
        ScriptedHttpServer.start((n, r) -> {
          if (n % 5 == 4) {
            ScriptedHttpServer.waitUntil(System.nanoTime() + TimeUnit.SECONDS.toNanos(170));
          }
          return ok(ANSWER);
        })) {
      LoadResult result =
          LoadGenerator.run(
              plan(server, 10).withPace(LoadPace.closed(2)).withTimeout(Duration.ofMillis(500)));
      assertThat(result.counts().sent()).isEqualTo(10);
      assertThat(result.counts().timedOut()).isEqualTo(2);
      assertThat(result.counts().right()).isEqualTo(8);
      assertThat(result.firstFailure()).isEqualTo("no answer within 500 ms");
    }
  }

  @Test
  void latencyHoldsWhatTheServerTook() throws Exception {
    long delay = TimeUnit.MILLISECONDS.toNanos(20);
    try (ScriptedHttpServer server =
        ScriptedHttpServer.start((n, r) -> {
          ScriptedHttpServer.waitUntil(System.nanoTime() + delay);
          return ok(ANSWER);
        })) {
      LoadResult result = LoadGenerator.run(plan(server, 40).withPace(LoadPace.closed(4)));
      // Histograms round to three digits.
      assertThat(result.latency().getMinValue()).isBetween(delay - delay / 500, 10 * delay);
    }
  }

  @Test
  void timeEndsTheLoadAndItsWarmUpIsNotCounted() throws Exception {
    try (ScriptedHttpServer server = ScriptedHttpServer.start((n, request) -> ok(ANSWER))) {
      LoadSpan span = LoadSpan.lasting(Duration.ofMillis(300), Duration.ofMillis(400));
      LoadResult result = LoadGenerator.run(plan(server, 1).withSpan(span));
      LoadCounts counts = result.counts();
      assertThat(counts.right()).isEqualTo(counts.sent()).isLessThan(server.requests.get());
      assertThat(result.latency().getTotalCount()).isEqualTo(counts.right());
      assertThat(result.cost().nanos()).isGreaterThanOrEqualTo(399_000_000);
      assertThat(result.cost().right()).isBetween(counts.right() - 1, counts.right() + 1);
    }
  }

  @Test
  void serverThatIsNotThereIsUnavailable() throws Exception {
    InetSocketAddress nobody;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = new InetSocketAddress(taken.getInetAddress(), taken.getLocalPort());
    }
    LoadPlan plan = LoadPlan.of(LoadTarget.rest(nobody, "/"), BODY);
    assertThatThrownBy(() -> LoadGenerator.run(plan))
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> assertThat(failure.code()).isEqualTo(StatusCode.UNAVAILABLE))
        .hasMessageContaining("no connection to ")
        .hasMessageContaining("Connection refused");
  }

  @Test
  void serverThatGoesAwayIsCountedAndTheLoadEnds() throws Exception {
    try (ScriptedHttpServer server = ScriptedHttpServer.start((n, r) -> ok(ANSWER))) {
      LoadSpan span = LoadSpan.lasting(Duration.ZERO, Duration.ofMillis(500));
      Thread killer =
          Thread.ofVirtual()
              .start(() -> {
                while (server.requests.get() < 10) {
                  Thread.onSpinWait();
                }
                try {
                  server.close();
                } catch (IOException failure) {
                  throw new UncheckedIOException(failure);
                }
              });
      LoadResult result = LoadGenerator.run(plan(server, 1).withSpan(span));
      killer.join();
      LoadCounts counts = result.counts();
      assertThat(counts.right() + counts.broken()).isEqualTo(counts.sent());
      assertThat(result.firstFailure()).isNotNull();
    }
  }

  private static LoadPlan plan(ScriptedHttpServer server, long count) {
    return LoadPlan.of(server.target(), BODY)
        .withSpan(LoadSpan.counting(count))
        .withTimeout(Duration.ofSeconds(60));
  }
}
