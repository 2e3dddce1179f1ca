package dev.sluice.server.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.batching.Call;
import dev.sluice.core.ServableId;
import dev.sluice.model.ArenaTensors;
import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorSpec;
import dev.sluice.proto.config.FileSystemStoragePathSourceConfig.ServableVersionPolicy;
import dev.sluice.proto.config.LoggingConfig;
import dev.sluice.proto.config.PerTaskSamplingConfig;
import dev.sluice.proto.config.SamplingConfig;
import dev.sluice.proto.serving.PredictionLog;
import dev.sluice.protocol.TfRecordReader;
import dev.sluice.server.config.ModelEntry;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Which requests are logged where, with files in memory. */
class RequestLogsTest {

  private static final Signature SIGNATURE =
      new Signature(
          "serving_default",
          "tensorflow/serving/predict",
          List.of(new TensorSpec("x", "x:0", DataType.FLOAT, List.of(-1L))),
          List.of(
              new TensorSpec("y", "y:0", DataType.FLOAT, List.of(-1L)),
              new TensorSpec("z", "z:0", DataType.FLOAT, List.of(-1L))),
          new byte[0]);

  /** What was written, by the prefix of the file. */
  private final Map<String, ByteArrayOutputStream> written = new ConcurrentHashMap<>();

  private final Map<String, Integer> outcomes = new ConcurrentHashMap<>();
  private final AtomicInteger opened = new AtomicInteger();
  private double random;

  private RequestLogs logs() {
    return new RequestLogs(
        new RequestLogs.Options(1000, 10, List.of("serve")),
        (model, outcome) -> outcomes.merge(model + " " + outcome, 1, Integer::sum),
        path -> {
          opened.incrementAndGet();
          String prefix = path.getFileName().toString().replaceFirst("-.*", "");
          return written.computeIfAbsent(prefix, _ -> new ByteArrayOutputStream());
        },
        new RequestLog.Surroundings(
            () -> random, InstantSource.fixed(Instant.ofEpochSecond(1000)), () -> 0));
  }

  private static ModelEntry model(String name, LoggingConfig logging) {
    return new ModelEntry(
        name, "/models/" + name, ServableVersionPolicy.getDefaultInstance(), Map.of(), logging);
  }

  private static LoggingConfig config(String type, String prefix, double rate) {
    LoggingConfig.Builder config = LoggingConfig.newBuilder();
    config.getLogCollectorConfigBuilder().setType(type).setFilenamePrefix("/logs/" + prefix);
    config.getSamplingConfigBuilder().setSamplingRate(rate);
    return config.build();
  }

  private static LoggingConfig config(String prefix) {
    return config("tfrecord", prefix, 1);
  }

  private static Tensor floats(float... values) {
    Tensor tensor = new ArenaTensors().allocate(DataType.FLOAT, Shape.of(values.length));
    for (int i = 0; i < values.length; i++) {
      tensor.data().setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
    }
    return tensor;
  }

  /** Logs a request to a model that answers y = [2, 3], z = [4, 5] to x = [0, 1]. */
  private static void log(RequestLog log, String model, List<Integer> wanted) {
    log(log, model, floats(0, 1), wanted);
  }

  private static void log(RequestLog log, String model, Tensor x, List<Integer> wanted) {
    log.predict(
        new ServableId(model, 7),
        new Call.Request(null, SIGNATURE, List.of(x), wanted), // the model is not asked
        List.of(floats(2, 3), floats(4, 5)));
  }

  /** Has a request to a model logged, if it is one of those. */
  private static boolean log(RequestLogs logs, String model) {
    RequestLog log = logs.sampled(model);
    if (log != null) {
      log(log, model, List.of());
    }
    return log != null;
  }

  private List<PredictionLog> written(String prefix) throws IOException {
    List<PredictionLog> records = new ArrayList<>();
    ByteArrayOutputStream file = written.get(prefix);
    if (file != null) {
      TfRecordReader reader = new TfRecordReader(new ByteArrayInputStream(file.toByteArray()));
      for (byte[] record = reader.next(); record != null; record = reader.next()) {
        records.add(PredictionLog.parseFrom(record));
      }
    }
    return records;
  }

