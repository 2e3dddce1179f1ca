package dev.sluice.server;

import dev.sluice.core.AspiredVersionsManager;
import dev.sluice.core.FileSystemSource;
import dev.sluice.core.ServableId;
import dev.sluice.core.ServableState;
import dev.sluice.core.ServableStateMonitor;
import dev.sluice.server.config.ModelEntry;
import dev.sluice.server.config.ServerOptions;
import dev.sluice.server.grpc.Health;
import dev.sluice.server.record.RequestLogs;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The parts of a running server that a reload changes. */
record ServedConfig(
    ServerOptions options,
    VersionLabels labels,
    Health health,
    Readiness readiness,
    FileSystemSource source,
    AspiredVersionsManager manager,
    ServableStateMonitor monitor,
    RequestLogs requestLogs)
    implements ModelReload.Target {

  @Override
  public void configured(Set<String> names) {
    health.configure(names);
    readiness.configured(names);
  }

  @Override
  public void watch(List<ModelEntry> models) {
    requestLogs.update(models);
    source.update(VersionSource.watched(options, models));
    manager.stepSoon();
  }

  /** Without isolation one missing base path keeps all others from being looked at. */
  @Override
  public void look() {
    if (options.modelConfigIsolation()) {
      source.poll();
      manager.stepSoon();
    }
  }

  @Override
  public Set<ServableId> live(String name) {
    return monitor.versions(name).values().stream()
        .filter(state -> state.stage() != ServableState.Stage.END)
        .map(ServableState::id)
        .collect(Collectors.toSet());
  }

  @Override
  public boolean serves(String name) {
    return monitor.versions(name).values().stream()
        .anyMatch(state -> state.stage() == ServableState.Stage.AVAILABLE);
  }
}
