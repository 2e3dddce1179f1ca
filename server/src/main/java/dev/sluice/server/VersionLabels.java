package dev.sluice.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.core.ServableId;
import dev.sluice.core.ServableState;
import dev.sluice.server.config.ConfigFlaw;
import dev.sluice.server.config.ModelEntry;
import dev.sluice.status.StatusCode;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which version a label of a model means. A label that means a version goes on to mean it until the
 * one that it shall mean next is available: {@link #assign} notes what it shall mean, and the event
 * that makes the version available moves it, before anything is unloaded for it. A new label means
 * its version at once.
 *
 * <p>Thread-safe. Look-ups read an immutable map; changes exclude each other. Called with the event
 * bus's lock held, and takes that of what says which versions are available inside its own.
 */
final class VersionLabels {

  private static final System.Logger LOG = System.getLogger(VersionLabels.class.getName());

  private final Predicate<ServableId> available;

  private volatile Map<String, Map<String, Long>> current = Map.of();

  /** The labels that wait for a version, by model. */
  @GuardedBy("this") private final Map<String, Map<String, Long>> moves = new HashMap<>();

  /**
   * @param available whether a version is available at the moment
   */
  VersionLabels(Predicate<ServableId> available) {
    this.available = available;
  }

  /** The version that a label means; null for an unknown label. */
  @Nullable Long version(String model, String label) {
    return current.getOrDefault(model, Map.of()).get(label);
  }

  /** The names of all models that are configured, with labels or without. */
  Set<String> models() {
    return current.keySet();
  }

  /**
   * The labels that TensorFlow Serving would not assign now: those to a version that is not
   * available, save where labels for unavailable versions are allowed and no label would move.
   */
  List<ConfigFlaw> flaws(List<ModelEntry> models, boolean unavailableAllowed) {
    List<ConfigFlaw> flaws = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      ModelEntry model = models.get(i);
      int index = i;
      new TreeMap<>(model.versionLabels())
          .forEach((label, version) -> {
            boolean stays = stays(model.name(), label, version);
            if (!available.test(new ServableId(model.name(), version))
                && !(unavailableAllowed && stays)) {
              flaws.add(flaw(index, model.name(), version));
            }
          });
    }
    return flaws;
  }

  private boolean stays(String model, String label, long version) {
    Long now = version(model, label);
    return now == null || now == version;
  }

  private static ConfigFlaw flaw(int index, String model, long version) {
    return new ConfigFlaw(
        ConfigFlaw.Kind.LABEL,
        index,
        "version_labels",
        StatusCode.FAILED_PRECONDITION,
        "Request to assign label to version "
            + version
            + " of model "
            + model
            + ", which is not currently available for inference");
  }

  /** Gives every model these labels and no others, as soon as their versions are available. */
  synchronized void assign(List<ModelEntry> models) {
    Map<String, Map<String, Long>> next = new HashMap<>();
    moves.clear();
    for (ModelEntry model : models) {
      Map<String, Long> labels = new HashMap<>();
      model.versionLabels().forEach((label, version) -> labels.put(label, now(model, label)));
      next.put(model.name(), Map.copyOf(labels));
    }
    current = Map.copyOf(next);
  }

  /** What a label of a new config means for now; notes what it shall mean later. */
  @GuardedBy("this") private long now(ModelEntry model, String label) {
    long wanted = Optional.ofNullable(model.versionLabels().get(label)).orElseThrow();
    Long before = version(model.name(), label);
    if (before == null
        || before == wanted
        || available.test(new ServableId(model.name(), wanted))) {
      return wanted;
    }
    moves.computeIfAbsent(model.name(), _ -> new HashMap<>()).put(label, wanted);
    LOG.log(
        Level.INFO,
        "Label %s of model %s stays at version %d until version %d is available"
            .formatted(label, model.name(), before, wanted));
    return before;
  }

  /** A version has another state; to be told of every one, in order. */
  void changed(ServableState state) {
    if (state.stage() == ServableState.Stage.AVAILABLE) {
      move(state.id());
    }
  }

  private synchronized void move(ServableId id) {
    Map<String, Long> waiting = moves.getOrDefault(id.name(), Map.of());
    List<String> due =
        waiting.entrySet().stream()
            .filter(move -> move.getValue() == id.version())
            .map(Map.Entry::getKey)
            .toList();
    if (due.isEmpty()) {
      return;
    }
    Map<String, Map<String, Long>> next = new HashMap<>(current);
    Map<String, Long> labels = new HashMap<>(next.getOrDefault(id.name(), Map.of()));
    for (String label : due) {
      waiting.remove(label);
      labels.put(label, id.version());
      LOG.log(
          Level.INFO,
          "Label %s of model %s is at version %d now".formatted(label, id.name(), id.version()));
    }
    next.put(id.name(), Map.copyOf(labels));
    current = Map.copyOf(next);
  }
}
