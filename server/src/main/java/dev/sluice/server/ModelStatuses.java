package dev.sluice.server;

import dev.sluice.core.ServableState;
import dev.sluice.proto.serving.GetModelStatusResponse;
import dev.sluice.proto.serving.ModelVersionStatus;
import dev.sluice.proto.serving.StatusProto;
import dev.sluice.status.Status;
import java.util.List;

/** The states of versions as the message that both protocols answer with. */
public final class ModelStatuses {

  private ModelStatuses() {}

  /** One entry per state, in their order. */
  public static GetModelStatusResponse response(List<ServableState> states) {
    GetModelStatusResponse.Builder response = GetModelStatusResponse.newBuilder();
    for (ServableState state : states) {
      response.addModelVersionStatus(
          ModelVersionStatus.newBuilder()
              .setVersion(state.id().version())
              .setStateValue(state.stage().number())
              .setStatus(status(state.health())));
    }
    return response.build();
  }

  private static StatusProto status(Status health) {
    return StatusProto.newBuilder()
        .setErrorCodeValue(health.code().number())
        .setErrorMessage(health.message())
        .build();
  }
}
