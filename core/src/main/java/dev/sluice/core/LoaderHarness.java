package dev.sluice.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/**
 * Takes one version through {@link HarnessState its states}, calling its loader on the way.
 *
 * <p>Safe for use by many threads: of several requests to load, or to unload, exactly one wins, and
 * who won may take the steps that follow. The lock guards the state only; it is never held while
 * the loader or the listener runs.
 */
final class LoaderHarness {

  private static final Logger LOG = System.getLogger(LoaderHarness.class.getName());

  private final ServableData<Loader> data;
  private final LoadRetry retry;
  private final BiConsumer<ServableId, Status> endListener;
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private final Object lock = new Object();

  @GuardedBy("lock") private HarnessState state = HarnessState.NEW;

  @GuardedBy("lock") private Status status = Status.OK;

  private volatile boolean aspired = true;

  /**
   * A harness in {@link HarnessState#NEW}; {@link #fail} it at once if the data carries an error.
   *
   * @param endListener told how the version ends, OK or why not, before the harness is in {@link
   *     HarnessState#DISABLED} or {@link HarnessState#ERROR}: who sees one of these may take the id
   *     on anew, and what is told of that must come later
   */
  LoaderHarness(
      ServableData<Loader> data, LoadRetry retry, BiConsumer<ServableId, Status> endListener) {
    this.data = Objects.requireNonNull(data, "data");
    this.retry = retry;
    this.endListener = endListener;
  }

  ServableId id() {
    return data.id();
  }

  HarnessState state() {
    synchronized (lock) {
      return state;
    }
  }

  /** Why the harness is in {@link HarnessState#ERROR}; OK in any other state. */
  Status status() {
    synchronized (lock) {
      return status;
    }
  }

  VersionSnapshot snapshot() {
    return new VersionSnapshot(id(), state(), aspired);
  }

  /** Whether the source still wants the version: the manager's note, without effect here. */
  boolean isAspired() {
    return aspired;
  }

  void markUnaspired() {
    aspired = false;
  }

  /**
   * Claims the load.
   *
   * @throws StatusException FAILED_PRECONDITION if it was claimed before; the error of a harness
   *     that is in error
   */
  void requestLoad() {
    claim(HarnessState.LOAD_REQUESTED, "Duplicate load request");
  }

  /**
   * Claims the unload.
   *
   * @throws StatusException FAILED_PRECONDITION if the version is not ready; the error of a harness
   *     that is in error
   */
  void requestUnload() {
    claim(
        HarnessState.UNLOAD_REQUESTED, "Servable not loaded, or unload already requested/ongoing");
  }

  private void claim(HarnessState next, String refusal) {
    synchronized (lock) {
      if (state == HarnessState.ERROR) {
        throw status.toException();
      }
      if (!state.mayBecome(next)) {
        throw StatusException.failedPrecondition("%s: %s is %s", refusal, id(), state);
      }
      state = next;
    }
  }

  /**
   * How many bytes the version will take, asked as often as a load is tried.
   *
   * @throws StatusException the last failure with the reference's words before it, and the harness
   *     is in error
   */
  long estimate() {
    AtomicLong bytes = new AtomicLong();
    Status outcome =
        retry.run("Reserving resources for servable: " + id(), () -> estimate(bytes), cancelled);
    if (!outcome.isOk()) {
      Status whole =
          new Status(
              outcome.code(),
              "Error while attempting to reserve resources to load servable %s: %s"
                  .formatted(id(), outcome.message()));
      fail(whole);
      throw whole.toException();
    }
    return bytes.get();
  }

  private Status estimate(AtomicLong bytes) {
    try {
      long estimate = loader().estimateBytes();
      ManagerOptions.requireNotNegative("estimateBytes", estimate);
      bytes.set(estimate);
      return Status.OK;
    } catch (Throwable failure) {
      return statusOf(failure);
    }
  }

