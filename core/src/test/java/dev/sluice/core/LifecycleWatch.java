package dev.sluice.core;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import dev.sluice.core.ServableState.Stage;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What the lifecycle promises, as a small model beside it: what each loader and each servable has
 * been through, which events may follow each other, and which streams must be answered. The first
 * promise that is broken is kept.
 */
final class LifecycleWatch {

  /** Which event may follow which; a version that was never loaded may be forgotten silently. */
  private static final Map<Stage, Set<Stage>> NEXT =
      Map.of(
          Stage.START, Set.of(Stage.START, Stage.LOADING, Stage.END),
          Stage.LOADING, Set.of(Stage.AVAILABLE, Stage.END),
          Stage.AVAILABLE, Set.of(Stage.UNLOADING),
          Stage.UNLOADING, Set.of(Stage.END),
          Stage.END, Set.of(Stage.START, Stage.END));

  private final long budget;
  private final AtomicLong inMemory = new AtomicLong();
  private final AtomicReference<Throwable> violation = new AtomicReference<>();
  private final Map<ServableId, Stage> stages = new ConcurrentHashMap<>();
  private final Set<String> up = ConcurrentHashMap.newKeySet();

  LifecycleWatch(long budget) {
    this.budget = budget;
  }

  Throwable violation() {
    return violation.get();
  }

  @FormatMethod
  void check(boolean condition, @FormatString String what, Object... arguments) {
    if (!condition) {
      violation.compareAndSet(null, new AssertionError(what.formatted(arguments)));
    }
  }

  void fail(Throwable failure) {
    violation.compareAndSet(null, failure);
  }

  /** A servable, which knows its loans. */
  static final class Servable {
    private final ServableId id;
    private final AtomicInteger loans = new AtomicInteger();
    private volatile boolean open = true;

    Servable(ServableId id) {
      this.id = id;
    }
  }

  /** Uses a loan as a request would. */
  void use(ServableHandle<Servable> handle, int turns) {
    Servable servable = handle.servable();
    servable.loans.incrementAndGet();
    check(servable.id.equals(handle.id()), "%s came as %s", servable.id, handle.id());
    for (int turn = 0; turn <= turns; turn++) {
      check(servable.open, "%s was closed while lent", servable.id);
    }
    servable.loans.decrementAndGet();
  }

  /** Whether a look-up of the stream must succeed from now on. */
  boolean mustAnswer(String stream) {
    return up.contains(stream);
  }

  void answered(String stream) {
    up.add(stream);
  }

  /** An event, as it is published. */
  void event(ServableState event, AspiredVersionsManager manager) {
    ServableId id = event.id();
    Stage before = stages.put(id, event.stage());
    check(
        before == null || NEXT.get(before).contains(event.stage()),
        "%s went from %s to %s",
        id,
        before,
        event.stage());
    boolean found = manager.available().contains(id);
    switch (event.stage()) {
      case AVAILABLE, UNLOADING -> check(found, "%s is not found at %s", id, event.stage());
      case START, LOADING, END -> check(!found, "%s is found at %s", id, event.stage());
    }
  }

  /** A loader that fails as often as it is told, and at last loads or never does. */
  final class WatchedLoader implements Loader {
    private final long bytes;
    private final Runnable before;
    private int failuresLeft;
    private Servable servable;
    private boolean unloaded;

    /**
     * @param failures attempts that fail before one succeeds
     * @param before runs in each attempt; may wait
     */
    WatchedLoader(long bytes, int failures, Runnable before) {
      this.bytes = bytes;
      this.failuresLeft = failures;
      this.before = before;
    }

    @Override
    public long estimateBytes() {
      return bytes;
    }

    @Override
    public synchronized void load(ServableId id) {
      check(servable == null && !unloaded, "%s is loaded twice", id);
      check(inMemory.addAndGet(bytes) <= budget, "%s is over the budget", id);
      before.run();
      if (failuresLeft-- > 0) {
        inMemory.addAndGet(-bytes);
        throw new IllegalStateException("told to fail");
      }
      servable = new Servable(id);
    }

    @Override
    public synchronized void unload() {
      check(servable != null && !unloaded, "unloaded twice, or without a load");
      check(servable.loans.get() == 0, "%s is unloaded while lent", servable.id);
      servable.open = false;
      unloaded = true;
      inMemory.addAndGet(-bytes);
    }

    @Override
    public synchronized Object servable() {
      return servable;
    }

    /** Whether something was loaded that was not unloaded. */
    synchronized boolean isLeft() {
      return servable != null && !unloaded;
    }
  }
}
