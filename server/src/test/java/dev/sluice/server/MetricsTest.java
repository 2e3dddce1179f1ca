package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.testkit.Spec;
import io.grpc.StatusRuntimeException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The pages of metrics over real sockets. What a load adds to them is compared, since all tests
 * share a server; answers are counted before they are sent, so a client that has its answer finds
 * it counted.
 */
class MetricsTest {

  private static final String REFERENCE = "/monitoring/prometheus/metrics";
  private static final String PREDICT = "/v1/models/half_plus_two:predict";
  private static final String TFS = ":tensorflow:serving:";

  private static TestServer server;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(folder.resolve("monitoring"), "prometheus_config { enable: true }");
    // The port is chosen by the test; the flag says that there is one.
    server = ExampleServer.start(folder, "--rest_api_port=1", "--monitoring_config_file=" + file);
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  private static String page(String path) throws Exception {
    HttpResponse<String> answer = server.get(path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).endsWith("\n").doesNotContain("\n\n");
    return answer.body();
  }

  /** The numbers of a page by name and labels. */
  private static Map<String, Double> numbers(String page) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    for (String line : page.split("\n")) {
      if (!line.startsWith("#")) {
        int space = line.lastIndexOf(' ');
        Double before =
            numbers.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
        assertThat(before).as("twice: " + line).isNull();
      }
    }
    return numbers;
  }

  /** What a load adds to the numbers of a page. */
  private static Map<String, Double> added(String path, Load load) throws Exception {
    Map<String, Double> before = numbers(page(path));
    load.run();
    Map<String, Double> after = numbers(page(path));
    assertThat(after.keySet()).containsAll(before.keySet());
    Map<String, Double> added = new LinkedHashMap<>();
    after.forEach((name, number) -> {
      double more = number - before.getOrDefault(name, 0.0);
      if (more != 0) {
        added.put(name, more);
      }
    });
    return added;
  }

  /** Requests of clients. */
  @FunctionalInterface
  private interface Load {
    void run() throws Exception;
  }

  private static PredictRequest half(String model) {
    TensorProto.Builder x = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).addFloatVal(2);
    x.getTensorShapeBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(1));
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName(model))
        .putInputs("x", x.build())
        .build();
  }

  /** Over REST 3 good, 2 bad values, 1 bad JSON, 1 status; over gRPC 2 good, 1 for nobody. */
  private static void load() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(server.post(PREDICT, "{\"instances\": [1.0]}").statusCode()).isEqualTo(200);
    }
    for (int i = 0; i < 2; i++) {
      assertThat(server.post(PREDICT, "{\"instances\": [\"a\"]}").statusCode()).isEqualTo(400);
    }
    assertThat(server.post(PREDICT, "{").statusCode()).isEqualTo(400);
    assertThat(server.get("/v1/models/half_plus_two").statusCode()).isEqualTo(200);
    for (int i = 0; i < 2; i++) {
      assertThat(server.predictions().predict(half("half_plus_two")).getOutputsCount()).isOne();
    }
    assertThatThrownBy(() -> server.predictions().predict(half("nobody")))
        .isInstanceOf(StatusRuntimeException.class);
  }

  private static void assertAdded(Map<String, Double> added, String name, double number) {
    assertThat(added).as(added.keySet().toString()).containsEntry(name, number);
  }

  @Test
  @Spec({"X1", "PR-5"})
  @Proves("--monitoring_config_file")
  void pageOfTensorFlowServingAddsUp() throws Exception {
    assertThat(server.get(REFERENCE).headers().firstValue("content-type")).hasValue("text/plain");
    assertThat(page(REFERENCE)).contains("# TYPE :tensorflow:serving:request_count counter\n");

    Map<String, Double> added = added(REFERENCE, MetricsTest::load);

    String count = TFS + "request_count{model_name=\"half_plus_two\",status=";
    assertAdded(added, count + "\"OK\"}", 6);
    assertAdded(added, count + "\"INVALID_ARGUMENT\"}", 3);
    assertAdded(added, TFS + "request_count{model_name=\"<unknown>\",status=\"NOT_FOUND\"}", 1);
    String latency = TFS + "request_latency_count{model_name=\"half_plus_two\",API=";
    assertAdded(added, latency + "\"predict\",entrypoint=\"REST\"}", 3);
    assertAdded(added, latency + "\"\",entrypoint=\"REST\"}", 1);
    assertAdded(added, latency + "\"Predict\",entrypoint=\"GRPC\"}", 2);
    String runs = TFS + "runtime_latency_count{model_name=\"half_plus_two\",API=\"Predict\"";
    assertAdded(added, runs + ",runtime=\"TF1\"}", 5);
    String last = "_bucket{model_name=\"half_plus_two\",API=\"predict\",entrypoint=\"REST\",le=";
    assertAdded(added, TFS + "request_latency" + last + "\"+Inf\"}", 3);
  }

  @Test
  void ourPageAddsUp() throws Exception {
    Map<String, Double> added = added("/metrics", MetricsTest::load);

    String rest = labels("124", "serving_default", "rest");
    String grpc = labels("124", "serving_default", "grpc");
    assertAdded(added, "sluice_requests_total{" + rest + ",status=\"OK\"}", 3);
    assertAdded(added, "sluice_requests_total{" + grpc + ",status=\"OK\"}", 2);
    String early = "sluice_requests_total{" + labels("", "", "rest");
    assertAdded(added, early + ",status=\"INVALID_ARGUMENT\"}", 3);
    assertAdded(added, "sluice_request_seconds_count{" + rest + "}", 3);
    for (String stage : List.of("decode", "queue", "run", "encode")) {
      assertAdded(added, "sluice_stage_seconds_count{" + rest + ",stage=\"" + stage + "\"}", 3);
      assertAdded(added, "sluice_stage_seconds_count{" + grpc + ",stage=\"" + stage + "\"}", 2);
    }
    assertThat(added.get("sluice_request_seconds_sum{" + rest + "}")).isPositive();
    String queue = "{model=\"half_plus_two\",version=\"124\",signature=\"serving_default\"";
    assertAdded(added, "sluice_run_calls_total" + queue + "}", 5);
    assertAdded(added, "sluice_batch_rows_sum" + queue + "}", 5);
    assertAdded(added, "sluice_rest_responses_total{code=\"400\"}", 3);
    assertThat(numbers(page("/metrics")))
        .containsEntry("sluice_requests_in_flight{" + rest + "}", 0.0)
        .containsEntry("sluice_queue_depth" + queue + "}", 0.0);
  }

  private static String labels(String version, String signature, String protocol) {
    return "model=\"half_plus_two\",version=\"%s\",signature=\"%s\",protocol=\"%s\",method=\"predict\""
        .formatted(version, signature, protocol);
  }

  @Test
  void stateOfServerModelsAndProcessIsOnOurPage() throws Exception {
    HttpResponse<String> answer = server.get("/metrics");
    assertThat(answer.headers().firstValue("content-type"))
        .hasValue("text/plain; version=0.0.4; charset=utf-8");
    Map<String, Double> numbers = numbers(answer.body());
    assertThat(numbers)
        .containsEntry("sluice_ready", 1.0)
        .containsEntry(
            "sluice_version_state{model=\"half_plus_two\",version=\"123\",state=\"AVAILABLE\"}",
            1.0);
    assertThat(numbers.get("sluice_version_load_seconds{model=\"classifier\",version=\"1\"}"))
        .isPositive();
    assertThat(numbers.get("jvm_memory_used_bytes{area=\"heap\"}")).isPositive();
    assertThat(numbers.get("sluice_inflight_limit_bytes")).isPositive();
    assertThat(numbers.get("sluice_tensorflow_objects{kind=\"session\"}")).isGreaterThan(4);
  }

  /** Which names clients make up must not decide how long the page is. */
  @Test
  @Spec("UP-24")
  void unknownModelsMakeNoSeries() throws Exception {
    assertThat(server.get("/v1/models/name0").statusCode()).isEqualTo(404);
    Map<String, Double> added =
        added(
            REFERENCE,
            () -> {
              for (int i = 1; i < 20; i++) {
                var _ = server.get("/v1/models/name" + i);
                var _ = server.post("/v1/models/name" + i + ":predict", "{\"instances\": [1]}");
              }
            });
    assertThat(added)
        .containsExactly(
            Map.entry(TFS + "request_count{model_name=\"<unknown>\",status=\"NOT_FOUND\"}", 38.0));
    assertThat(page("/metrics")).doesNotContain("name1");
  }

  @Test
  @Spec("UP-25")
  void queryIsIgnored() throws Exception {
    assertThat(page(REFERENCE + "?a=1")).startsWith("# TYPE :tensorflow:serving:");
    assertThat(page("/metrics?name[]=up".replace("[]", "%5B%5D"))).startsWith("# HELP sluice_");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "OPTIONS"})
  void methodIsNotChecked(String method) throws Exception {
    try (RawHttp connection = new RawHttp(server.restPort())) {
      RawHttp.Answer answer = connection.send(RawHttp.request(method, REFERENCE, "", "")).read();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.text()).startsWith("# TYPE :tensorflow:serving:");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {REFERENCE, "/metrics"})
  void operatorsHaveThePagesToo(String path) throws Exception {
    try (RawHttp connection = new RawHttp(server.adminPort())) {
      RawHttp.Answer answer = connection.send(RawHttp.get(path)).read();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.text()).startsWith("# ");
    }
  }

  /** Each of these is in an expression of a panel. */
  @Test
  void metricsOfTheDashboardExist() throws Exception {
    load(); // so that there is a sample of each
    Path dashboard = Path.of(System.getProperty("sluice.root"), "deploy", "grafana", "sluice.json");
    TreeSet<String> used = new TreeSet<>();
    Pattern.compile("\\b(?:sluice|jvm|process)_[a-z_]+")
        .matcher(Files.readString(dashboard))
        .results()
        .forEach(match -> used.add(match.group()));
    // Where requests are logged; that it is there then is seen by RequestLogServerTest.
    assertThat(used.remove("sluice_request_log_records_total")).isTrue();
    String page = page("/metrics");
    assertThat(used)
        .hasSizeGreaterThan(15)
        .allSatisfy(name -> assertThat(page).containsPattern("(?m)^" + name + "[{ ]"));
  }
}