  /** How many bytes the loaded version takes; empty if the loader can't say. */
  OptionalLong estimateAgain() {
    AtomicLong bytes = new AtomicLong();
    return estimate(bytes).isOk() ? OptionalLong.of(bytes.get()) : OptionalLong.empty();
  }

  /** Notes that there is room for the version. */
  void approveLoad() {
    advance(HarnessState.LOAD_APPROVED);
    log("Approving load for servable version ");
  }

  /**
   * Runs the loader until it succeeds or may not be tried again. The harness stays in {@link
   * HarnessState#LOADING} until {@link #ready()}.
   *
   * @return the servable
   * @throws StatusException the last failure, and the harness is in error; CANCELLED if the load
   *     succeeded but was cancelled meanwhile, and what it made is unloaded
   */
  Object load() {
    advance(HarnessState.LOADING);
    log("Loading servable version ");
    Status outcome = retry.run("Loading servable: " + id(), this::attempt, cancelled);
    if (!outcome.isOk()) {
      fail(outcome);
      throw outcome.toException();
    }
    if (isCancelled()) {
      StatusException cancel = cancelled();
      unload(cancel.status());
      throw cancel;
    }
    return loader().servable();
  }

  /** What a load that was cancelled comes to. */
  static StatusException cancelled() {
    return new StatusException(StatusCode.CANCELLED, "Loading of servable cancelled");
  }

  private Status attempt() {
    Loader loader = loader();
    try {
      loader.load(id());
    } catch (Throwable failure) {
      return statusOf(failure);
    }
    try {
      Objects.requireNonNull(loader.servable(), "servable");
      return Status.OK;
    } catch (Throwable failure) {
      loader.unload();
      return statusOf(failure);
    }
  }

  /** Notes that the servable is published. From here on it may be unloaded. */
  void ready() {
    advance(HarnessState.READY);
    log("Successfully loaded servable version ");
  }

  /** Lets no further attempt to load begin, and a pause between two end. Has no other effect. */
  void cancelLoad() {
    cancelled.countDown();
  }

  boolean isCancelled() {
    return LoadRetry.isDone(cancelled);
  }

  void startQuiescing() {
    advance(HarnessState.QUIESCING);
    log("Quiescing servable version ");
  }

  void finishQuiescing() {
    advance(HarnessState.QUIESCED);
    log("Done quiescing servable version ");
  }

  /**
   * Runs the loader's unload.
   *
   * @throws StatusException what the loader threw, and the harness is in error
   */
  void unload() {
    unload(Status.OK);
  }

  private void unload(Status end) {
    advance(HarnessState.UNLOADING);
    log("Unloading just-loaded servable version ");
    try {
      loader().unload();
    } catch (Throwable failure) {
      Status outcome = statusOf(failure);
      fail(outcome);
      throw outcome.toException();
    }
    endListener.accept(id(), end);
    advance(HarnessState.DISABLED);
    log("Done unloading servable version ");
  }

  /** Ends the version with this status, from whatever state it is in. */
  void fail(Status failure) {
    LOG.log(Level.ERROR, "Encountered an error for servable version " + id() + ": " + failure);
    endListener.accept(id(), failure);
    synchronized (lock) {
      state = HarnessState.ERROR;
      status = failure;
    }
  }

  private void advance(HarnessState next) {
    HarnessState from;
    synchronized (lock) {
      from = state;
      if (from.mayBecome(next)) {
        state = next;
        return;
      }
    }
    StatusException illegal =
        StatusException.internal("Illegal request to transition from state %s to %s", from, next);
    fail(illegal.status());
    throw illegal;
  }

  private Loader loader() {
    return data.payload();
  }

  /** The status keeps only a line of what a loader threw by mistake, so the log gets the rest. */
  private Status statusOf(Throwable failure) {
    if (!(failure instanceof StatusException)) {
      LOG.log(Level.WARNING, "Loader of servable version " + id() + " threw", failure);
    }
    return Status.of(failure);
  }

  private void log(String milestone) {
    LOG.log(Level.INFO, milestone + id());
  }
}
