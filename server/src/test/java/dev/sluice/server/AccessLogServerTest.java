package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Int64Value;
import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.proto.serving.GetModelStatusRequest;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Models;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log of requests of a started server, over both protocols. */
class AccessLogServerTest {

  private static final String PREDICT = "/v1/models/half:predict";

  @TempDir private static Path folder;

  private static Path file;
  private static TestServer server;

  @BeforeAll
  static void start() throws Exception {
    file = folder.resolve("access.log");
    Path base = Models.copyTo(folder, Models.HALF_PLUS_TWO);
    server = TestServer.of("half", base, "--access_log=" + file);
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  /** The first line that has this text, once it is there. */
  private static Struct line(String text) throws IOException {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      String all = Files.readString(file);
      List<String> found =
          all.substring(0, all.lastIndexOf('\n') + 1)
              .lines()
              .filter(line -> line.contains(text))
              .toList();
      if (!found.isEmpty()) {
        Struct.Builder object = Struct.newBuilder();
        JsonFormat.parser().merge(found.getFirst(), object);
        return object.build();
      }
      assertThat(System.nanoTime()).as("no line with %s in %s", text, all).isLessThan(limit);
      LockSupport.parkNanos(5_000_000);
    }
  }

  private static String text(Struct line, String member) {
    return line.getFieldsOrThrow(member).getStringValue();
  }

  private static double number(Struct line, String member) {
    return line.getFieldsOrThrow(member).getNumberValue();
  }

  @Test
  @Proves("--access_log")
  void requestOverRestIsALine() throws Exception {
    String body = "{\"instances\": [1.0]}";
    String answer = server.post(PREDICT + "?once", body).body();
    Struct line = line("\"path\":\"" + PREDICT + "\"");
    assertThat(text(line, "protocol")).isEqualTo("rest");
    assertThat(text(line, "method")).isEqualTo("POST");
    assertThat(text(line, "model")).isEqualTo("half");
    assertThat(text(line, "peer")).matches("127\\.0\\.0\\.1:\\d+");
    assertThat(number(line, "version")).isPositive();
    assertThat(number(line, "status")).isEqualTo(200);
    assertThat(number(line, "bytes_in")).isEqualTo(body.length());
    assertThat(number(line, "bytes_out")).isEqualTo(answer.length());
    assertThat(number(line, "ms")).isPositive();
  }

  @Test
  void whatFailsIsALineToo() throws Exception {
    server.post("/v1/models/nope:predict", "{\"instances\": [1.0]}");
    Struct unknown = line("/v1/models/nope:predict");
    assertThat(number(unknown, "status")).isEqualTo(404);
    assertThat(text(unknown, "model")).isEqualTo("nope");
    assertThat(unknown.getFieldsMap()).doesNotContainKey("version");
    server.get("/nowhere");
    assertThat(number(line("/nowhere"), "status")).isEqualTo(404);
  }

  private static PredictRequest request(String model) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName(model).setVersion(Int64Value.of(version())))
        .putInputs(
            "x",
            TensorProto.newBuilder()
                .setDtype(DataType.DT_FLOAT)
                .setTensorShape(
                    TensorShapeProto.newBuilder()
                        .addDim(TensorShapeProto.Dim.newBuilder().setSize(1)))
                .addFloatVal(1)
                .build())
        .build();
  }

  private static long version() {
    return server.server().available().getFirst().version();
  }

  @Test
  void requestOverGrpcIsALine() throws Exception {
    var _ = server.predictions().predict(request("half"));
    Struct line = line("/tensorflow.serving.PredictionService/Predict\",\"model\":\"half\"");
    assertThat(text(line, "protocol")).isEqualTo("grpc");
    assertThat(text(line, "status")).isEqualTo("OK");
    assertThat(text(line, "peer")).matches("127\\.0\\.0\\.1:\\d+");
    assertThat(number(line, "version")).isEqualTo(version());
    assertThat(number(line, "bytes_in")).isPositive();
    assertThat(number(line, "bytes_out")).isPositive();
    assertThatThrownBy(() -> server.predictions().predict(request("missing")))
        .isInstanceOf(StatusRuntimeException.class);
    assertThat(text(line("\"model\":\"missing\""), "status")).isEqualTo("NOT_FOUND");
    var _ =
        server
            .models()
            .getModelStatus(
                GetModelStatusRequest.newBuilder()
                    .setModelSpec(ModelSpec.newBuilder().setName("half"))
                    .build());
    assertThat(text(line("GetModelStatus"), "model")).isEqualTo("half");
  }

  @Test
  void fullDiskCostsLinesWhichAreCountedAndNothingElse() throws Exception {
    Path base = Models.copyTo(folder.resolve("full"), Models.HALF_PLUS_TWO);
    try (LoggedLines log = LoggedLines.of("dev.sluice.server.log.CountWatch");
        TestServer full = TestServer.of("half", base, "--access_log=/dev/full")) {
      for (int i = 0; i < 3; i++) {
        assertThat(full.post(PREDICT, "{\"instances\": [1.0]}").statusCode()).isEqualTo(200);
      }
      log.await("Requests are missing in the access log, by their number: ");
      assertThat(full.get("/metrics").body())
          .containsPattern("\nsluice_access_log_dropped_total [1-9]");
    }
  }

  @Test
  void fileThatCanNotBeOpenedEndsTheStart() {
    assertThatThrownBy(
            () -> TestServer.of("half", folder.resolve("half_plus_two"), "--access_log=" + folder))
        .isInstanceOf(StatusException.class)
        .hasMessageContaining("--access_log=" + folder + " can't be opened: ");
  }
}
