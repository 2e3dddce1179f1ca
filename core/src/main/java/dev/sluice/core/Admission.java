package dev.sluice.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Lets loads begin in the order in which they ask, as far as their estimates fit into a memory
 * budget beside what is there already. Safe for use by many threads; the lock is held for moments,
 * and a load that has to wait occupies no thread.
 *
 * <p>What counts is all that is admitted and not at its end: being loaded, loaded, being unloaded.
 * A load that does not fit waits while another load or unload is under way, since that may make
 * room, and those that asked later wait behind it, however small they are. When nothing is under
 * way any more, it is refused: nothing is unloaded for its sake.
 */
final class Admission {

  /** What is decided about a load. */
  enum Verdict {
    /** There is room, and it is taken. */
    ADMITTED,
    /** There is no room, and nothing is under way that could make some. */
    NO_ROOM,
    /** It was cancelled while it waited. */
    CANCELLED
  }

  private record Request(LoaderHarness harness, long bytes, Consumer<Verdict> told) {}

  private record Decision(Request request, Verdict verdict) {}

  private static final Logger LOG = System.getLogger(Admission.class.getName());

  private final long budget;
  private final Object lock = new Object();

  @GuardedBy("lock") private final Deque<Request> line = new ArrayDeque<>();

  @GuardedBy("lock") private final Map<LoaderHarness, Long> reserved = new HashMap<>();

  /** Loads and unloads that are under way. */
  @GuardedBy("lock") private final Set<LoaderHarness> underWay = new HashSet<>();

  /**
   * @param budget in bytes; {@link ManagerOptions#NO_BUDGET} to admit everything
   */
  Admission(long budget) {
    this.budget = budget;
  }

  /** Whether estimates matter. */
  boolean isLimited() {
    return budget != ManagerOptions.NO_BUDGET;
  }

  @GuardedBy("lock") private long sum() {
    return reserved.values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * Asks for room for a load. What is admitted is under way until {@link #ended}.
   *
   * @param told is told the verdict once, on the thread that makes it possible, if there is none
   *     yet when this returns
   * @return the verdict, if there is one
   */
  Optional<Verdict> ask(LoaderHarness harness, long bytes, Consumer<Verdict> told) {
    Request own = new Request(harness, bytes, told);
    List<Decision> decided;
    synchronized (lock) {
      line.addLast(own);
      decided = decide();
    }
    Optional<Verdict> verdict = Optional.empty();
    for (Decision decision : decided) {
      if (decision.request().equals(own)) {
        verdict = Optional.of(decision.verdict());
      } else {
        decision.request().told().accept(decision.verdict());
      }
    }
    return verdict;
  }

  /** An unload is under way from now on, until {@link #ended}. */
  void began(LoaderHarness harness) {
    synchronized (lock) {
      underWay.add(harness);
    }
  }

  /** A version that is loaded takes no more than this; what it takes is never raised. */
  void lower(LoaderHarness harness, long bytes) {
    synchronized (lock) {
      reserved.computeIfPresent(harness, (_, before) -> Math.min(before, bytes));
    }
  }

  /** A load or unload is over; what it took is free if the version is at its end. */
  void ended(LoaderHarness harness) {
    boolean atRest = harness.state().isAtRest();
    synchronized (lock) {
      underWay.remove(harness);
      if (atRest) {
        reserved.remove(harness);
      }
    }
    review();
  }

  /** Decides again about what waits, since something has changed. */
  void review() {
    List<Decision> decided;
    synchronized (lock) {
      decided = decide();
    }
    decided.forEach(decision -> decision.request().told().accept(decision.verdict()));
  }

  @GuardedBy("lock") private List<Decision> decide() {
    List<Decision> decided = new ArrayList<>();
    dropCancelled(decided);
    while (!line.isEmpty()) {
      Request first = line.getFirst();
      boolean fits = first.bytes() <= budget - sum();
      if (!fits && !underWay.isEmpty() && first.bytes() <= budget) {
        tell(Level.INFO, "waits for room", first);
        break;
      }
      line.removeFirst();
      if (fits) {
        reserved.put(first.harness(), first.bytes());
        underWay.add(first.harness());
      } else {
        tell(Level.WARNING, "is refused", first);
      }
      decided.add(new Decision(first, fits ? Verdict.ADMITTED : Verdict.NO_ROOM));
    }
    return decided;
  }

  @GuardedBy("lock") private void dropCancelled(List<Decision> decided) {
    Iterator<Request> all = line.iterator();
    while (all.hasNext()) {
      Request request = all.next();
      if (request.harness().isCancelled()) {
        all.remove();
        decided.add(new Decision(request, Verdict.CANCELLED));
      }
    }
  }

  @GuardedBy("lock") private void tell(Level level, String what, Request request) {
    LOG.log(
        level,
        "Loading servable %s %s: it takes %d bytes, and %d of %d are in use"
            .formatted(request.harness().id(), what, request.bytes(), sum(), budget));
  }
}
