package dev.sluice.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.core.Arrivals.Sifted;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Watches base directories whose children with a number for a name are versions. Each poll lists
 * every directory and hands on, for each servable, all versions its {@link VersionChoice} takes.
 * Safe for use by many threads.
 *
 * <p><b>When a directory can't be read</b>, nothing is handed on for its servable, so what is
 * loaded stays: a mount that went away does not unload a model. With {@link Options#isolated()}
 * that is all: other servables go on, and the log has one line when it begins and one when it is
 * over. Otherwise, as in TensorFlow Serving, the whole poll is given up, each time with a line. A
 * directory that can be read but holds no version is another matter: then there is none to serve,
 * and what is loaded unloads.
 *
 * <p><b>When a directory hangs</b>, as on a file server that has gone, it is as if it could not be
 * read, until it answers ({@link BaseLooks}); without isolation the poll waits for it.
 *
 * <p><b>Versions that are still being copied</b> are held back if there is a {@link Completeness}
 * to tell them by: see {@link Arrivals}.
 *
 * <p><b>Locks.</b> {@code polling} is held for the length of a poll, so polls don't overtake each
 * other. {@code emitting} is held while the receiver is called, and not while directories are read,
 * so a slow disk doesn't hold up {@link #update}; it keeps a poll from reviving a servable that an
 * update has just removed. Order: polling, emitting, then what the receiver takes.
 */
public final class FileSystemSource implements Source<Path>, AutoCloseable {

  private static final Logger LOG = System.getLogger(FileSystemSource.class.getName());

  /** So that a look comes after the moment it was meant for, not a little before. */
  private static final Duration TICK = Duration.ofMillis(5);

  private final Object polling = new Object();
  private final Object emitting = new Object();

  /** Looked with while {@code polling} is held. */
  private final BaseLooks looks;

  /** A look before the next poll is due. */
  @GuardedBy("polling") private @Nullable Future<?> extraLook;

  @GuardedBy("emitting") private Options options;

  @GuardedBy("emitting") private @Nullable Target<Path> target;

  @GuardedBy("emitting") private @Nullable ScheduledExecutorService poller;

  @GuardedBy("emitting") private boolean closed;

  /**
   * What to watch and how.
   *
   * @param pollInterval from the start of one poll to the start of the next, the first at once; if
   *     zero there is one poll ever, on connecting; if negative none but by {@link #poll()}
   * @param servables each name once
   * @param servablesAlwaysPresent never to unload all versions of a servable, and to refuse options
   *     with a servable that has none
   * @param isolated whether a directory that can't be read concerns only its servable
   */
  public record Options(
      Duration pollInterval,
      List<MonitoredServable> servables,
      boolean servablesAlwaysPresent,
      boolean isolated) {

    public Options {
      Objects.requireNonNull(pollInterval, "pollInterval");
      servables = List.copyOf(servables);
      Set<String> names = new HashSet<>();
      for (MonitoredServable servable : servables) {
        if (!names.add(servable.name())) {
          throw new IllegalArgumentException(
              "servable " + servable.name() + " is listed twice, expected each name once");
        }
      }
    }

    private @Nullable MonitoredServable find(String name) {
      for (MonitoredServable servable : servables) {
        if (servable.name().equals(name)) {
          return servable;
        }
      }
      return null;
    }
  }

  /**
   * A source that is not connected yet, and hands a version on as soon as its name is there.
   *
   * @throws StatusException NOT_FOUND if servables must always be present and one has no version;
   *     INVALID_ARGUMENT if its directory can't be read
   */
  public FileSystemSource(Options options) {
    this(options, (Arrivals) null);
  }

  /**
   * A source that hands versions on when they are complete, save where its interval is zero.
   *
   * @throws StatusException as the other constructor
   */
  public FileSystemSource(Options options, Completeness completeness) {
    this(options, new Arrivals(completeness, VersionFiles.REAL, Moment::now));
  }

  FileSystemSource(Options options, @Nullable Arrivals arrivals) {
    this(options, looks(options, arrivals));
  }

  FileSystemSource(Options options, BaseLooks looks) {
    requirePresent(options);
    this.options = options;
    this.looks = looks;
    looks.whenLate(this::answeredLate);
  }

  /** Where there is one poll ever, a directory that was too slow for it has one of its own. */
  private void answeredLate(MonitoredServable servable) {
    boolean once;
    synchronized (emitting) {
      once = options.pollInterval().isZero();
    }
    if (once) {
      pollAndLog(servable::equals);
    }
  }

  /**
   * What is held back in the only poll there is would be held back for ever: that is only done
   * where it is asked for in so many words.
   */
  private static BaseLooks looks(Options options, @Nullable Arrivals arrivals) {
    boolean once = options.pollInterval().isZero();
    return new BaseLooks(
        BaseDirectory::children,
        arrivals != null && once && !arrivals.insists() ? null : arrivals,
        () -> new ContentChanges(VersionFiles.REAL, Moment::now),
        BaseLooks.PATIENCE);
  }

  private static void requirePresent(Options options) {
    if (!options.servablesAlwaysPresent()) {
      return;
    }
    for (MonitoredServable servable : options.servables()) {
      if (VersionListing.of(servable, BaseDirectory.children(servable)).versions().isEmpty()) {
        throw StatusException.notFound(
            "Unable to find a numerical version path for servable %s at: %s",
            servable.name(), servable.basePath());
      }
    }
  }

  @Override
  public void connect(Target<Path> receiver) {
    Duration interval;
    synchronized (emitting) {
      if (target != null) {
        throw new IllegalStateException("the source is connected already");
      }
      target = receiver;
      interval = options.pollInterval();
      if (interval.isPositive() && !closed) {
        poller = schedule(interval);
      }
    }
    if (interval.isZero()) {
      pollAndLog();
    }
  }

  private ScheduledExecutorService schedule(Duration interval) {
    var executor = new ScheduledThreadPoolExecutor(1, WorkerPool.daemons("sluice-poll"));
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    var _ =
        executor.scheduleAtFixedRate(this::pollAndLog, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
    return executor;
  }

  private void pollAndLog() {
    pollAndLog(_ -> true);
  }

  private void pollAndLog(Predicate<MonitoredServable> which) {
    try {
      poll(which);
    } catch (StatusException failure) {
      LOG.log(
          Level.ERROR,
          "FileSystemStoragePathSource encountered a filesystem access error: " + failure.status());
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "A poll failed; going on with the next", failure);
    }
  }

  /**
   * Polls once; does nothing before there is a receiver.
   *
   * @throws StatusException INVALID_ARGUMENT if a directory can't be read and servables are not
   *     isolated; then nothing was handed on
   */
  public void poll() {
    poll(_ -> true);
  }

  private void poll(Predicate<MonitoredServable> which) {
    synchronized (polling) {
      Options current;
      synchronized (emitting) {
        if (target == null || closed) {
          return;
        }
        current = options;
      }
      Map<MonitoredServable, Sifted> found = look(current, which);
      found.forEach((servable, sifted) -> emit(current, servable, sifted));
      lookSoon(found);
    }
  }

  @GuardedBy("polling") private Map<MonitoredServable, Sifted> look(Options current, Predicate<MonitoredServable> which) {
    Map<MonitoredServable, Sifted> found = new LinkedHashMap<>();
    looks.begin();
    for (MonitoredServable servable : current.servables()) {
      if (which.test(servable)) {
        switch (looks.look(servable, current.isolated())) {
          case BaseLooks.Found.Listed(Sifted sifted) -> found.put(servable, sifted);
          case BaseLooks.Found.Nothing(Status why) -> tellUnreadable(servable, why);
        }
      }
    }
    looks.retain(current.servables());
    return found;
  }

  /** Nobody shall wait for a version that has gone together with the directory it was in. */
  @GuardedBy("polling") private void tellUnreadable(MonitoredServable servable, Status why) {
    synchronized (emitting) {
      if (target == null || closed || !isWatched(servable)) {
        return;
      }
      if (looks.holdBack()) {
        target.heldBack(servable.name(), List.of());
      }
      target.unreadable(servable.name(), why);
    }
  }

  @GuardedBy("emitting") private boolean isWatched(MonitoredServable servable) {
    return servable.equals(options.find(servable.name()));
  }

  /**
   * Has another look at what is held back when it may be ready, if that is before the next poll: so
   * a finished version waits for its quiet period and not for the poll after that as well.
   */
  @GuardedBy("polling") private void lookSoon(Map<MonitoredServable, Sifted> found) {
    Set<MonitoredServable> waiting = new HashSet<>();
    Duration soonest = null;
    for (var entry : found.entrySet()) {
      Duration again = entry.getValue().lookAgain();
      if (again != null) {
        waiting.add(entry.getKey());
        soonest = soonest == null || again.compareTo(soonest) < 0 ? again : soonest;
      }
    }
    if (extraLook != null) {
      extraLook.cancel(false);
      extraLook = null;
    }
    if (soonest != null) {
      extraLook = lookIn(soonest, waiting);
    }
  }

  private @Nullable Future<?> lookIn(Duration delay, Set<MonitoredServable> which) {
    synchronized (emitting) {
      return poller == null || closed
          ? null
          : poller.schedule(
              () -> pollAndLog(which::contains),
              delay.plus(TICK).toMillis(),
              TimeUnit.MILLISECONDS);
    }
  }

  /**
   * Hands on what was found. Where there is nothing but what is held back, that is nothing, rather
   * than the empty list: what serves goes on until its successor is complete.
   */
  @GuardedBy("polling") private void emit(Options polled, MonitoredServable servable, Sifted sifted) {
    VersionListing listing = sifted.listing();
    boolean refused = polled.servablesAlwaysPresent() && listing.versions().isEmpty();
    if (refused && sifted.held().isEmpty()) {
      LOG.log(Level.ERROR, "Refusing to unload all versions for Servable: " + servable.name());
      return;
    }
    synchronized (emitting) {
      if (target == null || closed || !isWatched(servable)) {
        return;
      }
      if (!sifted.isUndecided()) {
        target.aspire(servable.name(), listing.versions());
      }
      if (looks.holdBack()) {
        target.heldBack(servable.name(), held(polled, sifted));
      }
    }
  }

  /** Who looks once can't wait for what is held back then. */
  private static List<HeldVersion> held(Options polled, Sifted sifted) {
    return polled.pollInterval().isZero()
        ? sifted.held().stream().map(version -> new HeldVersion(version.id(), true)).toList()
        : sifted.held();
  }

  /**
   * Watches something else from now on. Servables that are gone are emptied at once; all else takes
   * effect at the next poll.
   *
   * @throws StatusException INVALID_ARGUMENT if the interval differs and the source is connected;
   *     or as the constructor. Then nothing has changed
   */
  public void update(Options next) {
    requirePresent(next);
    synchronized (emitting) {
      if (target != null && !next.pollInterval().equals(options.pollInterval())) {
        throw StatusException.invalidArgument(
            "Changing file_system_poll_wait_seconds is not supported");
      }
      Options before = options;
      options = next;
      for (MonitoredServable servable : before.servables()) {
        if (next.find(servable.name()) == null) {
          empty(servable.name());
        }
      }
    }
  }

  @GuardedBy("emitting") private void empty(String name) {
    if (target != null) {
      target.aspire(name, List.of());
      target.heldBack(name, List.of());
    }
  }

  /** Stops polling; when this returns, nothing more is handed on. Does nothing the second time. */
  @Override
  public void close() {
    synchronized (emitting) {
      closed = true;
      if (poller != null) {
        poller.shutdown();
      }
    }
  }
}
