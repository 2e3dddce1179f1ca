package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.testkit.Models;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.ByteArrayOutputStream;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** REST and gRPC on one port: the first bytes of a connection say which it is. */
class OnePortTest {

  private static final String HALF = "/v1/models/half_plus_two:predict";
  private static final String BODY = "{\"instances\": [1.0]}";
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  @TempDir private static Path models;
  private static TestServer server;

  @BeforeAll
  static void start() throws Exception {
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, models.resolve(Models.HALF_PLUS_TWO), 1);
    Models.copyTo(models, Models.SLOW);
    server = startOne("--rest_api_receive_timeout_seconds=1");
  }

  private static TestServer startOne(String... flags) throws Exception {
    String[] all = java.util.Arrays.copyOf(flags, flags.length + 1);
    all[flags.length] = TestServer.modelConfig(models, "half_plus_two", "slow");
    return TestServer.startOnOnePort(all);
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  private static PredictRequest half() {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("half_plus_two"))
        .putInputs("x", TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).addFloatVal(2).build())
        .build();
  }

  private static PredictRequest slow(long millis) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("slow"))
        .putInputs(
            "millis",
            TensorProto.newBuilder().setDtype(DataType.DT_INT64).addInt64Val(millis).build())
        .build();
  }

  private static void assertBothAnswer(TestServer server) throws Exception {
    assertThat(server.predictions().predict(half()).getOutputsOrThrow("y").getFloatValList())
        .containsExactly(3f);
    assertThat(server.post(HALF, BODY).body()).contains("2.5");
  }

  private static RawHttp connect() throws Exception {
    return new RawHttp(server.restPort());
  }

  @Test
  void bothProtocolsAndHealthAnswer() throws Exception {
    assertThat(server.restPort()).isEqualTo(server.server().grpcPort()).isPositive();
    assertBothAnswer(server);
    assertThat(
            HealthGrpc.newBlockingStub(server.channel())
                .check(HealthCheckRequest.newBuilder().setService("half_plus_two").build())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
    assertThat(server.get("/v1/models/half_plus_two").body()).contains("AVAILABLE");
  }

  @Test
  void requestMayComeByteByByte() throws Exception {
    try (RawHttp connection = connect()) {
      for (byte one : RawHttp.post(HALF, BODY).getBytes(StandardCharsets.US_ASCII)) {
        connection.send(new byte[] {one});
      }
      assertThat(connection.read().text()).contains("2.5");
      assertThat(connection.send(RawHttp.get("/v1/models/slow")).read().status()).isEqualTo(200);
    }
  }

  @Test
  void prefaceOfHttp2MayComeByteByByte() throws Exception {
    try (RawGrpc connection = new RawGrpc(server.restPort(), true)) {
      assertThat(connection.call(half().toByteArray(), new byte[0]).status()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PRI /v1 HTTP/1.1", "PRI * HTTP/1.1", "PRIX * HTTP/2.0", "\r\n\r\nnone"})
  void whatOnlyBeginsLikeHttp2IsAnsweredAsHttp(String line) throws Exception {
    try (RawHttp connection = connect()) {
      connection.send(line + "\r\nHost: x\r\n\r\n");
      assertThat(connection.read().status()).isBetween(400, 501);
    }
    assertBothAnswer(server);
  }

  @Test
  void pipelinedRequestsAndLargeOnesLoseNothing() throws Exception {
    String large = "{\"instances\": [1.0" + " ".repeat(300_000) + "]}";
    try (RawHttp connection = connect()) {
      connection.send(RawHttp.post(HALF, large) + RawHttp.post(HALF, BODY) + RawHttp.get("/nope"));
      assertThat(connection.read().text()).contains("2.5");
      assertThat(connection.read().text()).contains("2.5");
      assertThat(connection.read().status()).isEqualTo(404);
    }
  }

  @Test
  void clientThatEndsItsSendingSideIsAnswered() throws Exception {
    try (RawHttp connection = connect()) {
      connection.send(RawHttp.post(HALF, BODY)).endSending();
      assertThat(connection.read().text()).contains("2.5");
      assertThat(connection.atEnd()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "P", "PRI * HTTP/2."})
  void connectionThatDoesNotSayWhatItSpeaksIsClosed(String beginning) throws Exception {
    try (RawHttp ended = connect();
        RawHttp silent = connect()) {
      assertThat(ended.send(beginning).endSending().atEnd()).isTrue();
      assertThat(silent.send(beginning).atEnd()).isTrue(); // --rest_api_receive_timeout_seconds
    }
    assertBothAnswer(server);
  }

  @Test
  void upgradeToHttp2IsNotOffered() throws Exception {
    try (RawHttp connection = connect()) {
      String upgrade =
          "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n";
      RawHttp.Answer answer = connection.send(RawHttp.request("POST", HALF, upgrade, BODY)).read();
      assertThat(answer.statusLine()).startsWith("HTTP/1.1 200");
      assertThat(answer.header("upgrade")).isEmpty();
    }
  }

  @Test
  void limitsOfOneProtocolDoNotConcernTheOther() throws Exception {
    try (TestServer aged =
            startOne(
                "--grpc_channel_arguments=grpc.max_connection_age_ms=100,"
                    + "grpc.max_connection_age_grace_ms=100,grpc.max_connection_idle_ms=100");
        RawHttp connection = new RawHttp(aged.restPort())) {
      assertThat(connection.send(RawHttp.post(HALF, BODY)).read().text()).contains("2.5");
      assertBothAnswer(aged);
      CountDownLatch ended = new CountDownLatch(1);
      ((ManagedChannel) aged.channel())
          .notifyWhenStateChanged(ConnectivityState.READY, ended::countDown);
      assertThat(ended.await(60, TimeUnit.SECONDS)).as("age ends that of gRPC").isTrue();
      assertThat(connection.send(RawHttp.post(HALF, BODY)).read().text()).contains("2.5");
    }
  }

  @Test
  void stopLetsRequestsOfBothProtocolsEndAndClosesWhatIsUndecided() throws Exception {
    TestServer stopping = startOne("--rest_api_receive_timeout_seconds=0");
    int port = stopping.restPort();
    ListenableFuture<PredictResponse> overGrpc = stopping.predictionsAsync().predict(slow(1500));
    try (RawHttp overRest = new RawHttp(port);
        RawHttp idle = new RawHttp(port);
        RawHttp undecided = new RawHttp(port).send("PRI * HTTP")) {
      assertThat(idle.send(RawHttp.get("/v1/models/slow")).read().status()).isEqualTo(200);
      overRest.send(RawHttp.post("/v1/models/slow:predict", "{\"inputs\": 1500}"));
      assertThat(RunCounts.await(stopping, "slow", now -> now.running() == 2).running())
          .isEqualTo(2);
      CompletableFuture<Void> stop = CompletableFuture.runAsync(stopping.server()::close);
      assertThat(idle.atEnd()).isTrue();
      assertThat(undecided.atEnd()).isTrue();
      assertThat(overRest.read().text()).contains("1500");
      assertThat(overRest.atEnd()).isTrue();
      assertThat(overGrpc.get(60, TimeUnit.SECONDS).getOutputsCount()).isEqualTo(1);
      stop.get(60, TimeUnit.SECONDS);
    }
    assertThatThrownBy(() -> new RawHttp(port)).isInstanceOf(ConnectException.class);
    stopping.close();
  }

  @Test
  void garbageIsRefusedAndTheServerGoesOn() throws Exception {
    ByteArrayOutputStream garbage = new ByteArrayOutputStream();
    garbage.writeBytes(PREFACE.getBytes(StandardCharsets.US_ASCII));
    garbage.writeBytes(
        "this is no frame at all, and it is long enough for one"
            .getBytes(StandardCharsets.US_ASCII));
    try (RawHttp connection = connect()) {
      connection.sendIfOpen(garbage.toByteArray());
      while (!connection.atEnd()) {
        // what the server says of it before it closes
      }
    }
    assertBothAnswer(server);
  }
}
