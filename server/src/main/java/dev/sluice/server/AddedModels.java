package dev.sluice.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.core.HeldVersion;
import dev.sluice.core.ServableId;
import dev.sluice.core.ServableState;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The models that a reload has added, until it is known what has become of each: it has a version
 * that is available, or has none.
 *
 * <p>With isolation, a model has failed when each of its versions has, or when storage was looked
 * at and holds none; without, as in TensorFlow Serving, when one of its versions has, and a model
 * without versions is waited for.
 *
 * <p>A model of the same name may have been removed a moment before, and its last versions may
 * still be on their way out. What becomes of them counts for nothing, until they are seen to begin
 * anew.
 *
 * <p>Thread-safe. Who waits is told once, on the thread that knows.
 */
final class AddedModels {

  /** What is known of one model. */
  private static final class Added {
    private final Set<Long> versions = new TreeSet<>();
    private final Map<Long, Status> failed = new TreeMap<>();
    private final Set<Long> leftOvers = new HashSet<>();
    private List<HeldVersion> held = List.of();
    private @Nullable Status unreadable;
    private @Nullable Status gone;
    private boolean available;
  }

  private final boolean isolated;
  private final Predicate<String> serves;
  private final Consumer<Status> done;

  @GuardedBy("this") private final Map<String, Added> models = new TreeMap<>();

  @GuardedBy("this") private boolean lookedAt;

  @GuardedBy("this") private boolean told;

  /**
   * @param names of the models
   * @param leftOvers the versions of these names that are there already
   * @param serves whether a model has a version that is available at the moment
   * @param done told the outcome: OK, or UNKNOWN with the text of TensorFlow Serving
   */
  AddedModels(
      Collection<String> names,
      Collection<ServableId> leftOvers,
      boolean isolated,
      Predicate<String> serves,
      Consumer<Status> done) {
    this.isolated = isolated;
    this.serves = serves;
    this.done = done;
    synchronized (this) {
      names.forEach(name -> models.put(name, new Added()));
      for (ServableId id : leftOvers) {
        Added added = models.get(id.name());
        if (added != null) {
          added.leftOvers.add(id.version());
        }
      }
    }
  }

  /** These versions of a model are to be loaded. */
  void aspired(String name, Collection<Long> versions) {
    change(
        name,
        added -> {
          added.versions.clear();
          added.versions.addAll(versions);
          added.unreadable = null;
        });
  }

  /** These versions of a model are there, but not all of each. */
  void heldBack(String name, List<HeldVersion> held) {
    change(name, added -> added.held = List.copyOf(held));
  }

  /** The base path of a model can't be read. */
  void unreadable(String name, Status why) {
    change(name, added -> added.unreadable = why);
  }

  /** A model is not configured any more. */
  void removed(String name) {
    change(
        name,
        added ->
            added.gone = new Status(StatusCode.ABORTED, "another reload has removed the model"));
  }

  /** A version has another state; to be told of every one, in order. */
  void changed(ServableState state) {
    long version = state.id().version();
    change(
        state.id().name(),
        added -> {
          switch (state.stage()) {
            case START -> added.leftOvers.remove(version);
            case AVAILABLE -> added.available = true;
            case END -> {
              if (!added.leftOvers.contains(version) && !state.health().isOk()) {
                added.failed.put(version, state.health());
              }
            }
            case LOADING, UNLOADING -> {}
          }
        });
  }

  private void change(String name, Consumer<Added> step) {
    synchronized (this) {
      Added added = models.get(name);
      if (added == null || told) {
        return;
      }
      step.accept(added);
    }
    tellIfKnown();
  }

  /** Storage has been looked at since the models were added. */
  void lookedAt() {
    synchronized (this) {
      lookedAt = true;
    }
    tellIfKnown();
  }

  /** Waits no longer: whatever is not available by now has failed, and that is why. */
  void giveUp(Status why) {
    synchronized (this) {
      models.forEach((name, added) -> {
        if (!isSettled(name, added)) {
          added.gone = why;
        }
      });
      lookedAt = true;
    }
    tellIfKnown();
  }

  private void tellIfKnown() {
    Status outcome;
    synchronized (this) {
      if (told || !lookedAt || !allSettled()) {
        return;
      }
      told = true;
      outcome = outcome();
    }
    done.accept(outcome);
  }

  @GuardedBy("this") private boolean allSettled() {
    for (Map.Entry<String, Added> model : models.entrySet()) {
      if (!isSettled(model.getKey(), model.getValue())) {
        return false;
      }
    }
    return true;
  }

  private boolean isSettled(String name, Added added) {
    return isAvailable(name, added) || added.gone != null || hasFailed(added);
  }

  private boolean isAvailable(String name, Added added) {
    return added.available || serves.test(name);
  }

  private boolean hasFailed(Added added) {
    if (!isolated) {
      return !added.failed.isEmpty();
    }
    return added.held.isEmpty() && added.failed.keySet().containsAll(added.versions);
  }

  @GuardedBy("this") private Status outcome() {
    List<String> parts = new ArrayList<>();
    int count = 0;
    for (Map.Entry<String, Added> model : models.entrySet()) {
      if (!isAvailable(model.getKey(), model.getValue())) {
        count++;
        parts.addAll(reasons(model.getKey(), model.getValue()));
      }
    }
    return count == 0
        ? Status.OK
        : new Status(
            StatusCode.UNKNOWN,
            count + " model(s) did not become available: {" + String.join("", parts) + "}");
  }

  private static List<String> reasons(String name, Added added) {
    if (added.gone == null && !added.failed.isEmpty()) {
      List<String> reasons = new ArrayList<>();
      added.failed.forEach(
          (version, why) -> reasons.add(reason(new ServableId(name, version).toString(), why)));
      return reasons;
    }
    Status why =
        Objects.requireNonNullElse(
            added.gone,
            Objects.requireNonNullElse(
                added.unreadable,
                new Status(StatusCode.NOT_FOUND, "no versions were found under its base path")));
    return List.of(reason("{name: " + name + "}", why));
  }

  private static String reason(String what, Status why) {
    return "{" + what + " due to error: " + why + "}, ";
  }
}
