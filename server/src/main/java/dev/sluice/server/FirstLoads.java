package dev.sluice.server;

import dev.sluice.core.ServableId;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Decides when a starting server opens its ports.
 *
 * <p>With isolation (the default): when each configured model has a version that is available, has
 * had a first attempt at each of its versions fail, or has no version at all, and at least one
 * model is available. If none can become available any more, because each has failed for good, the
 * start fails. A model without versions may get one any time, so it keeps an otherwise empty server
 * waiting.
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
        ? models.values().stream().allMatch(FirstLoads::settled)
            && models.values().stream().anyMatch(FirstLoads::serves)
        : models.values().stream().allMatch(FirstLoads::serves);
  }

  private boolean hopeless() {
    return isolated
        ? polled && models.values().stream().allMatch(FirstLoads::failedForGood)
        : models.values().stream().anyMatch(FirstLoads::failedForGood);
  }

  private static boolean serves(Map<Long, Progress> versions) {
    return versions.containsValue(Progress.AVAILABLE);
  }

  private static boolean settled(Map<Long, Progress> versions) {
    return serves(versions) || !versions.containsValue(Progress.PENDING);
  }

  private static boolean failedForGood(Map<Long, Progress> versions) {
    return !versions.isEmpty()
        && versions.values().stream().allMatch(progress -> progress == Progress.FAILED);
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
