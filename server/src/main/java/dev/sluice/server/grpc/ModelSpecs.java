package dev.sluice.server.grpc;

import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.protocol.RequestedModel;
import dev.sluice.server.ModelSelector;
import dev.sluice.status.StatusException;

/** What a {@code ModelSpec} selects. */
final class ModelSpecs {

  private ModelSpecs() {}

  static ModelSelector selector(ModelSpec spec) {
    return switch (spec.getVersionChoiceCase()) {
      case VERSION -> new ModelSelector(spec.getName(), spec.getVersion().getValue(), null);
      case VERSION_LABEL -> new ModelSelector(spec.getName(), null, spec.getVersionLabel());
      case VERSIONCHOICE_NOT_SET -> ModelSelector.latest(spec.getName());
    };
  }

  /**
   * The model that a request means.
   *
   * @throws StatusException INVALID_ARGUMENT if the request has no model spec
   */
  static ModelSelector required(RequestedModel model) {
    if (!model.present()) {
      throw StatusException.invalidArgument("Missing ModelSpec");
    }
    return selector(model);
  }

  /** The same where an absent model spec is one without a name. */
  static ModelSelector selector(RequestedModel model) {
    return new ModelSelector(
        model.name(),
        model.version().isPresent() ? model.version().getAsLong() : null,
        model.versionLabel().orElse(null));
  }
}
