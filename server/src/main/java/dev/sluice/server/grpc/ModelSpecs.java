package dev.sluice.server.grpc;

import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.server.ModelSelector;

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
}
