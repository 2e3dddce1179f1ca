package dev.sluice.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.core.ServableState.Stage;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Loads and unloads what it is told to, and tells the world; it decides nothing.
 *
 * <p>{@link #manage} and {@link #stopManaging} are for one thread at a time; all else is safe for
 * use by many. The lock guards the table of harnesses and is held for table look-ups only. Lock
 * order: this table, then a harness.
 *
 * <p><b>Order of events.</b> A load publishes Loading, runs the loader, puts the servable in the
 * look-up table, publishes Available, and only then lets the version be unloaded by calling it
 * ready. An unload publishes Unloading, takes the servable out of the table, waits for its handles,
 * runs the loader, publishes End, and only then lets the id be taken on anew. So the events of one
 * id never overtake each other, whatever threads they come from.
 */
final class BasicManager {

  private static final Logger LOG = System.getLogger(BasicManager.class.getName());

  private final LookUpTable lookUps = new LookUpTable();
  private final LoadRetry retry;
  private final Consumer<ServableId> preLoadHook;
  private final Runnable cacheFlush;
  private final Admission admission;
  private final EventBus<ServableState> bus;
  private final Workers workers;
  private final Object lock = new Object();
  private volatile boolean silent;

  @GuardedBy("lock") private final NavigableMap<ServableId, LoaderHarness> managed = new TreeMap<>();

  BasicManager(
      ManagerOptions options, LoadRetry.Pause pause, EventBus<ServableState> bus, Workers workers) {
    this.retry =
        new LoadRetry(
            options.maxLoadRetries(), options.retryInterval(), options.retryable(), pause);
    this.preLoadHook = options.preLoadHook();
    this.cacheFlush = options.cacheFlush();
    this.admission = new Admission(options.memoryBudget());
    this.bus = bus;
    this.workers = workers;
  }

  LookUpTable lookUps() {
    return lookUps;
  }

  /**
   * Takes a version on: new, or in error if its data carries one.
   *
   * @throws StatusException FAILED_PRECONDITION if the id is managed already
   */
  void manage(ServableData<Loader> data) {
    ServableId id = data.id();
    if (find(id).isPresent()) {
      throw StatusException.failedPrecondition("This servable is already being managed: %s", id);
    }
    LoaderHarness harness = new LoaderHarness(data, retry, this::publishEnd);
    if (data.status().isOk()) {
      publish(id, Stage.START, Status.OK);
    } else {
      harness.fail(data.status());
    }
    synchronized (lock) {
      managed.put(id, harness);
    }
  }

  /**
   * Forgets a version that is new or at its end.
   *
   * @throws StatusException FAILED_PRECONDITION if it is neither, or is not managed
   */
  void stopManaging(ServableId id) {
    LoaderHarness harness =
        find(id)
            .orElseThrow(() ->
                StatusException.failedPrecondition("This servable is not being managed: %s", id));
    HarnessState state = harness.state();
    if (!state.isAtRest()) {
      throw StatusException.failedPrecondition(
          "This servable is not in a new or end state and we cannot stop managing it: %s %s",
          id, state);
    }
    synchronized (lock) {
      managed.remove(id);
    }
  }

  /** The harness of a managed version. */
  Optional<LoaderHarness> find(ServableId id) {
    synchronized (lock) {
      return Optional.ofNullable(managed.get(id));
    }
  }

  /** Names with at least one managed version, sorted. */
  NavigableSet<String> names() {
    NavigableSet<String> names = new TreeSet<>();
    synchronized (lock) {
      managed.keySet().forEach(id -> names.add(id.name()));
    }
    return names;
  }

  /** Every managed version of one name, lowest first. */
  List<VersionSnapshot> snapshots(String name) {
    synchronized (lock) {
      return managed
          .subMap(
              new ServableId(name, Long.MIN_VALUE),
              true,
              new ServableId(name, Long.MAX_VALUE),
              true)
          .values()
          .stream()
          .map(LoaderHarness::snapshot)
          .toList();
    }
  }

  /** Every managed version, by name and then by version. */
  List<VersionSnapshot> snapshots() {
    synchronized (lock) {
      return managed.values().stream().map(LoaderHarness::snapshot).toList();
    }
  }

  /**
   * Loads a managed version. The claim is made before this returns, the work follows.
   *
   * @param done told once what it came to, on whatever thread knows
   */
  void load(ServableId id, Consumer<Status> done) {
    claim(id, LoaderHarness::requestLoad, done)
        .ifPresent(claim -> workers.load(() -> execute(claim)));
  }

  /** Unloads a ready version, in the same way. */
  void unload(ServableId id, Consumer<Status> done) {
    claim(id, LoaderHarness::requestUnload, done)
        .ifPresent(claim -> {
          admission.began(claim.harness());
          workers.unload(() -> beginUnload(claim));
        });
  }

  /** A load or an unload that was won, and who wants to know about it. */
  private record Claim(LoaderHarness harness, Consumer<Status> done) {
    ServableId id() {
      return harness.id();
    }
  }

  private Optional<Claim> claim(
      ServableId id, Consumer<LoaderHarness> request, Consumer<Status> done) {
    try {
      LoaderHarness harness =
          find(id)
              .orElseThrow(() ->
                  StatusException.notFound(
                      "This servable is not being managed by the manager: %s", id));
      request.accept(harness);
      workers.begin();
      return Optional.of(new Claim(harness, done));
    } catch (StatusException refusal) {
      done.accept(refusal.status());
      return Optional.empty();
    }
  }

  private void settle(Claim claim, Status outcome) {
    try {
      admission.ended(claim.harness());
      claim.done().accept(outcome);
    } finally {
      workers.end();
    }
  }

  /** Cancels what is left of a load, if the version is managed. */
  void cancelLoad(ServableId id) {
    find(id).ifPresent(LoaderHarness::cancelLoad);
    admission.review();
  }

  /** Cancels what is left of every load. */
  void cancelLoads() {
    snapshots().forEach(version -> find(version.id()).ifPresent(LoaderHarness::cancelLoad));
    admission.review();
  }

  /** Loads as soon as there is room for it. Waiting for that occupies no thread. */
  private void execute(Claim claim) {
    try {
      admit(claim).ifPresent(verdict -> proceed(claim, verdict));
    } catch (Throwable failure) {
      settle(claim, endOf(claim.harness(), failure));
    }
  }

  private Optional<Admission.Verdict> admit(Claim claim) {
    LoaderHarness harness = claim.harness();
    long bytes = admission.isLimited() ? harness.estimate() : 0;
    return admission.ask(
        harness, bytes, verdict -> workers.handOverLoad(() -> proceed(claim, verdict)));
  }

  private void proceed(Claim claim, Admission.Verdict verdict) {
    Status outcome = Status.OK;
    try {
      switch (verdict) {
        case ADMITTED -> load(claim.harness());
        case NO_ROOM ->
            throw StatusException.resourceExhausted(
                "Insufficient resources to load servable %s", claim.id());
        case CANCELLED -> throw LoaderHarness.cancelled();
      }
    } catch (Throwable failure) {
      outcome = endOf(claim.harness(), failure);
    }
    settle(claim, outcome);
  }

  private void load(LoaderHarness harness) {
    ServableId id = harness.id();
    LOG.log(Level.INFO, "Successfully reserved resources to load servable " + id);
    harness.approveLoad();
    publish(id, Stage.LOADING, Status.OK);
    preLoadHook.accept(id);
    lookUps.publish(new CountedServable(id, loaded(harness)));
    publish(id, Stage.AVAILABLE, Status.OK);
    harness.ready();
  }

  private Object loaded(LoaderHarness harness) {
    try {
      Object servable = harness.load();
      if (admission.isLimited()) {
        harness.estimateAgain().ifPresent(bytes -> admission.lower(harness, bytes));
      }
      return servable;
    } finally {
      if (workers.loadThreads() <= 1) {
        flushCaches();
      }
    }
  }

  private void flushCaches() {
    try {
      cacheFlush.run();
    } catch (RuntimeException failure) {
      LOG.log(Level.WARNING, "Flushing caches after a load failed", failure);
    }
  }

  private void beginUnload(Claim claim) {
    LoaderHarness harness = claim.harness();
    try {
      harness.startQuiescing();
      publish(harness.id(), Stage.UNLOADING, Status.OK);
      CountedServable withdrawn = lookUps.withdraw(harness.id());
      if (!withdrawn.retire(() -> workers.handOver(() -> finishUnload(claim)))) {
        return;
      }
    } catch (Throwable failure) {
      settle(claim, endOf(harness, failure));
      return;
    }
    finishUnload(claim);
  }

  private void finishUnload(Claim claim) {
    Status outcome = Status.OK;
    try {
      claim.harness().finishQuiescing();
      claim.harness().unload();
    } catch (Throwable failure) {
      outcome = endOf(claim.harness(), failure);
    }
    settle(claim, outcome);
  }

  /**
   * Sees to it that a version whose load or unload broke off is at its end. If its loader failed it
   * is; anything else is a load that never began, or a bug, and the version must not hang between
   * states for it.
   */
  private static Status endOf(LoaderHarness harness, Throwable failure) {
    Status status = Status.of(failure);
    if (!harness.state().isAtRest()) {
      if (!(failure instanceof StatusException)) {
        LOG.log(Level.ERROR, "Unexpected failure with servable " + harness.id(), failure);
      }
      harness.fail(status);
    }
    return status;
  }

  private void publishEnd(ServableId id, Status health) {
    publish(id, Stage.END, health);
  }

  private void publish(ServableId id, Stage stage, Status health) {
    if (!silent) {
      bus.publish(time -> new ServableState(id, stage, health, time));
    }
  }

  /**
   * Cancels loads, waits for what is under way, then unloads everything without telling anyone, and
   * ends the workers. Waits for every handle; an interrupt ends the wait and leaves loaded what is
   * still loaded.
   */
  void close() {
    cancelLoads();
    try {
      workers.awaitQuiet();
      LOG.log(Level.INFO, "Unload all remaining servables in the manager.");
      silent = true;
      for (ServableId id : lookUps.available()) {
        unload(id, _ -> {});
      }
      workers.awaitQuiet();
    } catch (InterruptedException interrupt) {
      LOG.log(Level.WARNING, "Closing the manager was interrupted; left: " + lookUps.available());
      Thread.currentThread().interrupt();
    }
    workers.shutdown();
  }
}
