package dev.sluice.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.batching.BatchObserver;
import dev.sluice.batching.CallObserver;
import dev.sluice.batching.CallObserver.Stage;
import dev.sluice.core.ServableId;
import dev.sluice.core.ServableState;
import dev.sluice.model.ArenaTensors;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.server.InFlightBytes;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is counted, and what becomes of it, without a server. */
class ServerMetricsTest {

  private static final Signature SERVING =
      new Signature("serving_default", "", List.of(), List.of(), new byte[0]);
  private static final Signature OTHER =
      new Signature("other", "", List.of(), List.of(), new byte[0]);

  private final ServerMetrics metrics = ServerMetrics.on("m"::equals);
  private final LoadTimes loads = new LoadTimes();

  /** A model that is only looked at. */
  private static final class Looked implements Model {
    @Override
    public SortedMap<String, Signature> signatures() {
      return new TreeMap<>(Map.of("serving_default", SERVING, "other", OTHER));
    }

    @Override
    public TensorAllocator tensors() {
      return new ArenaTensors();
    }

    @Override
    public List<Tensor> run(Signature signature, List<Tensor> inputs, RunOptions options) {
      throw new IllegalStateException("never run");
    }
  }

  private static ServableId version(long number) {
    return new ServableId("m", number);
  }

  /** A request as the server makes it. */
  private static final class Request extends Measured {
    Request(Meter meter) {
      super(meter, System.nanoTime());
    }

    void answer(StatusCode code) {
      decoded(System.nanoTime());
      observer().observe(Stage.QUEUE, 10);
      observer().observe(Stage.RUN, 20);
      ran();
      encoded(code);
    }

    /** So long ago its tensors were there, and so much later a run had ended. */
    void answerAfterRun(long agoNanos, long laterNanos) {
      long then = System.nanoTime() - agoNanos;
      decoded(then);
      observer().observeRun(new CallObserver.Run(then + laterNanos, 20, 2, 2));
      ran();
      encoded(StatusCode.OK);
    }

    void fail(StatusCode code) {
      decoded(System.nanoTime());
      failed(code);
    }
  }

  private Request predict(long version, Signature signature, Protocol protocol) {
    return new Request(metrics.meter(version(version), signature, protocol, RequestKind.PREDICT));
  }

  private MetricsPages pages(ServerMetrics of, String referencePath) {
    return new MetricsPages(
        of,
        referencePath,
        new MetricsPages.Surroundings(
            TreeMap::new,
            selector -> List.of(),
            () -> true,
            new InFlightBytes(100),
            loads,
            null,
            null));
  }

  private String page(String path) {
    return new String(pages(metrics, "/m").page(path).text(), StandardCharsets.UTF_8);
  }

  private String reference() {
    return page("/m");
  }

  private String ours() {
    return page("/metrics");
  }

  @Test
  void answersAndFailuresAreToldApart() {
    predict(1, SERVING, Protocol.REST).answer(StatusCode.OK);
    predict(1, SERVING, Protocol.REST).answer(StatusCode.UNIMPLEMENTED);
    predict(1, SERVING, Protocol.GRPC).fail(StatusCode.UNAVAILABLE);
    metrics.refused(Protocol.REST, RequestKind.PREDICT, "m", StatusCode.INVALID_ARGUMENT);

    assertThat(reference())
        .contains(":tensorflow:serving:request_count{model_name=\"m\",status=\"OK\"} 1\n")
        .contains("request_count{model_name=\"m\",status=\"UNIMPLEMENTED\"} 1\n")
        .contains("request_count{model_name=\"m\",status=\"UNAVAILABLE\"} 1\n")
        .contains("request_count{model_name=\"m\",status=\"INVALID_ARGUMENT\"} 1\n")
        .contains("request_latency_count{model_name=\"m\",API=\"predict\",entrypoint=\"REST\"} 1\n")
        .doesNotContain("entrypoint=\"GRPC\"")
        .contains("runtime_latency_count{model_name=\"m\",API=\"Predict\",runtime=\"TF1\"} 2\n");
    String rest = "model=\"m\",version=\"1\",signature=\"serving_default\",protocol=\"rest\"";
    assertThat(ours())
        .contains("sluice_requests_total{" + rest + ",method=\"predict\",status=\"OK\"} 1\n")
        .contains("sluice_requests_in_flight{" + rest + ",method=\"predict\"} 0\n")
        .contains("sluice_stage_seconds_count{" + rest + ",method=\"predict\",stage=\"run\"} 2\n")
        .contains(
            "sluice_requests_total{model=\"m\",version=\"\",signature=\"\",protocol=\"rest\","
                + "method=\"predict\",status=\"INVALID_ARGUMENT\"} 1\n");
  }

