package dev.sluice.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.core.ServableState.Stage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Remembers what every version last came to, for as long as the process lives, and tells who waits
 * for it. Fed by the event bus; may lag behind look-ups for an instant. Safe for use by many
 * threads.
 *
 * <p>The lock guards the records and is never held while a listener or a callback runs; those run
 * on the publisher's thread, after the records are up to date, and must not call the bus.
 */
public final class ServableStateMonitor implements AutoCloseable {

  private final EventBus<ServableState>.Subscription subscription;
  private final int logLimit;
  private final List<Consumer<? super ServableState>> listeners = new CopyOnWriteArrayList<>();
  private final Object lock = new Object();

  @GuardedBy("lock") private final NavigableMap<String, NavigableMap<Long, ServableState>> states = new TreeMap<>();

  @GuardedBy("lock") private final Deque<ServableState> log = new ArrayDeque<>();

  @GuardedBy("lock") private final List<Wait> waits = new ArrayList<>();

  /** A monitor without a log. */
  public ServableStateMonitor(EventBus<ServableState> bus) {
    this(bus, 0);
  }

  /**
   * A monitor that keeps the last events.
   *
   * @param logLimit how many; 0 for none
   */
  public ServableStateMonitor(EventBus<ServableState> bus, int logLimit) {
    ManagerOptions.requireNotNegative("logLimit", logLimit);
    this.logLimit = logLimit;
    this.subscription = bus.subscribe(this::record);
  }

  /**
   * What a wait for servables came to.
   *
   * @param reached whether every servable reached the goal; false if one ended instead, or time ran
   *     out
   * @param stages what each awaited servable came to; empty if time ran out
   */
  public record Outcome(boolean reached, SortedMap<ServableId, Stage> stages) {}

  private record Wait(
      List<ServableRequest> requests, Stage goal, Consumer<? super Outcome> callback) {}

  private void record(ServableState event) {
    List<Runnable> due = new ArrayList<>();
    synchronized (lock) {
      states
          .computeIfAbsent(event.id().name(), _ -> new TreeMap<>(Collections.reverseOrder()))
          .put(event.id().version(), event);
      remember(event);
      collectDue(due);
    }
    EventBus.each(listeners, listener -> listener.accept(event));
    EventBus.each(due, Runnable::run);
  }

  @GuardedBy("lock") private void remember(ServableState event) {
    if (logLimit == 0) {
      return;
    }
    if (log.size() == logLimit) {
      log.removeFirst();
    }
    log.addLast(event);
  }

  @GuardedBy("lock") private void collectDue(List<Runnable> due) {
    Iterator<Wait> all = waits.iterator();
    while (all.hasNext()) {
      Wait wait = all.next();
      Optional<Outcome> outcome = outcome(wait);
      if (outcome.isPresent()) {
        due.add(() -> wait.callback().accept(outcome.get()));
        all.remove();
      }
    }
  }

  /** What a wait has come to; empty while one of its requests is open. */
  @GuardedBy("lock") private Optional<Outcome> outcome(Wait wait) {
    SortedMap<ServableId, Stage> stages = new TreeMap<>();
    boolean reached = true;
    for (ServableRequest request : wait.requests()) {
      Optional<ServableState> settled = settled(request, wait.goal());
      if (settled.isEmpty()) {
        return Optional.empty();
      }
      stages.put(settled.get().id(), settled.get().stage());
      reached &= settled.get().stage() == wait.goal();
    }
    return Optional.of(new Outcome(reached, Collections.unmodifiableSortedMap(stages)));
  }

  /** The version that settles a request: the highest that is at the goal or at its end. */
  @GuardedBy("lock") private Optional<ServableState> settled(ServableRequest request, Stage goal) {
    NavigableMap<Long, ServableState> versions =
        states.getOrDefault(request.name(), Collections.emptyNavigableMap());
    Predicate<ServableState> asked =
        switch (request) {
          case ServableRequest.Specific specific -> state -> state.id().equals(specific.id());
          case ServableRequest.Latest _ -> _ -> true;
          case ServableRequest.Earliest _ ->
              throw new IllegalArgumentException("can't wait for " + request);
        };
    return versions.values().stream()
        .filter(asked)
        .filter(state -> state.stage() == goal || state.stage() == Stage.END)
        .findFirst();
  }

  /** What a version last came to; empty if it was never managed. */
  public Optional<ServableState> state(ServableId id) {
    synchronized (lock) {
      return Optional.ofNullable(states.get(id.name())).map(all -> all.get(id.version()));
    }
  }

