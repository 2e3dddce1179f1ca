package dev.sluice.server.grpc;

import dev.sluice.proto.serving.GetModelStatusRequest;
import dev.sluice.proto.serving.GetModelStatusResponse;
import dev.sluice.proto.serving.Metric;
import dev.sluice.proto.serving.ModelServiceGrpc;
import dev.sluice.proto.serving.ReloadConfigRequest;
import dev.sluice.proto.serving.ReloadConfigResponse;
import dev.sluice.proto.serving.StatusProto;
import dev.sluice.server.ModelReload;
import dev.sluice.server.ModelStatuses;
import dev.sluice.server.ServedModels;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.LinkedHashSet;

/**
 * {@code tensorflow.serving.ModelService}: GetModelStatus and HandleReloadConfigRequest.
 * Thread-safe.
 */
final class ModelService extends ModelServiceGrpc.ModelServiceImplBase {

  private final ServedModels models;
  private final ModelReload reload;

  ModelService(ServedModels models, ModelReload reload) {
    this.models = models;
    this.reload = reload;
  }

  @Override
  public void getModelStatus(
      GetModelStatusRequest request, StreamObserver<GetModelStatusResponse> client) {
    try {
      if (!request.hasModelSpec()) {
        throw StatusException.invalidArgument("Missing ModelSpec");
      }
      LoggedCall.currentAsks(request.getModelSpec().getName());
      client.onNext(
          ModelStatuses.response(models.states(ModelSpecs.selector(request.getModelSpec()))));
      client.onCompleted();
    } catch (RuntimeException | Error failure) {
      client.onError(GrpcStatuses.exception(Status.of(failure)));
    }
  }

  /** Answered when the reload is over; a client that is gone by then is not waited for. */
  @Override
  public void handleReloadConfigRequest(
      ReloadConfigRequest request, StreamObserver<ReloadConfigResponse> client) {
    var call = (ServerCallStreamObserver<ReloadConfigResponse>) client;
    CancelledCall cancelled = new CancelledCall();
    call.setOnCancelHandler(cancelled);
    cancelled.bind(reload.reload(request.getConfig(), outcome -> answer(request, outcome, call)));
  }

  private static void answer(
      ReloadConfigRequest request,
      Status outcome,
      ServerCallStreamObserver<ReloadConfigResponse> client) {
    if (client.isCancelled()) {
      return;
    }
    if (!outcome.isOk()) {
      client.onError(GrpcStatuses.exception(outcome));
      return;
    }
    ReloadConfigResponse.Builder response =
        ReloadConfigResponse.newBuilder().setStatus(StatusProto.getDefaultInstance());
    // There are no metrics by these names here, and what is unknown has not increased.
    new LinkedHashSet<>(request.getMetricNamesList())
        .forEach(
            name -> response.addMetric(Metric.newBuilder().setName(name).setInt64ValueIncrease(0)));
    client.onNext(response.build());
    client.onCompleted();
  }
}
