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
      case LATEST -> new VersionChoice.Latest(count(policy.getLatest().getNumVersions()));
      case ALL -> new VersionChoice.All();
      case SPECIFIC -> new VersionChoice.Specific(policy.getSpecific().getVersionsList());
      case POLICYCHOICE_NOT_SET -> new VersionChoice.Latest(1);
    };
  }

  /** The field is unsigned, and 0 stands for 1. */
  private static int count(int unsigned) {
    return unsigned < 0 ? Integer.MAX_VALUE : Math.max(1, unsigned);
  }
}