  /** Every version of a name that was ever managed, highest first; empty for an unknown name. */
  public SortedMap<Long, ServableState> versions(String name) {
    return select(name, _ -> true);
  }

  /** {@link #versions} of every name, sorted by name. */
  public SortedMap<String, SortedMap<Long, ServableState>> all() {
    return select(_ -> true);
  }

  /** As {@link #all()}, without versions at their end and names that have no other. */
  public SortedMap<String, SortedMap<Long, ServableState>> live() {
    return select(state -> state.stage() != Stage.END);
  }

  /** Names with at least one version that is available, sorted. */
  public NavigableSet<String> availableNames() {
    return new TreeSet<>(select(state -> state.stage() == Stage.AVAILABLE).keySet());
  }

  private SortedMap<String, SortedMap<Long, ServableState>> select(
      Predicate<ServableState> wanted) {
    SortedMap<String, SortedMap<Long, ServableState>> selected = new TreeMap<>();
    synchronized (lock) {
      for (String name : states.keySet()) {
        SortedMap<Long, ServableState> versions = select(name, wanted);
        if (!versions.isEmpty()) {
          selected.put(name, versions);
        }
      }
    }
    return selected;
  }

  private SortedMap<Long, ServableState> select(String name, Predicate<ServableState> wanted) {
    SortedMap<Long, ServableState> selected = new TreeMap<>(Collections.reverseOrder());
    synchronized (lock) {
      states
          .getOrDefault(name, Collections.emptyNavigableMap())
          .forEach((version, state) -> {
            if (wanted.test(state)) {
              selected.put(version, state);
            }
          });
    }
    return selected;
  }

  /** The last events, oldest first, as many as the limit allows. */
  public List<ServableState> log() {
    synchronized (lock) {
      return List.copyOf(log);
    }
  }

  /** Forgets every version at its end. */
  public void forgetEnded() {
    synchronized (lock) {
      states.values().forEach(all -> all.values().removeIf(s -> s.stage() == Stage.END));
      states.values().removeIf(Map::isEmpty);
    }
  }

  /** Tells the listener of every event from now on, after it was recorded. */
  public void addListener(Consumer<? super ServableState> listener) {
    listeners.add(listener);
  }

  /**
   * Calls back once, as soon as every request is settled: a request for one version when that is at
   * the goal or at its end, a request for the latest when any version of the name is. At once, on
   * this thread, if that is so already; else on the thread of the event that settles it.
   *
   * @param requests specific or latest ones
   * @throws IllegalArgumentException for a request for the earliest
   */
  public void notifyWhenServablesReach(
      List<ServableRequest> requests, Stage goal, Consumer<? super Outcome> callback) {
    add(new Wait(List.copyOf(requests), goal, callback));
  }

  private void add(Wait wait) {
    Optional<Outcome> outcome;
    synchronized (lock) {
      wait.requests().forEach(request -> settled(request, wait.goal()));
      outcome = outcome(wait);
      if (outcome.isEmpty()) {
        waits.add(wait);
      }
    }
    outcome.ifPresent(wait.callback());
  }

  /**
   * Blocks until every request is settled, as {@link #notifyWhenServablesReach} says, without a
   * limit.
   */
  public Outcome waitUntilServablesReach(List<ServableRequest> requests, Stage goal)
      throws InterruptedException {
    return waitUntilServablesReach(requests, goal, Duration.ofNanos(Long.MAX_VALUE));
  }

  /**
   * Blocks until every request is settled, as {@link #notifyWhenServablesReach} says.
   *
   * @param timeout how long to wait at most; then nothing is reached and no stages are given
   */
  public Outcome waitUntilServablesReach(
      List<ServableRequest> requests, Stage goal, Duration timeout) throws InterruptedException {
    AtomicReference<Outcome> result =
        new AtomicReference<>(new Outcome(false, Collections.emptySortedMap()));
    CountDownLatch settled = new CountDownLatch(1);
    Wait wait =
        new Wait(
            List.copyOf(requests),
            goal,
            outcome -> {
              result.set(outcome);
              settled.countDown();
            });
    add(wait);
    try {
      boolean inTime = settled.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
      return inTime ? result.get() : new Outcome(false, Collections.emptySortedMap());
    } finally {
      synchronized (lock) {
        waits.remove(wait);
      }
    }
  }

  /** Stops listening; what was recorded stays. */
  @Override
  public void close() {
    subscription.close();
  }
}
