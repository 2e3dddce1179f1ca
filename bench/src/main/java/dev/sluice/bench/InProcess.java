package dev.sluice.bench;

import dev.sluice.batching.Batching;
import dev.sluice.batching.RunScheduler;
import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.tensorflow.SessionOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** A model in this process under 64 callers, once with merging and once without; not frozen. */
final class InProcess implements Servers.Started {

  static final String MERGED = "merged";
  static final String SINGLE = "each request a run";

  private static final int CALLERS = 64;
  private static final int WAITING = 10_000;

  /** As loaded: what merging saves is to be seen, not what freezing does. */
  private static final SessionOptions NOT_FROZEN =
      new SessionOptions(List.of("serve"), 0, 0, false);

  private final LoadedModel loaded;
  private final RunScheduler merging;
  private final RunScheduler single;

  private InProcess(LoadedModel loaded) {
    this.loaded = loaded;
    this.merging = new RunScheduler(options(new Batching.Automatic()));
    this.single = new RunScheduler(options(new Batching.Off()));
  }

  static InProcess load(Path version, Workshop workshop) {
    return new InProcess(LoadedModel.of(version, workshop.libraries(), NOT_FROZEN));
  }

  private static RunScheduler.Options options(Batching batching) {
    int runners = 4 * Runtime.getRuntime().availableProcessors();
    return new RunScheduler.Options(runners, WAITING, System::nanoTime, () -> null, batching);
  }

  /** Both ways, by names with a prefix. */
  List<Side> sides(String prefix) {
    return List.of(side(prefix + MERGED, merging), side(prefix + SINGLE, single));
  }

  /** How many rows a run had where requests could share it, such as {@code 17.5 rows a run}. */
  String rowsPerRun() {
    return merging.report(loaded.model()).stream()
        .map(report -> Figures.number(report.counts().meanRows(), 1) + " rows a run")
        .collect(Collectors.joining());
  }

  private Side side(String name, RunScheduler scheduler) {
    Model model = loaded.model();
    Signature signature = loaded.signature("serving_default");
    Callers.Target target = new Callers.Target(scheduler, model, signature, CALLERS);
    return new Side(
        name, seconds -> Sample.EMPTY.with(Measure.ROWS, Callers.perSecond(target, seconds)));
  }

  @Override
  public void close() {
    merging.close();
    single.close();
    loaded.close();
  }
}
