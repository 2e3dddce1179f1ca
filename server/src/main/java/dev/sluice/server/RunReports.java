package dev.sluice.server;

import dev.sluice.batching.QueueReport;
import dev.sluice.batching.RunScheduler;
import dev.sluice.core.ServableHandle;
import dev.sluice.core.ServableState;
import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Tells what was decided about the runs of models. Thread-safe. */
final class RunReports {

  private final ServedModels models;
  private final RunScheduler scheduler;

  RunReports(ServedModels models, RunScheduler scheduler) {
    this.models = models;
    this.scheduler = scheduler;
  }

  /**
   * The versions that the selector means, highest first.
   *
   * @throws StatusException NOT_FOUND if nothing was ever seen of them
   */
  List<VersionRuns> of(ModelSelector selector) {
    return models.states(selector).stream().map(this::runs).toList();
  }

  private VersionRuns runs(ServableState state) {
    return new VersionRuns(
        state.id().version(),
        state.stage().name(),
        state.stage() == ServableState.Stage.AVAILABLE ? loaded(state) : Optional.empty());
  }

  private Optional<VersionRuns.Loaded> loaded(ServableState state) {
    ModelSelector version = new ModelSelector(state.id().name(), state.id().version(), null);
    try (ServableHandle<Model> handle = models.handle(version)) {
      return Optional.of(loaded(handle.servable()));
    } catch (StatusException gone) {
      if (gone.code() == StatusCode.NOT_FOUND) {
        return Optional.empty(); // unloaded since its state was read
      }
      throw gone;
    }
  }

  private VersionRuns.Loaded loaded(Model model) {
    List<QueueReport> called = scheduler.report(model);
    List<String> notCalled = new ArrayList<>(model.signatures().keySet());
    called.forEach(report -> notCalled.remove(report.signature()));
    return new VersionRuns.Loaded(
        called.stream().map(report -> called(model, report)).toList(), List.copyOf(notCalled));
  }

  private static VersionRuns.Called called(Model model, QueueReport report) {
    Signature signature = model.signatures().get(report.signature());
    return new VersionRuns.Called(report, signature == null ? "" : model.graphNote(signature));
  }
}