  @Test
  @Spec({"RL-1", "RL-3"})
  void recordHasRequestAnswerAndWhatIsKnownBesides() throws Exception {
    RequestLogs logs = logs();
    logs.update(List.of(model("half", config("a"))));
    log(logs, "half");
    log(logs.sampled("half"), "half", List.of(1));
    logs.close();
    PredictionLog all = written("a").get(0);
    assertThat(all.getLogMetadata().getModelSpec().getVersion().getValue()).isEqualTo(7);
    assertThat(all.getLogMetadata().getSamplingConfig().getSamplingRate()).isEqualTo(1);
    assertThat(all.getLogMetadata().getSavedModelTagsList()).containsExactly("serve");
    assertThat(all.getLogMetadata().getTimestampSecs()).isEqualTo(1000);
    var request = all.getPredictLog().getRequest();
    assertThat(request.getModelSpec().getName()).isEqualTo("half");
    assertThat(request.getModelSpec().hasVersion())
        .as("so that a later version can be asked")
        .isFalse();
    assertThat(request.getInputsOrThrow("x").getFloatValList()).containsExactly(0f, 1f);
    assertThat(request.getOutputFilterList()).isEmpty();
    var response = all.getPredictLog().getResponse();
    assertThat(response.getOutputsOrThrow("y").getFloatValList()).containsExactly(2f, 3f);
    assertThat(response.getOutputsOrThrow("z").getFloatValList()).containsExactly(4f, 5f);
    PredictionLog filtered = written("a").get(1);
    assertThat(filtered.getPredictLog().getRequest().getOutputFilterList()).containsExactly("z");
    assertThat(filtered.getPredictLog().getResponse().getOutputsMap()).containsOnlyKeys("z");
    assertThat(outcomes).isEqualTo(Map.of("half OK", 2));
  }

  @Test
  void shareOfTheRequestsIsLogged() {
    RequestLogs logs = logs();
    logs.update(
        List.of(
            model("never", config("tfrecord", "a", 0)),
            model("half", config("tfrecord", "b", 0.5)),
            model("always", config("tfrecord", "c", 1))));
    random = 0;
    assertThat(logs.sampled("never")).isNull();
    assertThat(logs.sampled("half")).isNotNull();
    random = 0.5;
    assertThat(logs.sampled("half")).isNull();
    random = Math.nextDown(1.0);
    assertThat(logs.sampled("always")).isNotNull();
    logs.close();
    assertThat(opened.get()).as("no file without a record").isZero();
  }

  @Test
  @Spec("RL-5")
  void firstEntryForThisTaskSaysTheRate() {
    PerTaskSamplingConfig elsewhere =
        PerTaskSamplingConfig.newBuilder().setDc("x").setSamplingRate(0.1).build();
    PerTaskSamplingConfig numbered =
        PerTaskSamplingConfig.newBuilder().setTaskIndex(0).setSamplingRate(0.2).build();
    PerTaskSamplingConfig here = PerTaskSamplingConfig.newBuilder().setSamplingRate(0.3).build();
    PerTaskSamplingConfig later = PerTaskSamplingConfig.newBuilder().setSamplingRate(0.4).build();
    SamplingConfig.Builder config = SamplingConfig.newBuilder().setSamplingRate(0.9);
    config.addPerTaskSamplingConfigs(elsewhere).addPerTaskSamplingConfigs(numbered);
    assertThat(RequestLogs.effective(config.build()).getSamplingRate()).isEqualTo(0.9);
    config.addPerTaskSamplingConfigs(here).addPerTaskSamplingConfigs(later);
    assertThat(RequestLogs.effective(config.build()).getSamplingRate()).isEqualTo(0.3);
  }

