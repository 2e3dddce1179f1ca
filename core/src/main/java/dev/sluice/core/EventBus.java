package dev.sluice.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Hands events to subscribers at once, on the publisher's thread, one event at a time.
 *
 * <p>The lock is held while subscribers run: that is what makes all of them see the same order, and
 * what lets {@link Subscription#close()} promise that nothing arrives afterwards. So a subscriber
 * must be quick and must not call the bus. One that throws is logged and does not keep the event
 * from the others.
 *
 * @param <E> the event's type
 */
public final class EventBus<E> {

  private static final Logger LOG = System.getLogger(EventBus.class.getName());

  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock") private final List<Subscription> subscriptions = new ArrayList<>();

  /** A bus that stamps events with the system's time. */
  public EventBus() {
    this(Clock.systemUTC());
  }

  /** A bus that stamps events with this clock's time. */
  public EventBus(Clock clock) {
    this.clock = Objects.requireNonNull(clock, "clock");
  }

  /** Delivers every event from now on, until the subscription is closed. */
  public Subscription subscribe(Consumer<? super E> subscriber) {
    Subscription subscription = new Subscription(subscriber);
    enter();
    try {
      subscriptions.add(subscription);
    } finally {
      lock.unlock();
    }
    return subscription;
  }

  /**
   * Makes an event and delivers it; returns when every subscriber has seen it.
   *
   * @param event makes the event for the time it is stamped with
   */
  public void publish(Function<? super Instant, ? extends E> event) {
    enter();
    try {
      E stamped = event.apply(clock.instant());
      each(subscriptions, subscription -> subscription.subscriber.accept(stamped));
    } finally {
      lock.unlock();
    }
  }

  /** Calls each listener, though one before it may have failed. */
  static <L> void each(Iterable<L> listeners, Consumer<L> call) {
    for (L listener : listeners) {
      try {
        call.accept(listener);
      } catch (RuntimeException | Error failure) {
        LOG.log(Level.ERROR, "An event listener failed", failure);
      }
    }
  }

  private void enter() {
    if (lock.isHeldByCurrentThread()) {
      throw new IllegalStateException("a subscriber must not call the event bus");
    }
    lock.lock();
  }

  /** One subscriber's place on the bus; may outlive the bus. */
  public final class Subscription implements AutoCloseable {

    private final Consumer<? super E> subscriber;

    private Subscription(Consumer<? super E> subscriber) {
      this.subscriber = Objects.requireNonNull(subscriber, "subscriber");
    }

    /** Ends the delivery, after a running one. Does nothing the second time. */
    @Override
    public void close() {
      enter();
      try {
        subscriptions.remove(this);
      } finally {
        lock.unlock();
      }
    }
  }
}
