package dev.sluice.server.metrics;

import dev.sluice.batching.QueueReport;
import dev.sluice.core.ServableState;
import dev.sluice.server.ModelSelector;
import dev.sluice.server.VersionRuns;
import dev.sluice.server.metrics.Family.Kind;
import dev.sluice.server.metrics.Family.Sample;
import dev.sluice.server.metrics.Family.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** What we tell of queues, runs and batches: by model, version and signature. */
final class RunFamilies {

  private static final List<String> LABELS = List.of("model", "version", "signature");

  /** As {@link QueueReport.Counts#runsBySize} has them. */
  private static final Buckets SIZES = Buckets.powersOfTwo(QueueReport.SIZES);

  private record Queue(List<String> labels, QueueReport report) {}

  private final List<Queue> queues = new ArrayList<>();

  /**
   * Of what is loaded.
   *
   * @param runs what there is to tell of a model's versions
   */
  RunFamilies(
      Map<String, List<ServableState>> models, Function<ModelSelector, List<VersionRuns>> runs) {
    models.forEach((name, states) -> {
      if (!states.isEmpty()) {
        runs.apply(ModelSelector.latest(name)).forEach(version -> add(name, version));
      }
    });
  }

  private void add(String model, VersionRuns version) {
    String number = Long.toString(version.version());
    version
        .loaded()
        .ifPresent(loaded ->
            loaded
                .called()
                .forEach(called ->
                    queues.add(
                        new Queue(
                            List.of(model, number, called.queue().signature()), called.queue()))));
  }

  List<Family> families() {
    return List.of(
        gauge("sluice_queue_depth", "Calls that wait for a run.", QueueReport::waiting),
        gauge(
            "sluice_runs_in_progress",
            "Runs that go on outside of event loops.",
            QueueReport::running),
        gauge(
            "sluice_batch_limit_rows", "Rows that a run may take at present.", QueueReport::limit),
        counter(
            "sluice_runs_total", "Native runs, failed ones included.", of -> of.counts().runs()),
        counter(
            "sluice_run_failures_total", "Runs without outputs.", of -> of.counts().failedRuns()),
        counter(
            "sluice_run_seconds_total",
            "Time in all these runs.",
            of -> of.counts().runNanos() / 1e9),
        counter(
            "sluice_run_calls_total", "Calls that took part in a run.", of -> of.counts().calls()),
        counter(
            "sluice_calls_refused_total",
            "Calls that were turned away: no room, or no time before their deadline.",
            of -> of.counts().refused()),
        counter(
            "sluice_calls_expired_total",
            "Calls whose deadline passed before their answer.",
            of -> of.counts().expired()),
        counter(
            "sluice_calls_split_total",
            "Calls that were run in pieces.",
            of -> of.counts().split()),
        new Family(
            "sluice_batch_rows",
            Kind.HISTOGRAM,
            "Rows in a run.",
            LABELS,
            queues.stream().<Sample>map(RunFamilies::sizes).toList()));
  }

  private static Family.Distribution sizes(Queue queue) {
    QueueReport.Counts counts = queue.report().counts();
    return Family.plain(queue.labels(), Tally.of(SIZES, counts.runsBySize(), counts.rows()));
  }

  private Family gauge(String name, String help, ToDoubleFunction<QueueReport> number) {
    return family(name, Kind.GAUGE, help, number);
  }

  private Family counter(String name, String help, ToDoubleFunction<QueueReport> number) {
    return family(name, Kind.COUNTER, help, number);
  }

  private Family family(String name, Kind kind, String help, ToDoubleFunction<QueueReport> number) {
    List<Sample> samples =
        queues.stream()
            .<Sample>map(of -> new Value(of.labels(), number.applyAsDouble(of.report())))
            .toList();
    return new Family(name, kind, help, LABELS, samples);
  }
}
