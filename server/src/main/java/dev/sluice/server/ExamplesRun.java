package dev.sluice.server;

import dev.sluice.batching.Call;
import dev.sluice.core.ServableHandle;
import dev.sluice.model.Model;
import dev.sluice.model.Tensor;
import dev.sluice.protocol.InferenceResult;
import dev.sluice.server.metrics.Meter;
import dev.sluice.server.metrics.ServerMetrics;
import dev.sluice.server.record.RequestLog;
import dev.sluice.status.Status;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request over examples from its one tensor to its answer. */
final class ExamplesRun extends MeasuredRun {

  private final InferenceTasks tasks;
  private final @Nullable ServerMetrics metrics;
  private final Inference.Examples examples;

  ExamplesRun(Meter meter, ServableHandle<Model> handle, Inference.Examples examples, Asked asked) {
    super(meter, examples.origin().begunNanos(), handle, asked.request());
    this.tasks = asked.tasks();
    this.metrics = asked.metrics();
    this.examples = examples;
    traced(examples.origin().trace());
  }

  /**
   * What is asked.
   *
   * @param request what is run for all tasks
   * @param metrics counts the examples; null where that is not wanted
   */
  record Asked(InferenceTasks tasks, Call.Request request, @Nullable ServerMetrics metrics) {

    Asked countedBy(ServerMetrics counting) {
      return new Asked(tasks, request, counting);
    }
  }

  @Override
  public void answered(@Nullable List<Tensor> outputs, Status status) {
    if (outputs == null) {
      fail(status);
      return;
    }
    ran();
    if (metrics != null) {
      metrics.examples(id(), examples.batch().size());
    }
    List<InferenceResult> results;
    try {
      results = tasks.results(outputs, examples.batch().size());
    } catch (RuntimeException | Error failure) {
      fail(Status.of(failure));
      return;
    }
    Inference.Results answer = new Inference.Results(id(), results, this);
    examples.receiver().answered(answer, status);
    RequestLog log = log();
    if (log != null) {
      log.examples(tasks.isMultiInference(), tasks.logged(), examples.batch(), answer);
    }
  }

  private void fail(Status status) {
    failed(status.code());
    examples.receiver().answered(null, status);
  }

  @Override
  void over() {
    examples.over().run();
  }
}
