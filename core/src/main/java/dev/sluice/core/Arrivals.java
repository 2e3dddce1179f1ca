package dev.sluice.core;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Leaves versions that are still being copied out of the listing of a base path. What that takes is
 * remembered for each stream by itself ({@link Stream}); the rest is safe for use by many threads.
 *
 * <p>A version that was in the last listing stays in the next for as long as its name exists, and
 * nothing of it is read: whatever is done to its files, it is loaded already, or being loaded. One
 * that was not is looked at before it is listed, even if it was in a listing once, because it may
 * be on its way out: when versions are deleted file by file, the newest may be gone while the one
 * before it is half gone.
 *
 * <p>Only versions that the choice would take are looked at, the preferred ones first: behind a
 * version that is held back, the choice falls on the next best.
 */
final class Arrivals {

  private static final Logger LOG = System.getLogger(Arrivals.class.getName());

  /** By how much a file system's times may lag behind the clock they are taken from. */
  private static final Duration TICK = Duration.ofMillis(100);

  private final Completeness rules;
  private final VersionFiles files;
  private final Supplier<Moment> clock;

  /**
   * What may be handed on of one base path.
   *
   * @param listing without those that are held back
   * @param held these, by name of their directory
   * @param lookAgain after how long another look is worth while; null if at the next poll
   */
  record Sifted(VersionListing listing, List<HeldVersion> held, @Nullable Duration lookAgain) {

    /** Whether nothing may be handed on, since all there is to choose from is held back. */
    boolean isUndecided() {
      return listing.versions().isEmpty() && !held.isEmpty();
    }

    /** Nothing is held back. */
    static Sifted all(VersionListing listing) {
      return new Sifted(listing, List.of(), null);
    }
  }

  Arrivals(Completeness rules, VersionFiles files, Supplier<Moment> clock) {
    this.rules = Objects.requireNonNull(rules, "rules");
    this.files = Objects.requireNonNull(files, "files");
    this.clock = Objects.requireNonNull(clock, "clock");
  }

  /** Whether nothing is ever handed on that is not complete. */
  boolean insists() {
    return rules.insists();
  }

  /** What is remembered of a stream that is seen for the first time: nothing. */
  Stream stream() {
    return new Stream();
  }

  /**
   * What is remembered of one stream: which versions are on their way in, and which were in the
   * last listing. For one thread at a time.
   */
  final class Stream {

    private final Map<String, Arrival> arrivals = new TreeMap<>();

    /** Which of the arrivals the log has told of. */
    private final Set<String> told = new HashSet<>();

    private Set<String> listed = Set.of();
    private Set<String> childrenBefore = Set.of();
    private @Nullable Moment lastLook;

    /**
     * The versions of a base path that may be handed on.
     *
     * @param children the names of what is in it now
     */
    Sifted sift(MonitoredServable servable, Set<String> children) {
      Moment now = clock.get();
      Round round = new Round(this, servable, now, children);
      VersionListing listing = round.sift();
      listed = new HashSet<>(names(listing));
      arrivals.keySet().retainAll(round.held);
      told.retainAll(round.held);
      childrenBefore = children;
      lastLook = now;
      return new Sifted(listing, held(servable, now), round.lookAgain);
    }

    private List<HeldVersion> held(MonitoredServable servable, Moment now) {
      List<HeldVersion> held = new ArrayList<>();
      arrivals.forEach((name, arrival) ->
          held.add(
              new HeldVersion(
                  new ServableId(servable.name(), VersionListing.version(name).orElseThrow()),
                  arrival.isOverdue(rules, now))));
      return List.copyOf(held);
    }

    private Arrival arrival(String name, VersionTree tree, Moment now) {
      Arrival before = arrivals.get(name);
      Arrival next =
          before == null
              ? Arrival.first(tree, now, clocksAgree(name, tree))
              : before.seen(tree, now);
      arrivals.put(name, next);
      return next;
    }

    private boolean clocksAgree(String name, VersionTree tree) {
      Moment last = lastLook;
      return last == null
          || childrenBefore.contains(name)
          || !tree.appeared().isBefore(last.wall().minus(TICK));
    }
  }

  private static List<String> names(VersionListing listing) {
    return listing.versions().stream()
        .map(version -> String.valueOf(version.payload().getFileName()))
        .toList();
  }

  private static @Nullable Duration sooner(@Nullable Duration one, @Nullable Duration other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.compareTo(other) < 0 ? one : other;
  }

  /** One look at one stream. */
  private final class Round {

    private final Stream stream;
    private final MonitoredServable servable;
    private final Moment now;
    private final Set<String> children;
    private final Set<String> held = new HashSet<>();
    private @Nullable Duration lookAgain;

    Round(Stream stream, MonitoredServable servable, Moment now, Set<String> children) {
      this.stream = stream;
      this.servable = servable;
      this.now = now;
      this.children = new HashSet<>(children);
    }

    /** Applies the choice again and again, each time without what turned out not to be ready. */
    VersionListing sift() {
      Set<String> admitted = new HashSet<>(stream.listed);
      while (true) {
        VersionListing listing = VersionListing.of(servable, children, held);
        Optional<String> next =
            names(listing).stream().filter(name -> !admitted.contains(name)).findFirst();
        if (next.isEmpty()) {
          return listing;
        }
        look(next.get(), admitted);
      }
    }

    private void look(String name, Set<String> admitted) {
      Path directory = servable.directory().resolve(name);
      Optional<VersionTree> tree = files.read(directory);
      if (tree.isEmpty()) {
        children.remove(name);
        return;
      }
      Arrival arrival = stream.arrival(name, tree.get(), now);
      Optional<String> missing =
          arrival.isWorthReading(rules, now) ? missing(directory) : Optional.empty();
      switch (arrival.decide(rules, now, missing)) {
        case Arrival.Verdict.Complete() -> {
          tellComplete(name);
          admitted.add(name);
        }
        case Arrival.Verdict.GivenUp(String what, Duration unchanged) -> {
          tellGivenUp(name, what, unchanged);
          admitted.add(name);
        }
        case Arrival.Verdict.Wait wait -> {
          if (arrival.isWorthReading(rules, now) || tree.get().unreadable() != null) {
            tellHeld(name, wait.why());
          }
          held.add(name);
          lookAgain = sooner(lookAgain, wait.lookAgain());
        }
      }
    }

    private Optional<String> missing(Path directory) {
      try {
        return rules.content().missing(directory);
      } catch (IOException unreadable) {
        StorageFailure why = StorageFailure.of(directory.toString(), unreadable);
        return Optional.of(why.status().message() + ". " + why.advice());
      } catch (RuntimeException flaw) {
        LOG.log(Level.WARNING, "The content of " + directory + " could not be checked", flaw);
        return Optional.empty();
      }
    }

    private void tellHeld(String name, String why) {
      if (stream.told.add(name)) {
        LOG.log(Level.INFO, "%s is not loaded yet: %s".formatted(version(name), why));
      }
    }

    private void tellComplete(String name) {
      if (stream.told.contains(name)) {
        LOG.log(Level.INFO, version(name) + " is complete now and will be loaded");
      }
    }

    private void tellGivenUp(String name, String missing, Duration unchanged) {
      LOG.log(
          Level.WARNING,
          "%s is loaded although it is not complete, since nothing in it has changed for %d s: %s"
              .formatted(version(name), unchanged.toSeconds(), missing));
    }

    private String version(String name) {
      return "Version %d of servable %s at %s/%s"
          .formatted(
              VersionListing.version(name).orElseThrow(),
              servable.name(),
              servable.basePath(),
              name);
    }
  }
}
