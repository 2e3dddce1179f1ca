package dev.sluice.server.record;

import dev.sluice.batching.Call;
import dev.sluice.core.ServableHandle;
import dev.sluice.core.ServableId;
import dev.sluice.model.Model;
import dev.sluice.proto.serving.PredictionLog;
import dev.sluice.protocol.ExampleEnvelope;
import dev.sluice.protocol.ExampleRequestReader;
import dev.sluice.protocol.InferenceResponseWriter;
import dev.sluice.protocol.MultiInferenceEnvelope;
import dev.sluice.protocol.PredictRequestReader;
import dev.sluice.protocol.RequestedModel;
import dev.sluice.server.Inference;
import dev.sluice.server.InferenceMethod;
import dev.sluice.server.ModelSelector;
import dev.sluice.server.metrics.Protocol;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs requests as gRPC would, from their bytes to those of the answer, which nobody gets: on a
 * model that is being loaded, whatever model and version they name. Safe from any thread.
 */
final class RecordedRequests {

  /** What is said of where they came from; they are not counted. */
  private static final Inference.Origin NOWHERE = new Inference.Origin(Protocol.GRPC, 0, null);

  private final Inference inference;
  private final ServableId id;
  private final Model model;

  RecordedRequests(Inference inference, ServableId id, Model model) {
    this.inference = inference;
    this.id = id;
    this.model = model;
  }

  /**
   * Runs the request of a record. One without any does nothing.
   *
   * @throws StatusException UNIMPLEMENTED for the kinds that TensorFlow Serving does not run
   *     either, else what the request fails with
   */
  void run(PredictionLog record) {
    switch (record.getLogTypeCase()) {
      case PREDICT_LOG -> predict(record.getPredictLog().getRequest().toByteArray());
      case CLASSIFY_LOG ->
          infer(InferenceMethod.CLASSIFY, record.getClassifyLog().getRequest().toByteArray());
      case REGRESS_LOG ->
          infer(InferenceMethod.REGRESS, record.getRegressLog().getRequest().toByteArray());
      case MULTI_INFERENCE_LOG ->
          multiInference(record.getMultiInferenceLog().getRequest().toByteArray());
      case PREDICT_STREAMED_LOG, SESSION_RUN_LOG ->
          throw StatusException.unimplemented(
              "Unsupported log_type for warmup: %d", record.getLogTypeCase().getNumber());
      case LOGTYPE_NOT_SET -> {}
    }
  }

  /**
   * Runs a {@code PredictRequest}.
   *
   * @throws StatusException what it fails with
   */
  void predict(byte[] request) {
    run(new RecordedPredict(PredictRequestReader.read(request)), Call.NO_DEADLINE);
  }

  /**
   * Runs a request on the calling thread.
   *
   * @throws StatusException what it fails with
   */
  void run(UnsentAnswer predict, long deadlineNanos) {
    inference.predictHere(loan(), predict, deadlineNanos);
    predict.check();
  }

  private ServableHandle<Model> loan() {
    return ServableHandle.unmanaged(id, model, Model.class);
  }

  private void infer(InferenceMethod method, byte[] request) {
    ExampleEnvelope envelope = ExampleRequestReader.read(request);
    RequestedModel asked = envelope.model();
    Results results = new Results(List.of(asked), false);
    inference.inferHere(loan(), method, asked.signatureName(), examples(envelope, results));
    results.check();
  }

  private static Inference.Examples examples(ExampleEnvelope envelope, Results results) {
    return new Inference.Examples(
        NOWHERE,
        ModelSelector.latest(envelope.model().name()),
        envelope.examples(),
        Call.NO_DEADLINE,
        results,
        () -> {});
  }

  private void multiInference(byte[] request) {
    MultiInferenceEnvelope envelope = ExampleRequestReader.readMultiInference(request);
    List<RequestedModel> asked =
        envelope.tasks().stream().map(MultiInferenceEnvelope.Task::model).toList();
    Results results = new Results(asked, true);
    inference.multiInferenceHere(
        loan(),
        envelope.tasks(),
        new Inference.Examples(
            NOWHERE,
            ModelSelector.latest(""),
            envelope.examples(),
            Call.NO_DEADLINE,
            results,
            () -> {}));
    results.check();
  }

  /** Writes the answer to a request over examples, and keeps how it went. */
  private static final class Results implements Inference.ResultReceiver {

    private final List<RequestedModel> asked;
    private final boolean several;
    private final UnsentOutcome outcome = new UnsentOutcome();

    Results(List<RequestedModel> asked, boolean several) {
      this.asked = asked;
      this.several = several;
    }

    @Override
    public void answered(Inference.@Nullable Results results, Status status) {
      if (results == null) {
        outcome.failed(status);
      } else {
        outcome.answered(() -> encoded(results));
      }
    }

    private byte[] encoded(Inference.Results results) {
      List<InferenceResponseWriter.Answer> answers =
          InferenceResponseWriter.answers(asked, results.id().version(), results.results());
      return several
          ? InferenceResponseWriter.writeMultiInference(answers)
          : InferenceResponseWriter.write(answers.getFirst());
    }

    void check() {
      outcome.check();
    }
  }
}
