package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.testkit.Models;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What all requests together may hold, over both protocols and real sockets. */
class InFlightRequestsTest {

  private static final int LIMIT = 10_000_000;
  private static final int UNAVAILABLE = 14;
  private static final int RESOURCE_EXHAUSTED = 8;

  private static TestServer server;

  @BeforeAll
  static void start(@TempDir Path models) throws Exception {
    Models.copyTo(models, Models.GATE);
    Models.copyTo(models, Models.HALF_PLUS_TWO);
    Models.copyTo(models, Models.SLOW);
    server =
        TestServer.start(
            TestServer.modelConfig(models, "gate", "half_plus_two", "slow"),
            "--max_inflight_bytes=" + LIMIT);
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  /** Whatever happened: nothing is counted any more. */
  @AfterEach
  void awaitNothingInFlight() {
    InFlightBytes inFlight = server.server().inFlight();
    for (int i = 0; i < 3000 && inFlight.used() != 0; i++) { // half a minute, against hanging
      LockSupport.parkNanos(10_000_000);
    }
    assertThat(inFlight.used()).isZero();
  }

  private static PredictRequest gate(String signature, int bytes) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("gate").setSignatureName(signature))
        .putInputs(
            "x",
            TensorProto.newBuilder()
                .setDtype(DataType.DT_INT64)
                .setTensorShape(
                    TensorShapeProto.newBuilder()
                        .addDim(TensorShapeProto.Dim.newBuilder().setSize(bytes / 8)))
                .setTensorContent(ByteString.copyFrom(new byte[bytes]))
                .build())
        .build();
  }

  /** Takes so many milliseconds. */
  private static PredictRequest slow(int bytes, long millis) {
    ByteBuffer values = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    values.putLong(0, millis);
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("slow").setSignatureName("serving_default"))
        .putInputs(
            "millis",
            TensorProto.newBuilder()
                .setDtype(DataType.DT_INT64)
                .setTensorShape(
                    TensorShapeProto.newBuilder()
                        .addDim(TensorShapeProto.Dim.newBuilder().setSize(bytes / 8)))
                .setTensorContent(ByteString.copyFrom(values))
                .build())
        .build();
  }

  private static void awaitInFlight(long bytes) {
    for (int i = 0; i < 3000 && server.server().inFlight().used() < bytes; i++) {
      LockSupport.parkNanos(10_000_000);
    }
    assertThat(server.server().inFlight().used()).isGreaterThanOrEqualTo(bytes);
  }

  private static String body(int bytes) {
    return "{\"instances\": [1.0" + " ".repeat(bytes) + "]}";
  }

  @Test
  void whatDoesNotFitBesideARunningRequestIsRefusedOverBothProtocols() throws Exception {
    ListenableFuture<PredictResponse> held =
        server.predictionsAsync().predict(gate("hold", 6_000_000));
    awaitInFlight(6_000_000);
    assertThatThrownBy(() -> server.predictions().predict(gate("hold", 6_000_000)))
        .hasMessageStartingWith("UNAVAILABLE: requests of 6000")
        .hasMessageEndingWith("that --max_inflight_bytes allows; retry later");
    assertThat(server.post("/v1/models/half_plus_two:predict", body(6_000_000)).statusCode())
        .isEqualTo(503);
    assertThat(server.post("/v1/models/half_plus_two:predict", body(10)).statusCode())
        .isEqualTo(200);
    assertThat(server.predictions().predict(gate("release", 8)).getOutputsCount()).isEqualTo(1);
    assertThat(held.get(60, TimeUnit.SECONDS).getOutputsOrThrow("y").getInt64ValCount())
        .isEqualTo(750_000);
  }

  @Test
  void whatNeverFitsIsSaidToBeTooLarge() throws Exception {
    assertThatThrownBy(() -> server.predictions().predict(gate("hold", 12_000_000)))
        .hasMessageStartingWith("RESOURCE_EXHAUSTED: the request has 12000");
    assertThat(server.post("/v1/models/half_plus_two:predict", body(12_000_000)).statusCode())
        .isEqualTo(413);
  }

  @Test
  void refusalComesBeforeTheBody() throws Exception {
    try (RawGrpc call = new RawGrpc(server.server().grpcPort())) {
      call.begin(LIMIT + 1);
      assertThat(call.outcome().status()).isEqualTo(RESOURCE_EXHAUSTED);
    }
    try (RawGrpc first = new RawGrpc(server.server().grpcPort());
        RawGrpc second = new RawGrpc(server.server().grpcPort())) {
      first.begin(LIMIT);
      awaitInFlight(LIMIT);
      second.begin(1);
      assertThat(second.outcome().status()).isEqualTo(UNAVAILABLE);
    }
    try (RawHttp connection = new RawHttp(server.restPort())) {
      RawHttp.Answer answer =
          connection
              .send(
                  "POST /v1/models/half_plus_two:predict HTTP/1.1\r\nHost: x\r\nContent-Length: "
                      + (LIMIT + 1)
                      + "\r\n\r\n")
              .read();
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.text()).contains("--max_inflight_bytes allows");
    }
  }

  @Test
  void connectionIsUsableAfterARefusal() {
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(() -> server.predictions().predict(gate("hold", 12_000_000)))
          .hasMessageStartingWith("RESOURCE_EXHAUSTED");
      assertThat(server.predictions().predict(gate("release", 8)).getOutputsCount()).isEqualTo(1);
      assertThat(server.predictions().predict(gate("hold", 80_000)).getOutputsCount()).isEqualTo(1);
    }
  }

  @Test
  void chunkedBodyIsCountedAsItGrows() throws Exception {
    try (RawHttp connection = new RawHttp(server.restPort())) {
      connection.send(
          "POST /v1/models/half_plus_two:predict HTTP/1.1\r\nHost: x\r\n"
              + "Transfer-Encoding: chunked\r\n\r\n");
      String chunk = "F4240\r\n" + " ".repeat(1_000_000) + "\r\n";
      for (int i = 0; i < 11; i++) {
        connection.sendIfOpen(chunk.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      }
      assertThat(connection.read().status()).isEqualTo(413);
    }
  }

  @Test
  void bytesComeBackAfterErrorsCancellationsAndDeadlines() throws Exception {
    assertThatThrownBy(() -> server.predictions().predict(gate("nope", 1_000_000)))
        .hasMessageContaining("FAILED_PRECONDITION");
    // Its run may have begun, and then it goes on after the cancellation: it has to end by itself.
    ListenableFuture<PredictResponse> cancelled =
        server.predictionsAsync().predict(slow(1_000_000, 300));
    awaitInFlight(1_000_000);
    cancelled.cancel(true);
    assertThatThrownBy(() ->
            server
                .predictions()
                .withDeadlineAfter(200, TimeUnit.MILLISECONDS)
                .predict(gate("hold", 1_000_000)))
        .hasMessageContaining("DEADLINE_EXCEEDED");
    try (RawGrpc gone = new RawGrpc(server.server().grpcPort())) {
      gone.begin(5_000_000);
      awaitInFlight(5_000_000);
    }
    try (RawHttp gone = new RawHttp(server.restPort())) {
      gone.send(
          "POST /v1/models/half_plus_two:predict HTTP/1.1\r\nHost: x\r\n"
              + "Content-Length: 5000000\r\n\r\n{");
      awaitInFlight(5_000_000);
    }
    assertThat(server.post("/v1/models/half_plus_two:predict", "nonsense").statusCode())
        .isEqualTo(400);
    assertThat(server.get("/v1/models/half_plus_two").statusCode()).isEqualTo(200);
  }

  /** A timed-out call has its answer, but its tensors stay until the engine returns. */
  @Test
  void bytesOfARunThatGoesOnAfterItsAnswerStayCounted() {
    PredictRequest stubborn =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName("slow").setSignatureName("stubborn"))
            .putInputs(
                "millis",
                TensorProto.newBuilder()
                    .setDtype(DataType.DT_INT64)
                    .setTensorShape(
                        TensorShapeProto.newBuilder()
                            .addDim(TensorShapeProto.Dim.newBuilder().setSize(100_000)))
                    .addInt64Val(1500)
                    .setTensorContent(ByteString.EMPTY)
                    .build())
            .addOutputFilter("slept")
            .build();
    assertThatThrownBy(() ->
            server.predictions().withDeadlineAfter(300, TimeUnit.MILLISECONDS).predict(stubborn))
        .hasMessageContaining("DEADLINE_EXCEEDED");
    assertThat(server.server().inFlight().used()).isGreaterThanOrEqualTo(800_000);
  }

  @Test
  void smallMessageThatAsksForALargeTensorIsRefused() {
    PredictRequest large =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName("half_plus_two"))
            .putInputs(
                "x",
                TensorProto.newBuilder()
                    .setDtype(DataType.DT_FLOAT)
                    .setTensorShape(
                        TensorShapeProto.newBuilder()
                            .addDim(TensorShapeProto.Dim.newBuilder().setSize(3_000_000)))
                    .addFloatVal(1)
                    .build())
            .build();
    assertThatThrownBy(() -> server.predictions().predict(large))
        .hasMessageStartingWith("RESOURCE_EXHAUSTED: the request has 12000");
  }

  @Test
  void smallMessageThatInflatesBeyondTheRoomIsRefused() {
    PredictRequest zeros = gate("hold", 12_000_000);
    assertThatThrownBy(() -> server.predictions().withCompression("gzip").predict(zeros))
        .hasMessageStartingWith("RESOURCE_EXHAUSTED: the request has");
  }
}
