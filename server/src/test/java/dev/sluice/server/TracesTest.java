package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.server.trace.Collector;
import dev.sluice.server.trace.Collector.Mood;
import dev.sluice.server.trace.Collector.Span;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Models;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Traces over real sockets, of callers that have begun them: the server that the tests share traces
 * nobody else. Each test has a trace of its own.
 */
class TracesTest {

  private static final String PREDICT = "/v1/models/half:predict";
  private static final String TWO_ROWS = "{\"instances\": [1.0, 2.0]}";
  private static final String CALLER = "00f067aa0ba902b7";

  private static Path base;
  private static Collector collector;
  private static TestServer server;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    base = Models.copyTo(folder, Models.HALF_PLUS_TWO);
    collector = new Collector();
    server =
        TestServer.startIn(
            Map.of(
                "OTEL_BSP_SCHEDULE_DELAY", "20",
                "OTEL_EXPORTER_OTLP_TIMEOUT", "120000",
                "OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20me",
                "OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test",
                "OTEL_SERVICE_NAME", "serving"),
            "--model_name=half",
            "--model_base_path=" + base,
            "--trace_endpoint=" + collector.url(),
            "--trace_sampling_rate=0");
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
    collector.close();
  }

  private static String parent(String trace, boolean sampled) {
    return "00-" + trace + '-' + CALLER + (sampled ? "-01" : "-00");
  }

  private static HttpRequest.Builder post(String path, String body) {
    return HttpRequest.newBuilder(server.uri(path)).POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private static int traced(String trace) throws Exception {
    return server
        .send(post(PREDICT, TWO_ROWS).header("traceparent", parent(trace, true)))
        .statusCode();
  }

  private static PredictionServiceBlockingStub stub(String trace) {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), parent(trace, true));
    return server
        .predictions()
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static PredictRequest predict(String model) {
    TensorProto.Builder x =
        TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).addFloatVal(2).addFloatVal(3);
    x.setTensorShape(
        TensorShapeProto.newBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(2)));
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName(model))
        .putInputs("x", x.build())
        .build();
  }

  /** The span of the request, which has the caller's for its parent. */
  private static Span request(List<Span> spans) {
    return spans.stream().filter(span -> span.parent().equals(CALLER)).findFirst().orElseThrow();
  }

  /** Decode, queue, run and encode, one after the other inside the request. */
  private static void assertStages(List<Span> spans) {
    Span request = request(spans);
    List<Span> stages = spans.stream().filter(span -> !span.equals(request)).toList();
    assertThat(stages)
        .extracting(Span::name)
        .containsExactlyInAnyOrder("decode", "queue", "run", "encode");
    assertThat(stages)
        .allSatisfy(stage -> {
          assertThat(stage.parent()).isEqualTo(request.id());
          assertThat(stage.startNanos()).isGreaterThanOrEqualTo(request.startNanos());
          assertThat(stage.endNanos()).isLessThanOrEqualTo(request.endNanos());
          assertThat(stage.nanos()).isNotNegative();
        });
    assertThat(stages.stream().mapToLong(Span::nanos).sum()).isLessThanOrEqualTo(request.nanos());
    Span run = stages.stream().filter(span -> span.name().equals("run")).findFirst().orElseThrow();
    assertThat(run.attributes())
        .containsEntry("sluice.batch.requests", 1L)
        .containsEntry("sluice.batch.rows", 2L);
  }

  @Test
  @Proves("--trace_endpoint")
  void callersTraceGoesOnOverRest() throws Exception {
    String trace = "11111111111111111111111111111111";
    HttpResponse<String> answer =
        server.send(
            post(PREDICT + "?a=b", TWO_ROWS)
                .header("traceparent", parent(trace, true))
                .header("tracestate", "vendor=1"));
    assertThat(answer.statusCode()).isEqualTo(200);

    List<Span> spans = collector.await(trace, 5);
    assertStages(spans);
    Span request = request(spans);
    assertThat(request.name()).isEqualTo("POST /v1/models/{model}:predict");
    assertThat(request.kind()).isEqualTo(2);
    assertThat(request.state()).isEqualTo("vendor=1");
    assertThat(request.status()).isZero();
    assertThat(request.attributes())
        .containsEntry("http.request.method", "POST")
        .containsEntry("http.route", "/v1/models/{model}:predict")
        .containsEntry("http.response.status_code", 200L)
        .containsEntry("url.scheme", "http")
        .containsEntry("url.path", PREDICT)
        .containsEntry("sluice.model.name", "half")
        .containsEntry("sluice.model.version", 2L)
        .containsEntry("sluice.signature", "serving_default")
        .containsEntry("sluice.rows", 2L);
    assertThat(request.resource())
        .containsEntry("service.name", "serving")
        .containsEntry("service.version", Version.SLUICE)
        .containsEntry("deployment.environment.name", "test");
    assertThat(collector.authorization()).isEqualTo("Bearer me");
  }

  @Test
  void callersTraceGoesOnOverGrpc() throws Exception {
    String trace = "22222222222222222222222222222222";
    assertThat(stub(trace).predict(predict("half")).getOutputsCount()).isOne();

    List<Span> spans = collector.await(trace, 5);
    assertStages(spans);
    Span request = request(spans);
    assertThat(request.name()).isEqualTo("tensorflow.serving.PredictionService/Predict");
    assertThat(request.kind()).isEqualTo(2);
    assertThat(request.status()).isZero();
    assertThat(request.attributes())
        .containsEntry("rpc.system", "grpc")
        .containsEntry("rpc.service", "tensorflow.serving.PredictionService")
        .containsEntry("rpc.method", "Predict")
        .containsEntry("rpc.grpc.status_code", 0L)
        .containsEntry("sluice.model.name", "half")
        .containsEntry("sluice.rows", 2L);
  }

  @Test
  void whatFailsHasItsCode() throws Exception {
    String rest = "33333333333333333333333333333333";
    String grpc = "44444444444444444444444444444444";
    assertThat(
            server
                .send(
                    post("/v1/models/nobody:predict", TWO_ROWS)
                        .header("traceparent", parent(rest, true)))
                .statusCode())
        .isEqualTo(404);
    assertThatThrownBy(() -> stub(grpc).predict(predict("nobody")))
        .isInstanceOf(StatusRuntimeException.class);

    Span overRest = request(collector.await(rest, 1));
    assertThat(overRest.attributes())
        .containsEntry("http.response.status_code", 404L)
        .containsEntry("sluice.model.name", "nobody")
        .doesNotContainKeys("error.type", "sluice.signature");
    assertThat(overRest.status()).as("the client's fault, not the server's").isZero();
    Span overGrpc = request(collector.await(grpc, 1));
    assertThat(overGrpc.attributes())
        .containsEntry("rpc.grpc.status_code", 5L)
        .containsEntry("sluice.model.name", "nobody");
    assertThat(overGrpc.status()).isZero();
  }

  /** Spans are sent in order, so what was asked before would have come before. */
  @Test
  @Proves("--trace_sampling_rate")
  void callerThatIsNotTracedHasNoSpanNorHasOneThatSaysNothing() throws Exception {
    String untraced = "55555555555555555555555555555555";
    String trace = "66666666666666666666666666666666";
    int status =
        server
            .send(post(PREDICT, TWO_ROWS).header("traceparent", parent(untraced, false)))
            .statusCode();
    assertThat(status).isEqualTo(200);
    assertThat(server.post(PREDICT, TWO_ROWS).statusCode()).isEqualTo(200);
    assertThat(traced(trace)).isEqualTo(200);

    assertThat(collector.await(trace, 5)).hasSize(5);
    assertThat(collector.spans())
        .noneMatch(span -> span.trace().equals(untraced))
        .noneMatch(span -> span.parent().isEmpty());
  }

  @Test
  void brokenCollectorIsCountedAndNothingElse() throws Exception {
    long before = count(server, "failed");
    collector.become(Mood.BROKEN);
    try {
      assertThat(traced("77777777777777777777777777777777")).isEqualTo(200);
      awaitMore(server, "failed", before);
    } finally {
      collector.become(Mood.WELL);
    }
    String trace = "88888888888888888888888888888888";
    assertThat(traced(trace)).isEqualTo(200);
    assertThat(collector.await(trace, 5)).hasSize(5);
    awaitMore(server, "sent", 0);
  }

  /** First it hangs, then it is gone; the server stops all the same. */
  @Test
  void servingDoesNotNoticeThatTheCollectorIsGone() throws Exception {
    try (Collector own = new Collector();
        TestServer other =
            TestServer.startIn(
                Map.of(
                    "OTEL_BSP_SCHEDULE_DELAY", "20",
                    "OTEL_EXPORTER_OTLP_TIMEOUT", "200",
                    "OTEL_EXPORTER_OTLP_ENDPOINT", own.url()),
                "--model_name=half",
                "--model_base_path=" + base)) {
      own.become(Mood.HANGING);
      long before = 0;
      assertThat(other.post(PREDICT, TWO_ROWS).statusCode()).isEqualTo(200);
      before = awaitMore(other, "failed", before);
      own.close();
      for (int i = 0; i < 20; i++) {
        assertThat(other.post(PREDICT, TWO_ROWS).statusCode()).isEqualTo(200);
      }
      awaitMore(other, "failed", before);
      assertThat(count(other, "sent")).isZero();
    }
  }

  private static long count(TestServer of, String outcome) throws Exception {
    String page = of.get("/metrics").body();
    Matcher line =
        Pattern.compile("sluice_trace_spans_total\\{outcome=\"" + outcome + "\"} ([0-9]+)\n")
            .matcher(page);
    assertThat(line.find()).as(page).isTrue();
    return Long.parseLong(line.group(1));
  }

  private static long awaitMore(TestServer of, String outcome, long than) throws Exception {
    long guard = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    long now = count(of, outcome);
    while (now <= than) {
      assertThat(System.nanoTime()).as(outcome + " stays at " + now).isLessThan(guard);
      LockSupport.parkNanos(10_000_000);
      now = count(of, outcome);
    }
    return now;
  }

  /** A server in a process of its own, whose JVM writes down which classes it loads. */
  @Test
  void nothingOfTheLibraryIsLoadedUnlessItIsAskedFor(@TempDir Path folder) throws Exception {
    Path classes = folder.resolve("classes");
    int port = FreePort.next();
    try (ChildServer child =
            new ChildServer(
                folder,
                List.of("env", "JAVA_TOOL_OPTIONS=-Xlog:class+load:file=" + classes),
                List.of(
                    "--model_name=half",
                    "--model_base_path=" + base,
                    "--bind_address=127.0.0.1",
                    "--port=" + FreePort.next(),
                    "--rest_api_port=" + port));
        HttpClient client = HttpClient.newHttpClient()) {
      child.awaitLine("Ready.");
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + PREDICT))
                  .header("traceparent", parent("99999999999999999999999999999999", true))
                  .POST(HttpRequest.BodyPublishers.ofString(TWO_ROWS))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
    }
    String loaded = Files.readString(classes);
    assertThat(loaded)
        .contains("dev.sluice.server.rest.Exchange ")
        .doesNotContain("io.opentelemetry.")
        .doesNotContain("java.net.http.")
        .doesNotContain("dev.sluice.server.trace.Span");
  }
}
