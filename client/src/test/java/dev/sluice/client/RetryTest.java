package dev.sluice.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.status.StatusCode;
import dev.sluice.testkit.FreePort;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is sent again and what never is, over real sockets; pauses take no time. */
class RetryTest {

  private static final Map<String, Tensor> X = Map.of("x", Tensor.of(new float[] {1, 2}));

  private final List<Duration> pauses = new CopyOnWriteArrayList<>();
  private Runnable beforePause = () -> {};
  private FakeServer server;

  @BeforeEach
  void start() throws IOException {
    server = FakeServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** Like the real ones, but a pause is noted and over at once. */
  private final class FastParts implements Connection.Parts {
    private final NettyParts real;

    FastParts(String target) {
      real =
          new NettyParts(
              Target.parse(target),
              new NettyParts.Options(InsecureChannelCredentials.create(), null, 1 << 20));
    }

    @Override
    public ManagedChannel channel() {
      return real.channel();
    }

    @Override
    public Future<?> after(Duration delay, Runnable task) {
      pauses.add(delay);
      beforePause.run();
      return real.after(Duration.ZERO, task);
    }

    @Override
    public DoubleSupplier random() {
      return () -> 0.5;
    }

    @Override
    public void close() {
      real.close();
    }
  }

  private SluiceClient client(String target, RetryPolicy policy) {
    return SluiceClient.builder(target)
        .deadline(Duration.ofSeconds(30))
        .retries(policy)
        .build(new FastParts(target));
  }

  private void fail(int times, Status status) {
    for (int i = 0; i < times; i++) {
      server.failures.add(status);
    }
  }

  private static SluiceException failureOf(Runnable call) {
    return catchThrowableOfType(SluiceException.class, call::run);
  }

  @Test
  void readsAreSentAgainUntilTheyAreAnswered() {
    fail(3, Status.UNAVAILABLE);
    try (SluiceClient client = client(server.target(), RetryPolicy.standard())) {
      assertThat(client.model("m").status()).extracting(VersionStatus::version).containsExactly(7L);
    }
    assertThat(server.statuses).hasValue(4);
    // 50, 100, 200 ms, of which a half is certain and the random half of the rest comes on top.
    assertThat(pauses)
        .extracting(pause -> pause.toNanos() / 1e6)
        .containsExactly(37.5, 75.0, 150.0);
  }

  @Test
  void readsStopAfterTheLastAttemptWithTheServersWords() {
    fail(9, Status.UNAVAILABLE.withDescription("not now"));
    try (SluiceClient client = client(server.target(), RetryPolicy.standard())) {
      SluiceException failure = failureOf(() -> client.model("m").status());
      assertThat(failure.code()).isEqualTo(StatusCode.UNAVAILABLE);
      assertThat(failure.text()).isEqualTo("not now");
      assertThat(failure.model()).isEqualTo("m");
      assertThat(failure).hasMessage("m: not now (UNAVAILABLE)");
    }
    assertThat(server.statuses).hasValue(4);
  }

  @Test
  void otherCodesAreNeverRepeated() {
    try (SluiceClient client = client(server.target(), RetryPolicy.standard().withRefusedRuns())) {
      for (Status status :
          List.of(
              Status.NOT_FOUND,
              Status.RESOURCE_EXHAUSTED,
              Status.ABORTED,
              Status.INTERNAL,
              Status.UNKNOWN,
              Status.DEADLINE_EXCEEDED,
              Status.CANCELLED)) {
        fail(1, status);
        assertThat(failureOf(() -> client.model("m").status()).code().name())
            .isEqualTo(status.getCode().name());
        fail(1, status);
        assertThat(failureOf(() -> client.model("m").predict(X)).code().name())
            .isEqualTo(status.getCode().name());
      }
    }
    assertThat(server.statuses).hasValue(7);
    assertThat(server.predicts).hasValue(7);
    assertThat(pauses).isEmpty();
  }

  @Test
  void refusedPredictIsNotSentTwiceByDefault() {
    fail(1, Status.UNAVAILABLE.withDescription("no room"));
    try (SluiceClient client = client(server.target(), RetryPolicy.standard())) {
      SluiceException failure = failureOf(() -> client.model("m").predict(X));
      assertThat(failure.code()).isEqualTo(StatusCode.UNAVAILABLE);
      assertThat(failure.text()).isEqualTo("no room");
      assertThat(failure.sent()).isTrue();
    }
    assertThat(server.predicts).hasValue(1);
    assertThat(pauses).isEmpty();
  }

  @Test
  void refusedPredictIsSentAgainWhereThatIsChosen() {
    fail(2, Status.UNAVAILABLE);
    try (SluiceClient client = client(server.target(), RetryPolicy.standard().withRefusedRuns())) {
      assertThat(client.model("m").predict(X).output()).isEqualTo(X.get("x"));
    }
    assertThat(server.predicts).hasValue(3);
  }

  @Test
  void predictWhoseConnectionIsLostIsNeverSentTwice() throws Exception {
    server.holds = true;
    try (CutWire wire = new CutWire(server.port());
        SluiceClient client = client(wire.target(), RetryPolicy.standard().withRefusedRuns())) {
      CompletableFuture<Prediction> call = client.model("m").predictAsync(X);
      var _ = server.held.take();
      wire.cut();
      SluiceException failure = failureOf(() -> Waiting.on(call, "m"));
      assertThat(failure.code()).isEqualTo(StatusCode.UNAVAILABLE);
      assertThat(failure.text()).startsWith("the connection to " + wire.target() + " was lost");
      assertThat(failure.sent()).isTrue();
      assertThat(pauses).isEmpty();

      server.holds = false;
      assertThat(client.model("m").predict(X).output()).isEqualTo(X.get("x"));
    }
    assertThat(server.predicts).hasValue(2);
  }

  @Test
  void predictThatFindsNoServerIsSentWhenThereIsOne() throws Exception {
    int port = FreePort.next();
    FakeServer[] late = new FakeServer[1];
    beforePause =
        () -> {
          if (pauses.size() == 2) {
            late[0] = started(port);
          }
        };
    try (SluiceClient client = client("127.0.0.1:" + port, RetryPolicy.standard())) {
      assertThat(client.model("m").predict(X).output()).isEqualTo(X.get("x"));
      assertThat(late[0].predicts).hasValue(1);
      assertThat(pauses).hasSize(2);
    } finally {
      late[0].close();
    }
  }

  private static FakeServer started(int port) {
    try {
      return new FakeServer(port, InsecureServerCredentials.create());
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  @Test
  void absentServerIsSaidSoAfterTheLastAttempt() throws Exception {
    int port = FreePort.next();
    try (SluiceClient client = client("127.0.0.1:" + port, RetryPolicy.standard())) {
      SluiceException failure = failureOf(() -> client.model("m").predict(X));
      assertThat(failure.code()).isEqualTo(StatusCode.UNAVAILABLE);
      assertThat(failure.text())
          .startsWith("no server at 127.0.0.1:" + port + ": ")
          .contains("Connection refused");
      assertThat(failure.sent()).isFalse();
      assertThat(pauses).hasSize(3);
    }
  }

  @Test
  void streamThatAServerNeverLookedAtIsSentAgainByGrpcItself() {
    try (RefusingServer refusing = new RefusingServer(1);
        SluiceClient client = client(refusing.target(), RetryPolicy.none())) {
      assertThat(client.model("m").predict(X).outputs()).isEmpty();
      assertThat(refusing.streams).hasValue(2);
    }
  }

  @Test
  void streamsThatAreRefusedOnAndOnEndThePredict() {
    try (RefusingServer refusing = new RefusingServer(Integer.MAX_VALUE);
        SluiceClient client = client(refusing.target(), RetryPolicy.standard())) {
      assertThat(failureOf(() -> client.model("m").predict(X)).code())
          .isEqualTo(StatusCode.UNAVAILABLE);
      assertThat(refusing.streams).hasValue(2);
      assertThat(pauses).isEmpty();
    }
  }

  @Test
  void nothingIsRepeatedPastTheDeadline() {
    fail(1, Status.UNAVAILABLE);
    RetryPolicy slow =
        RetryPolicy.standard().withDelays(Duration.ofMinutes(10), Duration.ofMinutes(10));
    try (SluiceClient client = client(server.target(), slow)) {
      assertThat(failureOf(() -> client.model("m").status()).code())
          .isEqualTo(StatusCode.UNAVAILABLE);
    }
    assertThat(server.statuses).hasValue(1);
    assertThat(pauses).isEmpty();
  }

  @Test
  void noneMeansOnce() {
    fail(1, Status.UNAVAILABLE);
    try (SluiceClient client = client(server.target(), RetryPolicy.none())) {
      assertThat(failureOf(() -> client.model("m").status()).code())
          .isEqualTo(StatusCode.UNAVAILABLE);
    }
    assertThat(server.statuses).hasValue(1);
  }

  @Test
  void cancelDuringAPauseEndsTheCall() {
    fail(9, Status.UNAVAILABLE);
    CompletableFuture<?>[] call = new CompletableFuture<?>[1];
    CompletableFuture<Void> known = new CompletableFuture<>();
    beforePause =
        () -> {
          known.join();
          call[0].cancel(true);
        };
    try (SluiceClient client = client(server.target(), RetryPolicy.standard())) {
      call[0] = client.model("m").statusAsync();
      known.complete(null);
      assertThatThrownBy(call[0]::join)
          .isInstanceOf(java.util.concurrent.CancellationException.class);
    }
    assertThat(server.statuses).hasValue(1);
  }

  @Test
  void delaysGrowToTheirLimit() {
    RetryPolicy policy =
        RetryPolicy.standard().withDelays(Duration.ofMillis(100), Duration.ofMillis(300));
    assertThat(policy.delay(1, () -> 0)).isEqualTo(Duration.ofMillis(50));
    assertThat(policy.delay(1, () -> 1)).isEqualTo(Duration.ofMillis(100));
    assertThat(policy.delay(3, () -> 1)).isEqualTo(Duration.ofMillis(300));
    assertThat(policy.delay(60, () -> 0)).isEqualTo(Duration.ofMillis(150));
  }

  @Test
  void policiesThatMakeNoSenseAreRefused() {
    assertThatThrownBy(() -> RetryPolicy.standard().withAttempts(0))
        .hasMessage("attempts 0, expected at least 1");
    assertThatThrownBy(
            () -> RetryPolicy.standard().withDelays(Duration.ofMillis(2), Duration.ofMillis(1)))
        .hasMessageStartingWith("delays of PT0.002S to PT0.001S");
  }
}
