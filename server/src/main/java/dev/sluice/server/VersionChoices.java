package dev.sluice.server;

import dev.sluice.core.MonitoredServable;
import dev.sluice.core.VersionChoice;
import dev.sluice.proto.config.FileSystemStoragePathSourceConfig.ServableVersionPolicy;
import dev.sluice.server.config.ModelEntry;

/** Which versions of a model the config file wants, as the source understands it. */
final class VersionChoices {

  private VersionChoices() {}

  static MonitoredServable monitored(ModelEntry model) {
    return new MonitoredServable(
        model.name(), model.basePath(), model.directory(), choice(model.versionPolicy()));
  }

  private static VersionChoice choice(ServableVersionPolicy policy) {
    return switch (policy.getPolicyChoiceCase()) {
      case LATEST -> new VersionChoice.Latest(Math.max(1, policy.getLatest().getNumVersions()));
      case ALL -> new VersionChoice.All();
      case SPECIFIC -> new VersionChoice.Specific(policy.getSpecific().getVersionsList());
      case POLICYCHOICE_NOT_SET -> new VersionChoice.Latest(1);
    };
  }
}
