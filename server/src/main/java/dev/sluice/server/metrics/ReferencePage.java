package dev.sluice.server.metrics;

import dev.sluice.server.metrics.Family.Kind;
import dev.sluice.server.metrics.Family.Sample;
import dev.sluice.server.metrics.Family.Value;
import dev.sluice.status.StatusCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The metrics of TensorFlow Serving: its names, labels and buckets. A family is there before its
 * first sample.
 */
final class ReferencePage {

  private static final String PREFIX = "/tensorflow/serving/";
  private static final String BATCHING = PREFIX + "batching_session/";
  private static final String OTHER_RUNTIME = PREFIX + "tfrt_saved_model_with_batching/";

  /** Which of its two runtimes ran a model; SavedModels on sessions are run by this one. */
  private static final String RUNTIME = "TF1";

  private static final Comparator<List<String>> BY_LABELS =
      Comparator.comparing(labels -> String.join("\n", labels));

  private final ServerMetrics metrics;

  ReferencePage(ServerMetrics metrics) {
    this.metrics = metrics;
  }

  /** Every family, with what was counted so far. */
  List<Family> families() {
    List<Family> families = new ArrayList<>(metrics.steady(this::ofRequests));
    families.addAll(ofBatches());
    families.addAll(ofLoads());
    families.addAll(ofOtherRuntime());
    return families;
  }

  private List<Family> ofRequests() {
    return List.of(
        counter("request_count", List.of("model_name", "status"), requestCount()),
        histogram("request_latency", List.of("model_name", "API", "entrypoint"), requestLatency()),
        histogram("runtime_latency", List.of("model_name", "API", "runtime"), runtimeLatency()),
        histogram("request_example_counts", List.of("model"), exampleCounts()),
        counter("request_example_count_total", List.of("model"), exampleTotals()));
  }

  private List<Family> ofLoads() {
    List<String> path = List.of("model_path", "status");
    return List.of(
        counter(
            "request_log_count", List.of("model_name", "status_code"), metrics.requestsLogged()),
        histogram("model_warmup_latency", path, metrics.warmupLatency()),
        counter("model_warmup_records_read", path, metrics.warmupRecords()),
        new Family(
            PREFIX + "mlmd_map",
            Kind.GAUGE,
            "",
            List.of("model_name", "version"),
            metrics.mlMetadata().zeros()));
  }

  /** Batches of all models are counted together; the name of their threads is left empty there. */
  private List<Family> ofBatches() {
    BatchMetrics batches = metrics.batches();
    List<Sample> padding = new ArrayList<>();
    batches
        .padding()
        .forEach((size, tally) -> padding.add(Family.plain(List.of(Long.toString(size)), tally)));
    return List.of(
        new Family(
            BATCHING + "queuing_latency",
            Kind.HISTOGRAM,
            "",
            List.of("thread_pool_name"),
            unlessEmpty(List.of(""), batches.queueing())),
        new Family(
            BATCHING + "wrapped_run_count",
            Kind.COUNTER,
            "",
            List.of(),
            batches.runs() == 0 ? List.of() : List.of(new Value(List.of(), batches.runs()))),
        new Family(
            BATCHING + "padding_size",
            Kind.HISTOGRAM,
            "",
            List.of("execution_batch_size"),
            padding),
        new Family(
            BATCHING + "input_batch_size",
            Kind.HISTOGRAM,
            "",
            List.of(),
            unlessEmpty(List.of(), batches.inputs())),
        new Family(
            BATCHING + "processed_batch_size",
            Kind.HISTOGRAM,
            "",
            List.of(),
            unlessEmpty(List.of(), batches.processed())));
  }

  private static List<Sample> unlessEmpty(List<String> labels, Tally tally) {
    return tally.count() == 0 ? List.of() : List.of(Family.plain(labels, tally));
  }

  /** Families of a runtime that is not there: their names only. */
  private static List<Family> ofOtherRuntime() {
    List<String> none = List.of();
    return List.of(
        new Family(
            PREFIX + "saved_model_with_batching/queuing_latency",
            Kind.HISTOGRAM,
            "",
            none,
            List.of()),
        new Family(
            OTHER_RUNTIME + "padding_size",
            Kind.HISTOGRAM,
            "",
            List.of("execution_batch_size"),
            List.of()),
        new Family(OTHER_RUNTIME + "input_batch_size", Kind.HISTOGRAM, "", none, List.of()),
        new Family(OTHER_RUNTIME + "processed_batch_size", Kind.HISTOGRAM, "", none, List.of()));
  }

  private static Family counter(String name, List<String> labels, List<Sample> samples) {
    return new Family(PREFIX + name, Kind.COUNTER, "", labels, samples);
  }

