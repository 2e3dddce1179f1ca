package dev.sluice.core;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A loaded servable with the number of handles that are out. Safe for use by many threads.
 *
 * <p>The whole state is one number: handles out, plus {@link #RETIRED}, the most negative one, once
 * no more may be taken. Borrowing is one atomic add, whatever else goes on. A borrower that finds
 * the number negative came too late; it takes its step back, which is why the count of a retired
 * servable may rise for a moment, and touch {@link #RETIRED} more than once. The first touch means
 * that every handle is back, and as none can be taken any more, it stays true; so the action to run
 * then is taken out of its slot by whoever gets there first.
 */
final class CountedServable {

  private static final long RETIRED = Long.MIN_VALUE;

  private final ServableId id;
  private final Object servable;
  private final AtomicLong count = new AtomicLong();
  private final AtomicReference<@Nullable Runnable> whenReturned = new AtomicReference<>();

  CountedServable(ServableId id, Object servable) {
    this.id = id;
    this.servable = servable;
  }

  ServableId id() {
    return id;
  }

  Object servable() {
    return servable;
  }

  /** Takes a handle out; false if the servable is retired, and then nothing was taken. */
  boolean borrow() {
    if (count.getAndIncrement() >= 0) {
      return true;
    }
    giveBack();
    return false;
  }

  /** Brings one handle back; if it was the last of a retired servable, tells who waits for it. */
  void giveBack() {
    if (count.decrementAndGet() == RETIRED) {
      Runnable action = whenReturned.getAndSet(null);
      if (action != null) {
        action.run();
      }
    }
  }

  /**
   * Lets no more handles out. Called once.
   *
   * @param action run once, on the thread that brings the last handle back, so it must be short
   * @return true if no handle is out; then the action will not run
   */
  boolean retire(Runnable action) {
    whenReturned.set(action);
    // Someone who came too late may take the slot between these steps: then the action runs there.
    return count.addAndGet(RETIRED) == RETIRED && whenReturned.getAndSet(null) != null;
  }
}
