package dev.sluice.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.proto.serving.ModelVersionStatus;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.serving.StatusProto;
import dev.sluice.status.StatusCode;
import io.grpc.InsecureServerCredentials;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How calls end before they are answered, and how a client ends. */
class CallTest {

  private static final Map<String, Tensor> X = Map.of("x", Tensor.scalar(1f));

  private FakeServer server;
  private SluiceClient client;

  @BeforeEach
  void start() throws IOException {
    server = FakeServer.start();
    server.holds = true;
    client = SluiceClient.of(server.target());
  }

  @AfterEach
  void stop() {
    client.closeNow();
    server.close();
  }

  @Test
  void deadlineEndsACallThatIsNotAnswered() throws Exception {
    RemoteModel model = client.model("m").deadline(Duration.ofMillis(100));
    SluiceException failure = catchThrowableOfType(SluiceException.class, () -> model.predict(X));
    assertThat(failure.code()).isEqualTo(StatusCode.DEADLINE_EXCEEDED);
    assertThat(failure.text()).isEqualTo("no answer from " + server.target() + " within 100 ms");
  }

  @Test
  void cancelReachesTheServer() throws Exception {
    CompletableFuture<Prediction> call = client.model("m").predictAsync(X);
    var _ = server.held.take();
    assertThat(client.inFlight()).isEqualTo(1);
    assertThat(call.cancel(true)).isTrue();
    server.cancelled.await();
    assertThat(client.inFlight()).isZero();
  }

  @Test
  void futureThatTimesOutCancelsItsCall() throws Exception {
    CompletableFuture<Prediction> call = client.model("m").predictAsync(X);
    var _ = server.held.take();
    call.completeExceptionally(new IllegalStateException("not interested"));
    server.cancelled.await();
  }

  @Test
  void interruptCancelsABlockingCall() throws Exception {
    AtomicReference<Throwable> seen = new AtomicReference<>();
    AtomicReference<Boolean> flag = new AtomicReference<>();
    Thread caller =
        Thread.ofPlatform()
            .start(() -> {
              seen.set(
                  catchThrowableOfType(SluiceException.class, () -> client.model("m").predict(X)));
              flag.set(Thread.currentThread().isInterrupted());
            });
    var _ = server.held.take();
    caller.interrupt();
    caller.join();
    assertThat(seen.get()).hasMessage("m: interrupted (CANCELLED)");
    assertThat(flag.get()).isTrue();
    server.cancelled.await();
  }

  @Test
  void closeWaitsForWhatIsInFlight() throws Exception {
    CompletableFuture<Prediction> call = client.model("m").predictAsync(X);
    StreamObserver<PredictResponse> answer = server.held.take();
    CountDownLatch refusing = new CountDownLatch(1);
    Thread closing = Thread.ofPlatform().start(client::close);
    Thread.ofVirtual()
        .start(() -> {
          awaitClosed();
          refusing.countDown();
        });
    refusing.await();
    assertThat(closing.isAlive()).isTrue();
    assertThat(client.inFlight()).isEqualTo(1);
    FakeServer.answer(answer, PredictResponse.getDefaultInstance());
    assertThat(call.get().outputs()).isEmpty();
    closing.join();
    assertThat(client.inFlight()).isZero();
  }

  /** A closed client says so before it does anything, which is how its closing is seen. */
  private void awaitClosed() {
    while (true) {
      try {
        var _ = client.model("other").statusAsync().join();
      } catch (IllegalStateException closed) {
        return;
      }
    }
  }

  @Test
  void closeNowCancelsAndCounts() throws Exception {
    CompletableFuture<Prediction> first = client.model("m").predictAsync(X);
    CompletableFuture<Prediction> second = client.model("m").predictAsync(X);
    var _ = server.held.take();
    var _ = server.held.take();
    assertThat(client.closeNow()).isEqualTo(2);
    assertThat(client.inFlight()).isZero();
    assertThatThrownBy(first::join).isInstanceOf(CancellationException.class);
    assertThatThrownBy(second::join).isInstanceOf(CancellationException.class);
    assertThat(client.closeNow()).isZero();
    client.close();
  }

  @Test
  void closedClientRefusesCalls() {
    client.close();
    RemoteModel model = client.model("m");
    assertThatThrownBy(() -> model.predict(X))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the client of " + server.target() + " is closed");
    assertThatThrownBy(() -> model.awaitAvailable(Duration.ofSeconds(1)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void closeCancelsAWaitForAModel() throws Exception {
    for (int i = 0; i < 1000; i++) {
      server.failures.add(io.grpc.Status.NOT_FOUND);
    }
    CompletableFuture<Long> waiting = client.model("m").awaitAvailableAsync(Duration.ofMinutes(10));
    client.close();
    assertThatThrownBy(waiting::join).isInstanceOf(CancellationException.class);
  }

  @Test
  void waitEndsWhenTheModelIsThere() {
    for (int i = 0; i < 3; i++) {
      server.failures.add(io.grpc.Status.NOT_FOUND.withDescription("not yet"));
    }
    assertThat(client.model("m").awaitAvailable(Duration.ofMinutes(1))).isEqualTo(7);
    assertThat(server.statuses).hasValue(4);
  }

  @Test
  void waitThatIsOverSaysWhatItSawLast() {
    for (int i = 0; i < 1000; i++) {
      server.failures.add(io.grpc.Status.NOT_FOUND.withDescription("not yet"));
    }
    SluiceException failure =
        catchThrowableOfType(
            SluiceException.class, () -> client.model("m").awaitAvailable(Duration.ofMillis(200)));
    assertThat(failure.code()).isEqualTo(StatusCode.DEADLINE_EXCEEDED);
    assertThat(failure.text()).isEqualTo("m is not available after 200 ms: not yet");
  }

  @Test
  void waitEndsAtOnceWhereItIsInVain() {
    server.failures.add(io.grpc.Status.PERMISSION_DENIED.withDescription("go away"));
    assertThat(
            catchThrowableOfType(
                    SluiceException.class,
                    () -> client.model("m").awaitAvailable(Duration.ofMinutes(10)))
                .text())
        .isEqualTo("go away");
  }

  @Test
  void waitEndsAtOnceWhereTheChosenVersionCouldNotBeLoaded() {
    server.status =
        ModelVersionStatus.newBuilder()
            .setVersion(3)
            .setState(ModelVersionStatus.State.END)
            .setStatus(
                StatusProto.newBuilder()
                    .setErrorCodeValue(StatusCode.DATA_LOSS.number())
                    .setErrorMessage("no variables"))
            .build();
    SluiceException failure =
        catchThrowableOfType(
            SluiceException.class,
            () -> client.model("m").version(3).awaitAvailable(Duration.ofMinutes(10)));
    assertThat(failure.code()).isEqualTo(StatusCode.FAILED_PRECONDITION);
    assertThat(failure.text()).isEqualTo("version 3 END (DATA_LOSS: no variables)");
  }

  @Test
  void waitFindsAServerThatCameLater() throws Exception {
    int port = server.port();
    server.close();
    try (SluiceClient early = SluiceClient.of("127.0.0.1:" + port)) {
      CompletableFuture<Long> waiting = early.model("m").awaitAvailableAsync(Duration.ofMinutes(2));
      assertThat(
              catchThrowableOfType(SluiceException.class, () -> early.model("m").status()).sent())
          .isFalse();
      assertThat(waiting.isDone()).isFalse();
      try (FakeServer late = new FakeServer(port, InsecureServerCredentials.create())) {
        assertThat(waiting.join()).isEqualTo(7);
        assertThat(late.statuses.get()).isPositive();
      }
    }
  }
}