  private static Family histogram(String name, List<String> labels, List<Sample> samples) {
    return new Family(PREFIX + name, Kind.HISTOGRAM, "", labels, samples);
  }

  /** MultiInference, status and metadata over gRPC are counted nowhere. */
  private static boolean isCounted(Protocol protocol, RequestKind kind) {
    return kind != RequestKind.MULTI_INFERENCE
        && (protocol == Protocol.REST || kind != RequestKind.OTHER);
  }

  private static boolean isCounted(Meter.Subject subject) {
    return isCounted(subject.protocol(), subject.kind());
  }

  // ---- how many

  private List<Sample> requestCount() {
    SortedMap<List<String>, Long> counts = new TreeMap<>(BY_LABELS);
    for (ModelTotals totals : metrics.totals()) {
      add(counts, totals.model(), StatusCode.OK, totals.others().count());
      for (StatusCode code : StatusCode.values()) {
        add(counts, totals.model(), code, withoutMeter(totals, code));
      }
    }
    for (Meter meter : metrics.meters()) {
      for (StatusCode code : StatusCode.values()) {
        long ended = isCounted(meter.subject()) ? meter.ended(code) : 0;
        add(counts, meter.subject().model(), code, ended);
      }
    }
    return values(counts);
  }

  private static void add(
      Map<List<String>, Long> counts, String model, StatusCode code, long count) {
    if (count > 0) {
      counts.merge(List.of(model, code.name()), count, Long::sum);
    }
  }

  private static long withoutMeter(ModelTotals totals, StatusCode code) {
    long count = 0;
    for (Protocol protocol : Protocol.values()) {
      for (RequestKind kind : RequestKind.values()) {
        if (isCounted(protocol, kind)) {
          count += totals.refusals(protocol, kind, code) + totals.retired(protocol, kind, code);
        }
      }
    }
    return count;
  }

  private static List<Sample> values(Map<List<String>, Long> counts) {
    List<Sample> samples = new ArrayList<>();
    counts.forEach((labels, count) -> samples.add(new Value(labels, count)));
    return samples;
  }

  // ---- how long

  private List<Sample> requestLatency() {
    SortedMap<List<String>, Tally> latencies = new TreeMap<>(BY_LABELS);
    for (ModelTotals totals : metrics.totals()) {
      List<String> others = List.of(totals.model(), "", Protocol.REST.entryPoint());
      latencies.put(others, totals.others());
      for (Protocol protocol : Protocol.values()) {
        for (RequestKind kind : RequestKind.values()) {
          if (isCounted(protocol, kind) && kind != RequestKind.OTHER) {
            latencies.put(
                List.of(totals.model(), kind.api(protocol), protocol.entryPoint()),
                totals.retiredTotals(protocol, kind));
          }
        }
      }
    }
    for (Meter meter : metrics.meters()) {
      Meter.Subject of = meter.subject();
      if (isCounted(of)) {
        List<String> labels =
            List.of(of.model(), of.kind().api(of.protocol()), of.protocol().entryPoint());
        var _ = meter.addTo(tally(latencies, labels), Meter.Span.TOTAL);
      }
    }
    return distributions(latencies);
  }

  private List<Sample> runtimeLatency() {
    SortedMap<List<String>, Tally> latencies = new TreeMap<>(BY_LABELS);
    for (ModelTotals totals : metrics.totals()) {
      for (RequestKind kind : RequestKind.values()) {
        if (isCounted(Protocol.GRPC, kind)) {
          latencies.put(List.of(totals.model(), kind.rpc(), RUNTIME), totals.retiredRuns(kind));
        }
      }
    }
    for (Meter meter : metrics.meters()) {
      Meter.Subject of = meter.subject();
      if (isCounted(of)) {
        List<String> labels = List.of(of.model(), of.kind().rpc(), RUNTIME);
        var _ = meter.addTo(tally(latencies, labels), Meter.Span.MODEL);
      }
    }
    return distributions(latencies);
  }

  private static Tally tally(Map<List<String>, Tally> by, List<String> labels) {
    return by.computeIfAbsent(labels, _ -> new Tally(Buckets.LATENCY));
  }

  private static List<Sample> distributions(Map<List<String>, Tally> by) {
    List<Sample> samples = new ArrayList<>();
    by.forEach((labels, tally) -> samples.addAll(unlessEmpty(labels, tally)));
    return samples;
  }

  // ---- examples

  private List<Sample> exampleCounts() {
    return metrics.totals().stream()
        .flatMap(of -> unlessEmpty(List.of(of.model()), of.examples()).stream())
        .toList();
  }

  private List<Sample> exampleTotals() {
    return metrics.totals().stream()
        .filter(of -> of.examples().count() > 0)
        .<Sample>map(of -> new Value(List.of(of.model()), of.examples().sum()))
        .toList();
  }
}