  @Test
  void requestUnderWayIsInFlight() {
    Request request = predict(1, SERVING, Protocol.GRPC);
    request.decoded(System.nanoTime());
    String line =
        "sluice_requests_in_flight{model=\"m\",version=\"1\",signature=\"serving_default\","
            + "protocol=\"grpc\",method=\"predict\"} ";
    assertThat(ours()).contains(line + "1\n");
    request.failed(StatusCode.CANCELLED);
    assertThat(ours()).contains(line + "0\n");
  }

  @Test
  void whatAnUnloadedVersionCountedStaysOnThePageOfTensorFlowServing() {
    Looked model = new Looked();
    predict(1, SERVING, Protocol.REST).answer(StatusCode.OK);
    predict(1, OTHER, Protocol.REST).fail(StatusCode.INTERNAL);
    Meter several = metrics.several(version(1), model, Protocol.GRPC);
    new Request(several).answer(StatusCode.OK);
    String before = reference();

    metrics.forget(model);

    assertThat(reference()).isEqualTo(before);
    assertThat(ours()).doesNotContain("sluice_requests_total");
    predict(2, SERVING, Protocol.REST).answer(StatusCode.OK);
    assertThat(reference()).contains("request_count{model_name=\"m\",status=\"OK\"} 2\n");
    assertThat(metrics.several(version(1), model, Protocol.GRPC)).isNotSameAs(several);
  }

  @Test
  void namesThatNobodyKnowsShareOneSeries() {
    for (int i = 0; i < 1000; i++) {
      metrics.refused(Protocol.GRPC, RequestKind.PREDICT, "x" + i, StatusCode.NOT_FOUND);
    }
    metrics.answered("", System.nanoTime());
    assertThat(reference())
        .contains("request_count{model_name=\"<unknown>\",status=\"NOT_FOUND\"} 1000\n")
        .contains("request_count{model_name=\"\",status=\"OK\"} 1\n")
        .contains("request_latency_count{model_name=\"\",API=\"\",entrypoint=\"REST\"} 1\n")
        .doesNotContain("\"x");
    assertThat(ours()).doesNotContain("\"x");
    assertThat(metrics.totals()).hasSize(2);
  }

  @Test
  void multiInferenceIsCountedByUsAlone() {
    Meter several = metrics.several(version(1), new Looked(), Protocol.GRPC);
    new Request(several).answer(StatusCode.OK);
    metrics.examples(version(1), 5);
    metrics.refused(Protocol.GRPC, RequestKind.MULTI_INFERENCE, "m", StatusCode.NOT_FOUND);
    assertThat(reference())
        .doesNotContain("request_count{")
        .contains("request_example_count_total{model=\"m\"} 5\n")
        .contains("request_example_counts_bucket{model=\"m\",le=\"4\"} 0\n")
        .contains("request_example_counts_bucket{model=\"m\",le=\"8\"} 1\n");
    assertThat(ours()).contains("method=\"multi_inference\",status=\"OK\"} 1\n");
  }

  @Test
  void batchesByParametersAreOnThePageOfTensorFlowServing() {
    BatchObserver batches = metrics.batchObserver();
    batches.queued(TimeUnit.MICROSECONDS.toNanos(100));
    batches.input(2);
    batches.processed(3);
    batches.filled(1, 3);
    batches.ran();
    String prefix = ":tensorflow:serving:batching_session:";
    assertThat(reference())
        .contains(prefix + "queuing_latency_bucket{thread_pool_name=\"\",le=\"100\"} 0\n")
        .contains(prefix + "queuing_latency_bucket{thread_pool_name=\"\",le=\"120\"} 1\n")
        .contains(prefix + "wrapped_run_count{} 1\n")
        .contains(prefix + "padding_size_sum{execution_batch_size=\"3\"} 1\n")
        .contains(prefix + "input_batch_size_sum{} 2\n")
        .contains(prefix + "processed_batch_size_sum{} 3\n");
  }

