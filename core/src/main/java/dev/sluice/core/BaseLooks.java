package dev.sluice.core;

import dev.sluice.core.Arrivals.Sifted;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Looks at base directories, each on a thread that it may hang on without holding up the others.
 * For one thread at a time.
 *
 * <p>The looks of a poll follow each other, so one thread is enough for all, and one more for each
 * directory that hangs: a call into a dead file server can't be ended, only left alone. While a
 * look hangs there is no other at the same directory; once it returns, the next poll gets what it
 * found. After a directory has hung in a poll, those that come after it get less time, so that many
 * dead ones hold it up for little longer than one.
 */
final class BaseLooks {

  /** How long the first directory that hangs may hold up a poll. */
  static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final int IDLE_SECONDS = 30;

  private final Complaints complaints =
      new Complaints(System.getLogger(FileSystemSource.class.getName()));

  private final Function<MonitoredServable, Set<String>> listing;
  private final @Nullable Arrivals arrivals;
  private final Supplier<ContentChanges> changes;
  private final Duration patience;
  private final ExecutorService threads;
  private final Map<String, Watch> watches = new HashMap<>();
  private final Map<MonitoredServable, CompletableFuture<Sifted>> hanging = new LinkedHashMap<>();
  private Duration limit;
  private Consumer<MonitoredServable> late = _ -> {};

  /** What is remembered of one base directory; used by one look at a time. */
  private record Watch(Arrivals.@Nullable Stream arrivals, ContentChanges changes) {

    Sifted look(MonitoredServable servable, Set<String> children) {
      Sifted sifted =
          arrivals == null
              ? Sifted.all(VersionListing.of(servable, children))
              : arrivals.sift(servable, children);
      changes.look(servable, sifted.listing());
      return sifted;
    }
  }

  /**
   * @param listing the names in a base directory; may hang
   * @param arrivals what holds versions back; null for nobody
   * @param changes makes what watches the versions of one directory
   * @param patience how long the first directory that hangs may hold up a poll
   */
  BaseLooks(
      Function<MonitoredServable, Set<String>> listing,
      @Nullable Arrivals arrivals,
      Supplier<ContentChanges> changes,
      Duration patience) {
    this.listing = listing;
    this.arrivals = arrivals;
    this.changes = changes;
    this.patience = patience;
    this.limit = patience;
    this.threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            WorkerPool.daemons("sluice-look"));
  }

  /**
   * Has something done when a directory answers that has hung in a poll.
   *
   * @param action called on a thread of its own
   */
  void whenLate(Consumer<MonitoredServable> action) {
    late = action;
  }

  /** Whether some versions may be held back. */
  boolean holdBack() {
    return arrivals != null;
  }

  /** A new poll begins, with fresh patience. */
  void begin() {
    limit = patience;
  }

  /** Forgets the servables that are gone. */
  void retain(Collection<MonitoredServable> servables) {
    Set<String> names = servables.stream().map(MonitoredServable::name).collect(Collectors.toSet());
    complaints.retain(names::contains);
    watches.keySet().retainAll(names);
    hanging
        .entrySet()
        .removeIf(look -> look.getValue().isDone() && !servables.contains(look.getKey()));
  }

  /** What came of a look. */
  sealed interface Found {

    /** The directory could be read. */
    record Listed(Sifted sifted) implements Found {}

    /** It could not, or it hangs. */
    record Nothing(Status why) implements Found {}
  }

  /**
   * What is in a base directory. What is wrong with it is logged.
   *
   * @param isolated whether one that can't be read or hangs shall not concern others
   * @throws StatusException INVALID_ARGUMENT if it can't be read, unless isolated
   */
  Found look(MonitoredServable servable, boolean isolated) {
    try {
      Optional<Sifted> found = await(servable, !isolated);
      if (found.isEmpty()) {
        return complain(servable, new Status(StatusCode.UNAVAILABLE, hangs(servable)));
      }
      Sifted sifted = found.get();
      if (!sifted.isUndecided()) {
        complaints.say(servable, sifted.listing().warnings(), !isolated);
      }
      return new Found.Listed(sifted);
    } catch (StatusException unreadable) {
      if (!isolated) {
        throw unreadable;
      }
      return complain(servable, unreadable.status());
    }
  }

  private Found complain(MonitoredServable servable, Status why) {
    complaints.say(servable, List.of(why.message()), false);
    return new Found.Nothing(why);
  }

  private static String hangs(MonitoredServable servable) {
    return ("Base path %s of servable %s does not answer. It is left out until it does: what is"
            + " loaded from it serves on, and other base paths are looked at as always")
        .formatted(servable.basePath(), servable.name());
  }

  private Optional<Sifted> await(MonitoredServable servable, boolean forever) {
    CompletableFuture<Sifted> before = hanging.remove(servable);
    CompletableFuture<Sifted> look = before == null ? start(servable) : before;
    Duration wait = before == null ? limit : Duration.ZERO;
    try {
      return Optional.of(forever ? look.get() : look.get(wait.toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException hangs) {
      limit = patience.dividedBy(10);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException failure) {
      throw rethrown(failure);
    }
    hanging.put(servable, look);
    if (before == null) {
      var _ = look.whenCompleteAsync((_, _) -> late.accept(servable), threads);
    }
    return Optional.empty();
  }

  private static RuntimeException rethrown(ExecutionException failure) {
    return switch (failure.getCause()) {
      case RuntimeException cause -> cause;
      case Error cause -> throw cause;
      case null, default -> new IllegalStateException(failure);
    };
  }

  private CompletableFuture<Sifted> start(MonitoredServable servable) {
    if (hanging.keySet().stream().anyMatch(other -> other.name().equals(servable.name()))) {
      watches.remove(servable.name()); // it is in use at the directory of before
    }
    Watch watch =
        watches.computeIfAbsent(
            servable.name(),
            _ -> new Watch(arrivals == null ? null : arrivals.stream(), changes.get()));
    return CompletableFuture.supplyAsync(
        () -> watch.look(servable, listing.apply(servable)), threads);
  }
}
