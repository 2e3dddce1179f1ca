package dev.sluice.server;

import dev.sluice.core.HeldVersion;
import dev.sluice.core.ServableId;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Decides when a starting server opens its ports.
 *
 * <p>With isolation (the default): when each configured model has a version that is available, has
 * had a first attempt at each of its versions fail, or has no version at all, and at least one
 * model is available. If none can become available any more, because each has failed for good, the
 * start fails. A model without versions may get one any time, so it keeps an otherwise empty server
 * waiting. A version that is held back because it is still being copied counts as one that is
 * loading, until it is overdue: then its model is no longer waited for if another serves.
 *
 * <p>Without isolation, as TensorFlow Serving: when every model is available; the first that fails
 * for good fails the start.
 *
 * <p>Thread-safe; every change wakes {@link #await}.
 */
final class FirstLoads {

  /** How far a version has come. */
  private enum Progress {
    PENDING,
    TRIED,
    AVAILABLE,
    FAILED
  }

  private final boolean isolated;
  private final Map<String, Map<Long, Progress>> models = new TreeMap<>();
  private final Map<String, List<HeldVersion>> held = new TreeMap<>();
  private final Map<ServableId, Status> failures = new TreeMap<>();
  private boolean polled;

  FirstLoads(Collection<String> names, boolean isolated) {
    this.isolated = isolated;
    names.forEach(name -> models.put(name, new TreeMap<>()));
  }

  /** These versions of a model are to be loaded. */
  synchronized void aspired(String name, Collection<Long> versions) {
    Map<Long, Progress> known = models.get(name);
    if (known != null) {
      known.keySet().retainAll(versions);
      versions.forEach(version -> known.putIfAbsent(version, Progress.PENDING));
      notifyAll();
    }
  }

  /** These versions of a model are there, but not all of each. */
  synchronized void heldBack(String name, List<HeldVersion> versions) {
    if (!versions.equals(held.put(name, versions))) {
      notifyAll();
    }
  }

  /** Storage has been looked at once, so a model without versions has none. */
  synchronized void polled() {
    polled = true;
    notifyAll();
  }

  /** An attempt to load failed; there may be further ones. */
  synchronized void attemptFailed(ServableId id) {
    Map<Long, Progress> known = models.get(id.name());
    if (known != null) {
      known.computeIfPresent(
          id.version(), (version, now) -> now == Progress.PENDING ? Progress.TRIED : now);
      notifyAll();
    }
  }

  /** A version serves. */
  synchronized void available(ServableId id) {
    set(id, Progress.AVAILABLE);
  }

  /** A version will not serve. */
  synchronized void failed(ServableId id, Status why) {
    failures.put(id, why);
    set(id, Progress.FAILED);
  }

  private synchronized void set(ServableId id, Progress progress) {
    Map<Long, Progress> known = models.get(id.name());
    if (known != null) {
      known.put(id.version(), progress);
      notifyAll();
    }
  }

  /**
   * Waits, without limit, until the ports may open.
   *
   * @throws StatusException UNKNOWN, naming each version that failed, if they never may
   */
  synchronized void await() throws InterruptedException {
    while (!ready()) {
      if (hopeless()) {
        throw new StatusException(StatusCode.UNKNOWN, failureText());
      }
      wait();
    }
  }

  private boolean ready() {
    if (models.isEmpty()) {
      return true;
    }
    if (!polled) {
      return false;
    }
    return isolated
        ? models.keySet().stream().allMatch(this::settled)
            && models.keySet().stream().anyMatch(this::serves)
        : models.keySet().stream().allMatch(this::serves);
  }

  private boolean hopeless() {
    return isolated
        ? polled && models.keySet().stream().allMatch(this::failedForGood)
        : models.keySet().stream().anyMatch(this::failedForGood);
  }

  private boolean serves(String name) {
    return versions(name).containsValue(Progress.AVAILABLE);
  }

  private boolean settled(String name) {
    boolean pending =
        versions(name).containsValue(Progress.PENDING)
            || !held(name).stream().allMatch(HeldVersion::overdue);
    return serves(name) || !pending;
  }

  private boolean failedForGood(String name) {
    return !versions(name).isEmpty()
        && versions(name).values().stream().allMatch(progress -> progress == Progress.FAILED)
        && held(name).isEmpty();
  }

  private boolean hasNone(String name) {
    return versions(name).isEmpty() && held(name).isEmpty();
  }

  private Map<Long, Progress> versions(String name) {
    return models.getOrDefault(name, Map.of());
  }

  private List<HeldVersion> held(String name) {
    return held.getOrDefault(name, List.of());
  }

  /** The models without any version, if they keep the ports closed. */
  synchronized Optional<String> modelsToWaitFor() {
    List<String> empty = models.keySet().stream().filter(this::hasNone).toList();
    boolean closed = isolated ? empty.size() == models.size() : !empty.isEmpty();
    return closed && !empty.isEmpty()
        ? Optional.of(String.join(isolated ? " or " : " and ", empty))
        : Optional.empty();
  }

  private String failureText() {
    List<String> parts = new ArrayList<>();
    failures.forEach((id, why) -> parts.add("{" + id + " due to error: " + why + "}, "));
    return failures.size()
        + " servable(s) did not become available: {"
        + String.join("", parts)
        + "}";
  }
}