  @Test
  @Spec({"SR-1", "SR-2"})
  void eachModelHasItsOwnLogAndOthersHaveNone() throws Exception {
    RequestLogs logs = logs();
    assertThat(logs.sampled("a")).isNull();
    logs.update(
        List.of(
            model("a", config("a")),
            model("b", config("b")),
            model("c", LoggingConfig.getDefaultInstance())));
    assertThat(log(logs, "a")).isTrue();
    assertThat(log(logs, "b")).isTrue();
    assertThat(log(logs, "c")).isFalse();
    assertThat(log(logs, "unknown")).isFalse();
    logs.close();
    assertThat(written("a")).hasSize(1);
    assertThat(written("b").getFirst().getLogMetadata().getModelSpec().getName()).isEqualTo("b");
  }

  @Test
  @Spec({"SR-3", "SR-4"})
  void configThatStaysKeepsItsLogAndOneThatGoesHasNoMore() throws Exception {
    RequestLogs logs = logs();
    logs.update(List.of(model("a", config("x")), model("b", config("x"))));
    RequestLog shared = logs.sampled("a");
    assertThat(logs.sampled("b")).isSameAs(shared);
    logs.update(List.of(model("a", config("x")), model("b", config("y"))));
    assertThat(logs.sampled("a")).as("an update that does not concern it").isSameAs(shared);
    assertThat(logs.sampled("b")).isNotSameAs(shared);
    logs.update(List.of(model("b", config("y"))));
    assertThat(logs.sampled("a")).isNull();
    assertThat(log(logs, "b")).isTrue();
    logs.close();
    assertThat(logs.sampled("b")).isNull();
    assertThat(written("y")).hasSize(1);
    logs.update(List.of(model("b", config("y"))));
    assertThat(logs.sampled("b")).as("closed for good").isNull();
  }

  @Test
  void requestThatWasUnderWayWhenItsLogWasClosedIsCounted() {
    RequestLogs logs = logs();
    logs.update(List.of(model("a", config("x"))));
    RequestLog log = logs.sampled("a");
    logs.update(List.of());
    log(log, "a", List.of());
    assertThat(outcomes).isEqualTo(Map.of("a UNAVAILABLE", 1));
    logs.close();
  }

  @Test
  @Spec({"LC-1", "SR-6", "SR-7"})
  void badConfigLeavesAllAsItWas() {
    RequestLogs logs = logs();
    logs.update(List.of(model("a", config("x"))));
    RequestLog before = logs.sampled("a");
    assertThatThrownBy(
            () -> logs.update(List.of(model("a", config("y")), model("b", config("csv", "z", 1)))))
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> assertThat(failure.code()).isEqualTo(StatusCode.NOT_FOUND))
        .hasMessage("Cannot find LogCollector::Factory for type: csv");
    assertThat(logs.sampled("a")).isSameAs(before);
    logs.update(List.of(model("a", config("jsonl", "y", 1))));
    assertThat(logs.sampled("a")).isNotSameAs(before);
    logs.close();
  }

  @Test
  @Spec("RL-2")
  void requestThatHasNoFormOrIsTooLargeIsOnlyCounted() throws Exception {
    RequestLogs logs = logs();
    logs.update(List.of(model("half", config("a")), model("lines", config("jsonl", "b", 1))));
    log(logs.sampled("half"), "half", floats(new float[5 << 20]), List.of());
    log(logs.sampled("half"), "half", floats(new float[1 << 18]), List.of());
    log(logs.sampled("lines"), "lines", floats(new float[1 << 18]), List.of());
    Tensor closed = floats(1);
    closed.close();
    log(logs.sampled("half"), "half", closed, List.of());
    logs.close();
    assertThat(outcomes)
        .isEqualTo(
            Map.of(
                "half RESOURCE_EXHAUSTED", 1,
                "half OK", 1,
                "half INTERNAL", 1,
                "lines RESOURCE_EXHAUSTED", 1));
    assertThat(logs.missing()).isEqualTo(3);
    assertThat(written("a")).hasSize(1);
  }
}
