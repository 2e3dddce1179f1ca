package dev.sluice.cli;

import dev.sluice.cli.RecordedAnswers.Difference;
import dev.sluice.proto.serving.ClassificationRequest;
import dev.sluice.proto.serving.ClassifyLog;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.MultiInferenceLog;
import dev.sluice.proto.serving.MultiInferenceRequest;
import dev.sluice.proto.serving.PredictLog;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictionLog;
import dev.sluice.proto.serving.RegressLog;
import dev.sluice.proto.serving.RegressionRequest;
import dev.sluice.status.StatusException;
import io.grpc.StatusRuntimeException;
import java.util.Optional;
import java.util.function.Supplier;

/** Sends logged requests to a server, and counts what comes of them. For one thread. */
final class Replay implements AutoCloseable {

  /**
   * What came of the requests.
   *
   * @param sent all, those included that are of a kind that can't be sent
   * @param agree whose answers were as they were logged
   * @param differ whose were not
   * @param refused that got no answer
   * @param alone whose answer was compared with nothing, as none was logged
   */
  record Counts(int sent, int agree, int differ, int refused, int alone) {

    int bad() {
      return differ + refused;
    }

    boolean isGood() {
      return bad() == 0;
    }

    /** A line for people. */
    String text() {
      return (sent == 1 ? "1 request: " : sent + " requests: ")
          + agree
          + " answered as logged, "
          + differ
          + " otherwise, "
          + refused
          + " refused"
          + (alone == 0 ? "" : ", " + alone + " without an answer to compare with");
    }
  }

  private final GrpcConnection server;
  private final String model;
  private int sent;
  private int agree;
  private int differ;
  private int refused;
  private int alone;

  /**
   * @param model whom to ask; empty for whom the log says
   */
  Replay(Endpoint endpoint, String model) {
    this.server = new GrpcConnection(endpoint);
    this.model = model;
  }

  Counts counts() {
    return new Counts(sent, agree, differ, refused, alone);
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @return what is wrong with it, in words
   * @throws StatusException UNAVAILABLE if there is no server
   */
  Optional<String> send(PredictionLog record) {
    sent++;
    try {
      return switch (record.getLogTypeCase()) {
        case PREDICT_LOG -> predict(record.getPredictLog());
        case CLASSIFY_LOG -> classify(record.getClassifyLog());
        case REGRESS_LOG -> regress(record.getRegressLog());
        case MULTI_INFERENCE_LOG -> multiInference(record.getMultiInferenceLog());
        case PREDICT_STREAMED_LOG, SESSION_RUN_LOG, LOGTYPE_NOT_SET ->
            refused("not sent: a record of the kind " + record.getLogTypeCase());
      };
    } catch (StatusRuntimeException failure) {
      if (GrpcConnection.isOfNobody(failure)) {
        sent--;
        throw server.noServer(failure);
      }
      return refused(
          "refused: %s (gRPC %s)"
              .formatted(failure.getStatus().getDescription(), failure.getStatus().getCode()));
    }
  }

  private Optional<String> refused(String why) {
    refused++;
    return Optional.of(why);
  }

  private ModelSpec target(ModelSpec logged) {
    return model.isEmpty() ? logged : logged.toBuilder().setName(model).build();
  }

  private Optional<String> predict(PredictLog log) {
    PredictRequest request =
        log.getRequest().toBuilder().setModelSpec(target(log.getRequest().getModelSpec())).build();
    var answer = server.stub().predict(request);
    return compared(log.hasResponse(), () -> RecordedAnswers.difference(log.getResponse(), answer));
  }

  private Optional<String> classify(ClassifyLog log) {
    ClassificationRequest request =
        log.getRequest().toBuilder().setModelSpec(target(log.getRequest().getModelSpec())).build();
    var answer = server.stub().classify(request);
    return compared(
        log.hasResponse(),
        () -> RecordedAnswers.difference(log.getResponse().getResult(), answer.getResult()));
  }

  private Optional<String> regress(RegressLog log) {
    RegressionRequest request =
        log.getRequest().toBuilder().setModelSpec(target(log.getRequest().getModelSpec())).build();
    var answer = server.stub().regress(request);
    return compared(
        log.hasResponse(),
        () -> RecordedAnswers.difference(log.getResponse().getResult(), answer.getResult()));
  }

  private Optional<String> multiInference(MultiInferenceLog log) {
    MultiInferenceRequest.Builder request = log.getRequest().toBuilder();
    request.getTasksBuilderList().forEach(task -> task.setModelSpec(target(task.getModelSpec())));
    var answer = server.stub().multiInference(request.build());
    return compared(log.hasResponse(), () -> RecordedAnswers.difference(log.getResponse(), answer));
  }

  private Optional<String> compared(boolean hasAnswer, Supplier<Optional<Difference>> difference) {
    if (!hasAnswer) {
      alone++;
      return Optional.empty();
    }
    Optional<String> found;
    try {
      found = difference.get().map(Difference::text);
    } catch (StatusException unreadable) {
      found = Optional.of("can't be compared: " + unreadable.getMessage());
    }
    if (found.isEmpty()) {
      agree++;
    } else {
      differ++;
    }
    return found;
  }

  @Override
  public void close() {
    server.close();
  }
}
