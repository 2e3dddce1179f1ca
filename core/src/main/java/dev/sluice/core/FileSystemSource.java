package dev.sluice.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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
 * <p><b>Locks.</b> {@code polling} is held for the length of a poll, so polls don't overtake each
 * other. {@code emitting} is held while the receiver is called, and not while directories are read,
 * so a slow disk doesn't hold up {@link #update}; it keeps a poll from reviving a servable that an
 * update has just removed. Order: polling, emitting, then what the receiver takes.
 */
public final class FileSystemSource implements Source<Path>, AutoCloseable {

  private static final Logger LOG = System.getLogger(FileSystemSource.class.getName());

  private final Object polling = new Object();
  private final Object emitting = new Object();

  /** What was last complained about, by servable, so that it is said once. */
  @GuardedBy("polling") private final Map<String, Set<String>> complaints = new HashMap<>();

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
   * A source that is not connected yet.
   *
   * @throws StatusException NOT_FOUND if servables must always be present and one has no version;
   *     INVALID_ARGUMENT if its directory can't be read
   */
  public FileSystemSource(Options options) {
    requirePresent(options);
    this.options = options;
  }

  private static void requirePresent(Options options) {
    if (!options.servablesAlwaysPresent()) {
      return;
    }
    for (MonitoredServable servable : options.servables()) {
      if (list(servable).versions().isEmpty()) {
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
    ScheduledExecutorService executor =
        Executors.newSingleThreadScheduledExecutor(WorkerPool.daemons("sluice-poll"));
    var _ =
        executor.scheduleAtFixedRate(this::pollAndLog, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
    return executor;
  }

  private void pollAndLog() {
    try {
      poll();
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
    synchronized (polling) {
      Options current;
      synchronized (emitting) {
        if (target == null || closed) {
          return;
        }
        current = options;
      }
      list(current).forEach((servable, listing) -> emit(current, servable, listing));
    }
  }

  @GuardedBy("polling") private Map<MonitoredServable, VersionListing> list(Options current) {
    Map<MonitoredServable, VersionListing> listings = new LinkedHashMap<>();
    for (MonitoredServable servable : current.servables()) {
      try {
        VersionListing listing = list(servable);
        listings.put(servable, listing);
        complain(current, servable, listing.warnings());
      } catch (StatusException unreadable) {
        if (!current.isolated()) {
          throw unreadable;
        }
        complain(current, servable, List.of(unreadable.getMessage()));
      }
    }
    complaints.keySet().removeIf(name -> current.find(name) == null);
    return listings;
  }

  /** Logs what is new; servables that are not isolated hear it each time. */
  @GuardedBy("polling") private void complain(Options current, MonitoredServable servable, List<String> warnings) {
    Set<String> before =
        Objects.requireNonNullElse(complaints.put(servable.name(), Set.copyOf(warnings)), Set.of());
    for (String warning : warnings) {
      if (!current.isolated() || !before.contains(warning)) {
        LOG.log(Level.WARNING, warning);
      }
    }
    if (current.isolated() && warnings.isEmpty() && !before.isEmpty()) {
      LOG.log(
          Level.INFO,
          "Servable " + servable.name() + " is back to normal at " + servable.basePath());
    }
  }

  private void emit(Options polled, MonitoredServable servable, VersionListing listing) {
    if (polled.servablesAlwaysPresent() && listing.versions().isEmpty()) {
      LOG.log(Level.ERROR, "Refusing to unload all versions for Servable: " + servable.name());
      return;
    }
    synchronized (emitting) {
      if (!closed && servable.equals(options.find(servable.name()))) {
        hand(servable.name(), listing.versions());
      }
    }
  }

  @GuardedBy("emitting") private void hand(String name, List<ServableData<Path>> versions) {
    if (target != null) {
      target.aspire(name, versions);
    }
  }

  private static VersionListing list(MonitoredServable servable) {
    Set<String> names = new HashSet<>();
    try (DirectoryStream<Path> children = Files.newDirectoryStream(servable.directory())) {
      for (Path child : children) {
        names.add(Objects.requireNonNull(child.getFileName(), "child without a name").toString());
      }
    } catch (NoSuchFileException missing) {
      throw unreadable(
          servable, "find", new Status(StatusCode.NOT_FOUND, servable.basePath() + " not found"));
    } catch (IOException failure) {
      throw unreadable(servable, "list", new Status(StatusCode.UNKNOWN, failure.toString()));
    } catch (DirectoryIteratorException failure) {
      throw unreadable(
          servable, "list", new Status(StatusCode.UNKNOWN, String.valueOf(failure.getCause())));
    }
    return VersionListing.of(servable, names);
  }

  private static StatusException unreadable(
      MonitoredServable servable, String what, Status status) {
    return StatusException.invalidArgument(
        "Could not %s base path %s for servable %s with error %s",
        what, servable.basePath(), servable.name(), status);
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
          hand(servable.name(), List.of());
        }
      }
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