  @Test
  void warmUpsAndLoggedRequestsAreCounted() {
    metrics.warmedUp("/m/1", StatusCode.OK, TimeUnit.MILLISECONDS.toNanos(3), 7);
    metrics.logged("m", StatusCode.OK);
    assertThat(reference())
        .contains("model_warmup_records_read{model_path=\"/m/1\",status=\"OK\"} 7\n")
        .contains("model_warmup_latency_sum{model_path=\"/m/1\",status=\"OK\"} 3000\n")
        .contains("request_log_count{model_name=\"m\",status_code=\"OK\"} 1\n");
    assertThat(ours()).contains("sluice_request_log_records_total{model=\"m\",status=\"OK\"} 1\n");
  }

  @Test
  void everyFamilyHasItsTypeBeforeItsFirstSample() {
    assertThat(reference().lines())
        .allMatch(line -> line.startsWith("# TYPE :tensorflow:serving:"))
        .hasSize(18);
    assertThat(reference()).contains("# TYPE :tensorflow:serving:mlmd_map gauge\n");
  }

  @Test
  void loadsAreTimedAndTheirEndsCounted() {
    Instant began = Instant.ofEpochSecond(100);
    loads.changed(state(1, ServableState.Stage.LOADING, Status.OK, began));
    loads.changed(state(1, ServableState.Stage.AVAILABLE, Status.OK, began.plusMillis(2500)));
    loads.changed(state(2, ServableState.Stage.LOADING, Status.OK, began));
    loads.changed(state(2, ServableState.Stage.END, new Status(StatusCode.INTERNAL, "bad"), began));
    assertThat(ours())
        .contains("sluice_version_load_seconds{model=\"m\",version=\"1\"} 2.5\n")
        .contains("sluice_version_loads_total{model=\"m\",result=\"available\"} 1\n")
        .contains("sluice_version_loads_total{model=\"m\",result=\"failed\"} 1\n");
    loads.changed(state(1, ServableState.Stage.END, Status.OK, began));
    assertThat(ours())
        .doesNotContain("sluice_version_load_seconds")
        .contains("sluice_version_loads_total{model=\"m\",result=\"failed\"} 1\n");
  }

  private static ServableState state(
      long version, ServableState.Stage stage, Status health, Instant time) {
    return new ServableState(version(version), stage, health, time);
  }

  @Test
  void nothingIsCountedWhereThatIsOff() {
    ServerMetrics off = ServerMetrics.off();
    Meter meter = off.meter(version(1), SERVING, Protocol.REST, RequestKind.PREDICT);
    new Request(meter).answer(StatusCode.OK);
    new Request(meter).fail(StatusCode.INTERNAL);
    off.refused(Protocol.REST, RequestKind.PREDICT, "m", StatusCode.NOT_FOUND);
    assertThat(meter.isUsed()).isFalse();
    assertThat(meter.ended(StatusCode.INTERNAL)).isZero();
    assertThat(off.totals()).isEmpty();
    assertThat(off.batchObserver()).isSameAs(BatchObserver.NONE);
    assertThat(pages(off, "/m").covers("/m")).isFalse();
    assertThat(pages(off, "/m").covers("/metrics")).isFalse();
  }

  @Test
  void pathsAreThoseThatWereAskedFor() {
    assertThat(pages(metrics, "/m").covers("/m")).isTrue();
    assertThat(pages(metrics, "/m").covers("/monitoring/prometheus/metrics")).isFalse();
    assertThat(pages(metrics, null).paths()).isEqualTo("/metrics");
  }

  @Test
  void outputsAreThereWhenTheirRunHasEnded() {
    Meter meter = metrics.meter(version(1), SERVING, Protocol.REST, RequestKind.PREDICT);
    new Request(meter).answerAfterRun(1_000_000_000, 250_000_000);
    assertThat(meter.tally(Meter.Span.RUN).sum()).isEqualTo(20);
    assertThat(meter.tally(Meter.Span.MODEL).sum()).isEqualTo(250_000);
    assertThat(meter.tally(Meter.Span.ENCODE).sum()).isGreaterThanOrEqualTo(750_000_000);
  }

  @Test
  void nothingIsLostWhereThreadsShareAStripe() throws Exception {
    StripedCounts counts = new StripedCounts(2);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int n = 0; n < 1000; n++) {
                  counts.add(1, 3);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(counts.sum(1)).isEqualTo(120_000);
    assertThat(counts.sum(0)).isZero();
    assertThat(
            List.of(StripedCounts.stripes(1), StripedCounts.stripes(3), StripedCounts.stripes(99)))
        .containsExactly(1, 4, 16);
  }
}
