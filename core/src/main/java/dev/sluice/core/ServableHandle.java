package dev.sluice.core;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A short, counted loan of a servable. While it is open, the servable stays loaded, whatever the
 * source aspires to; an unload waits for it without a limit. Take one per request, use it for all
 * of the request, close it once the last use has returned. Safe for use by many threads.
 *
 * @param <T> the servable's type
 */
public final class ServableHandle<T> implements AutoCloseable {

  private final CountedServable loan;
  private final T servable;
  private final AtomicBoolean closed = new AtomicBoolean();

  ServableHandle(CountedServable loan, Class<T> type) {
    this.loan = loan;
    this.servable = type.cast(loan.servable());
  }

  /**
   * A handle of a servable that no manager lends, since it is being loaded. Nobody waits for its
   * return but whoever made it.
   *
   * @throws ClassCastException if the servable is of another type
   */
  public static <T> ServableHandle<T> unmanaged(ServableId id, Object servable, Class<T> type) {
    CountedServable own = new CountedServable(id, servable);
    var _ = own.borrow();
    return new ServableHandle<>(own, type);
  }

  /** Which version this is. */
  public ServableId id() {
    return loan.id();
  }

  /**
   * The servable; not to be used after the close.
   *
   * @throws IllegalStateException if the handle is closed
   */
  public T servable() {
    if (closed.get()) {
      throw new IllegalStateException("handle of " + id() + " is closed");
    }
    return servable;
  }

  /** Gives the servable back; never blocks. Does nothing the second time. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      loan.giveBack();
    }
  }
}
