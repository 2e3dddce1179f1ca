package dev.sluice.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.status.Status;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Makes what is loaded follow what is aspired to, and answers look-ups. Safe for use by many
 * threads.
 *
 * <p>It works in steps, one each {@link ManagerOptions#manageInterval()}. A step forgets versions
 * that nobody aspires to any more and that are at rest, takes in what was aspired to since the last
 * step, asks the {@link VersionPolicy} about each stream, and starts <i>one</i> of the actions it
 * proposes, an unload if there is one. Loads and unloads run on their own threads. So everything
 * that is decided is decided in one place at one time, and tests can take the steps by hand.
 *
 * <p>What follows from that, and is meant so: a version that failed stays failed for as long as it
 * is aspired to (unless {@link ManagerOptions#reloadFailed()}); a version that is aspired to again
 * while it is still on its way out first goes all the way out, and the rest of its stream waits for
 * it; nothing that is aspired to is ever unloaded.
 *
 * <p><b>Locks.</b> {@code stepping} is held for the length of a step, which is how steps exclude
 * each other; driven by hand with 0 threads, that includes the load or unload itself. {@code
 * pending} guards what was aspired to and is held for table look-ups. Order: stepping, pending,
 * then those of the basic manager and the event bus. Look-ups take none of them.
 */
public final class AspiredVersionsManager implements Target<Loader>, AutoCloseable {

  private static final Logger LOG = System.getLogger(AspiredVersionsManager.class.getName());

  private final VersionPolicy policy;
  private final Comparator<? super VersionAction> actionOrder;
  private final boolean reloadFailed;
  private final Workers workers;
  private final BasicManager basic;
  private final @Nullable ScheduledExecutorService steps;
  private final ReentrantLock stepping = new ReentrantLock();
  private final AtomicBoolean closed = new AtomicBoolean();

  @GuardedBy("pending") private final NavigableMap<String, List<ServableData<Loader>>> pending = new TreeMap<>();

  /**
   * A manager that starts to work at once, unless it is driven by hand.
   *
   * @param bus is told of every change
   */
  public AspiredVersionsManager(ManagerOptions options, EventBus<ServableState> bus) {
    this(options, bus, LoadRetry.Pause.TIMED);
  }

  AspiredVersionsManager(
      ManagerOptions options, EventBus<ServableState> bus, LoadRetry.Pause pause) {
    Duration interval = options.manageInterval();
    policy = options.policy();
    actionOrder = options.actionOrder();
    reloadFailed = options.reloadFailed();
    workers = new Workers(options, !interval.isPositive(), this::stepSoon);
    LoadRetry.Pause giveWay =
        (length, cancelled) -> WorkerPool.pausing(() -> pause.await(length, cancelled));
    basic = new BasicManager(options, giveWay, Objects.requireNonNull(bus, "bus"), workers);
    steps = interval.isPositive() ? schedule(interval) : null;
  }

  private ScheduledExecutorService schedule(Duration interval) {
    ScheduledExecutorService executor =
        Executors.newSingleThreadScheduledExecutor(WorkerPool.daemons("sluice-manage"));
    var _ = executor.scheduleAtFixedRate(this::step, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
    return executor;
  }

  /**
   * Replaces what is aspired to for one stream. Takes effect in the next step; does nothing after
   * the close.
   */
  @Override
  public void aspire(String streamName, List<ServableData<Loader>> versions) {
    List<ServableData<Loader>> own = new ArrayList<>();
    for (ServableData<Loader> version : versions) {
      if (version.id().name().equals(streamName)) {
        own.add(version);
      } else {
        LOG.log(Level.ERROR, "Dropped " + version.id() + " aspired in stream " + streamName);
      }
    }
    synchronized (pending) {
      if (!closed.get()) {
        pending.put(streamName, own);
      }
    }
  }

  /**
   * Lends out the servable that answers a request. Neither waits for a load nor causes one.
   *
   * @return to be closed by the caller
   * @throws dev.sluice.status.StatusException NOT_FOUND if nothing ready answers the request,
   *     INVALID_ARGUMENT if what does is not of this type
   */
  public <T> ServableHandle<T> handle(ServableRequest request, Class<T> type) {
    return basic.lookUps().handle(request, type);
  }

  /** Lends out every ready servable of a type, by id; each handle is closed by the caller. */
  public <T> SortedMap<ServableId, ServableHandle<T>> handles(Class<T> type) {
    return basic.lookUps().handles(type);
  }

  /** Every version that look-ups find, by name and then by version. */
  public List<ServableId> available() {
    return basic.lookUps().available();
  }

  /** Every managed version, by name and then by version. */
  List<VersionSnapshot> snapshots() {
    return basic.snapshots();
  }

  /** How many threads load; 0 for the serial worker or the caller's thread. */
  public int loadThreads() {
    return workers.loadThreads();
  }

  /**
   * Changes the number of load threads and waits for the loads of the old ones. If interrupted, it
   * returns at once with the interrupt flag set; the old threads still end by themselves.
   *
   * @param threads 0 or more
   */
  public void setLoadThreads(int threads) {
    ManagerOptions.requireNotNegative("threads", threads);
    try {
      workers.setLoadThreads(threads);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Takes one step, for a manager driven by hand. One that runs by itself takes an extra step.
   *
   * @throws IllegalStateException if called from within a step
   */
  public void tick() {
    if (stepping.isHeldByCurrentThread()) {
      throw new IllegalStateException("tick() called from within a step");
    }
    stepping.lock();
    try {
      if (!closed.get()) {
        workers.runHandedOver();
        forgetFinished();
        takeAspired().forEach(this::follow);
        chooseAction().ifPresent(this::start);
      }
    } finally {
      stepping.unlock();
    }
  }

  private void step() {
    try {
      tick();
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "A step of the manager failed; going on with the next", failure);
    }
  }

  /**
   * Takes a step as soon as possible, beside those that its interval brings. Does nothing after the
   * close, or if the manager is driven by hand.
   */
  public void stepSoon() {
    if (steps == null || closed.get()) {
      return;
    }
    try {
      steps.execute(this::step);
    } catch (RejectedExecutionException closing) {
      LOG.log(Level.DEBUG, "No further step: the manager is being closed");
    }
  }

  private void forgetFinished() {
    for (VersionSnapshot version : basic.snapshots()) {
      if (!version.aspired() && version.state().isAtRest()) {
        basic.stopManaging(version.id());
      }
    }
  }

  /** Takes out what was aspired to, but for streams that must wait. */
  private Map<String, List<ServableData<Loader>>> takeAspired() {
    Map<String, List<ServableData<Loader>>> taken = new TreeMap<>();
    synchronized (pending) {
      Iterator<Map.Entry<String, List<ServableData<Loader>>>> all = pending.entrySet().iterator();
      while (all.hasNext()) {
        var stream = all.next();
        if (stream.getValue().stream().noneMatch(this::isOnItsWayOut)) {
          taken.put(stream.getKey(), stream.getValue());
          all.remove();
        }
      }
    }
    return taken;
  }

  private boolean isOnItsWayOut(ServableData<Loader> version) {
    return basic.find(version.id()).filter(harness -> !harness.isAspired()).isPresent();
  }

  private void follow(String streamName, List<ServableData<Loader>> versions) {
    Set<ServableId> aspired = new HashSet<>();
    versions.forEach(version -> aspired.add(version.id()));
    for (VersionSnapshot version : basic.snapshots(streamName)) {
      if (version.aspired() && !aspired.contains(version.id())) {
        basic.find(version.id()).ifPresent(LoaderHarness::markUnaspired);
        basic.cancelLoad(version.id());
      }
    }
    for (ServableData<Loader> version : versions) {
      forgetIfToBeReloaded(version.id());
      if (basic.find(version.id()).isEmpty()) {
        basic.manage(version);
      }
    }
  }

  private void forgetIfToBeReloaded(ServableId id) {
    boolean failed =
        basic.find(id).filter(harness -> harness.state() == HarnessState.ERROR).isPresent();
    if (reloadFailed && failed) {
      basic.stopManaging(id);
    }
  }

  private Optional<VersionAction> chooseAction() {
    return basic.names().stream()
        .map(name -> policy.next(basic.snapshots(name)))
        .flatMap(Optional::stream)
        .min(actionOrder)
        .filter(action -> !workers.mustWait(action.kind()));
  }

  private void start(VersionAction action) {
    ServableId id = action.id();
    switch (action.kind()) {
      case LOAD -> basic.load(id, outcome -> logFailure(id, "loaded", outcome));
      case UNLOAD -> basic.unload(id, outcome -> logFailure(id, "unloaded", outcome));
    }
  }

  private static void logFailure(ServableId id, String what, Status outcome) {
    if (!outcome.isOk()) {
      LOG.log(Level.ERROR, "Servable " + id + " cannot be " + what + ": " + outcome);
    }
  }

  /**
   * Lets no further load begin, waits for those that run, unloads everything and ends the threads;
   * publishes nothing for these unloads. Waits for every handle without a limit, so whoever serves
   * must have stopped; an interrupt ends the wait and leaves in place what is in use. Not to be
   * called from a loader or an event subscriber. Does nothing the second time.
   */
  @Override
  public void close() {
    synchronized (pending) {
      if (!closed.compareAndSet(false, true)) {
        return;
      }
      pending.clear();
    }
    if (steps != null) {
      steps.shutdown();
    }
    // A step in progress may be pausing inside a load that it runs itself.
    basic.cancelLoads();
    stepping.lock();
    try {
      basic.close();
    } finally {
      stepping.unlock();
    }
  }
}
