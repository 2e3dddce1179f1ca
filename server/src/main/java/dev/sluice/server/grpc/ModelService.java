package dev.sluice.server.grpc;

import dev.sluice.proto.serving.GetModelStatusRequest;
import dev.sluice.proto.serving.GetModelStatusResponse;
import dev.sluice.proto.serving.ModelServiceGrpc;
import dev.sluice.server.ModelStatuses;
import dev.sluice.server.ServedModels;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import io.grpc.stub.StreamObserver;

/** {@code tensorflow.serving.ModelService}: GetModelStatus. Thread-safe. */
final class ModelService extends ModelServiceGrpc.ModelServiceImplBase {

  private final ServedModels models;

  ModelService(ServedModels models) {
    this.models = models;
  }

  @Override
  public void getModelStatus(
      GetModelStatusRequest request, StreamObserver<GetModelStatusResponse> client) {
    try {
      if (!request.hasModelSpec()) {
        throw StatusException.invalidArgument("Missing ModelSpec");
      }
      client.onNext(
          ModelStatuses.response(models.states(ModelSpecs.selector(request.getModelSpec()))));
      client.onCompleted();
    } catch (RuntimeException | Error failure) {
      client.onError(GrpcStatuses.exception(Status.of(failure)));
    }
  }
}
