package dev.sluice.server;

import dev.sluice.batching.Call;
import dev.sluice.core.ServableHandle;
import dev.sluice.model.Model;
import dev.sluice.model.Tensor;
import dev.sluice.server.metrics.Meter;
import dev.sluice.server.record.RequestLog;
import dev.sluice.status.Status;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A predict request from its inputs to its answer. */
final class PredictRun extends MeasuredRun {

  private final Inference.Predict predict;

  PredictRun(
      Meter meter, ServableHandle<Model> handle, Inference.Predict predict, Call.Request request) {
    super(meter, predict.begunNanos(), handle, request);
    this.predict = predict;
    traced(predict.trace());
  }

  @Override
  public void answered(@Nullable List<Tensor> outputs, Status status) {
    if (outputs == null) {
      failed(status.code());
      predict.answered(null, status);
      return;
    }
    ran();
    RequestLog log = log();
    if (log == null) {
      // The run has returned, so its inputs need not stay while the answer is written.
      request().inputs().forEach(Tensor::close);
    }
    predict.answered(new Inference.Answer(id(), request().signature(), outputs, this), status);
    if (log != null) {
      log.predict(id(), request(), outputs);
    }
  }

  @Override
  void over() {
    predict.over();
  }
}
