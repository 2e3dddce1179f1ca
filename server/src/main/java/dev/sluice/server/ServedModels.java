package dev.sluice.server;

import dev.sluice.core.AspiredVersionsManager;
import dev.sluice.core.ServableHandle;
import dev.sluice.core.ServableId;
import dev.sluice.core.ServableRequest;
import dev.sluice.core.ServableState;
import dev.sluice.core.ServableStateMonitor;
import dev.sluice.model.Model;
import dev.sluice.status.StatusException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Finds models for requests, and their states for those who ask. Thread-safe. */
public final class ServedModels {

  private final AspiredVersionsManager manager;
  private final ServableStateMonitor monitor;
  private final VersionLabels labels;

  ServedModels(AspiredVersionsManager manager, ServableStateMonitor monitor, VersionLabels labels) {
    this.manager = manager;
    this.monitor = monitor;
    this.labels = labels;
  }

  /**
   * A loan of the model that a request means; whoever gets it closes it.
   *
   * @throws StatusException with the texts of TensorFlow Serving, in its order: INVALID_ARGUMENT
   *     for an empty name or an unknown label, NOT_FOUND for a model or version that is not ready
   */
  public ServableHandle<Model> handle(ModelSelector selector) {
    if (selector.name().isEmpty()) {
      throw StatusException.invalidArgument("ModelSpec has no name specified.");
    }
    ServableRequest request = request(selector);
    try {
      return manager.handle(request, Model.class);
    } catch (StatusException gone) {
      // A label may have moved on, and its version have gone, between the two look-ups.
      ServableRequest now = request(selector);
      if (now.equals(request)) {
        throw gone;
      }
      return manager.handle(now, Model.class);
    }
  }

  private ServableRequest request(ModelSelector selector) {
    String label = selector.label();
    if (label != null) {
      Long version = labels.version(selector.name(), label);
      if (version == null) {
        throw StatusException.invalidArgument("Unrecognized servable version label: %s", label);
      }
      return ServableRequest.specific(selector.name(), version);
    }
    Long version = selector.version();
    return version == null
        ? ServableRequest.latest(selector.name())
        : ServableRequest.specific(selector.name(), version);
  }

  /**
   * The states of a model's versions, highest first: of one if the selector names it, else of all
   * that this process has seen. A label is ignored, as TensorFlow Serving does.
   *
   * @throws StatusException NOT_FOUND if nothing was ever seen
   */
  public List<ServableState> states(ModelSelector selector) {
    Long version = selector.version();
    if (version != null) {
      return monitor
          .state(new ServableId(selector.name(), version))
          .map(List::of)
          .orElseThrow(() ->
              StatusException.notFound(
                  "Could not find version %d of model %s", version, selector.name()));
    }
    List<ServableState> all = List.copyOf(monitor.versions(selector.name()).values());
    if (all.isEmpty()) {
      throw StatusException.notFound("Could not find any versions of model %s", selector.name());
    }
    return all;
  }

  /** Whether a model of this name is configured, or ever had a version. */
  boolean isKnown(String name) {
    return labels.models().contains(name) || !monitor.versions(name).isEmpty();
  }

  /**
   * Runs something when every version that a model has now is at its end and has given back what it
   * took: at once, on this thread, if there is none, else on the thread that ends the last one. It
   * must be quick and must not cause a change of state.
   */
  public void whenEnded(String name, Runnable then) {
    List<ServableRequest> live =
        monitor.versions(name).values().stream()
            .filter(state -> state.stage() != ServableState.Stage.END)
            .map(state -> ServableRequest.specific(name, state.id().version()))
            .toList();
    monitor.notifyWhenServablesReach(live, ServableState.Stage.END, _ -> then.run());
  }

  /**
   * By name, the states of the versions of every model that is configured or was ever seen, highest
   * version first; none for a model that never had one.
   */
  public SortedMap<String, List<ServableState>> all() {
    SortedMap<String, List<ServableState>> all = new TreeMap<>();
    labels.models().forEach(name -> all.put(name, List.of()));
    monitor.all().forEach((name, versions) -> all.put(name, List.copyOf(versions.values())));
    return all;
  }
}
