package dev.sluice.server.metrics;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Numbers that many threads add to and somebody reads once in a while.
 *
 * <p>Two processors that write the same memory in turn pay for it at each write, whether one has to
 * wait for the other or not. So there are stripes, as many as processors up to 16, and threads are
 * spread over them by their numbers: event loops, which are made one after the other, get one each.
 * The first thread of a stripe has numbers of its own there, which it adds to without an atomic
 * operation, since nobody else does; the others share a second set, where additions are atomic.
 *
 * <p><b>Threading.</b> Safe from any thread. What is read is each number at some moment of the
 * reading, not all of them at the same one; who sees what was added sees all that its thread added
 * before.
 */
final class StripedCounts {

  private static final int MOST = 16;
  private static final int STRIPES = stripes(Runtime.getRuntime().availableProcessors());

  /** The numbers of one thread and of those that share its place. */
  private static final class Stripe {
    /** Numbers of threads are never given again. */
    private final long owner;

    private final AtomicLongArray own;
    private final AtomicReferenceArray<AtomicLongArray> shared = new AtomicReferenceArray<>(1);

    Stripe(long owner, int size) {
      this.owner = owner;
      this.own = new AtomicLongArray(size);
    }

    void add(long thread, int index, long more) {
      if (thread == owner) {
        own.setRelease(index, own.getPlain(index) + more);
      } else {
        shared().getAndAdd(index, more);
      }
    }

    private AtomicLongArray shared() {
      AtomicLongArray there = shared.get(0);
      if (there != null) {
        return there;
      }
      AtomicLongArray fresh = new AtomicLongArray(own.length());
      return shared.compareAndSet(0, null, fresh) ? fresh : shared.get(0);
    }

    long get(int index) {
      AtomicLongArray others = shared.get(0);
      return own.getAcquire(index) + (others == null ? 0 : others.get(index));
    }
  }

  private final int size;
  private final AtomicReferenceArray<Stripe> stripes = new AtomicReferenceArray<>(STRIPES);

  /**
   * @param size how many numbers there are, all 0
   */
  StripedCounts(int size) {
    this.size = size;
  }

  /** The least power of two that is not below the number of processors, within bounds. */
  static int stripes(int cpus) {
    return Math.min(MOST, Integer.highestOneBit(2 * cpus - 1));
  }

  void add(int index, long more) {
    long thread = Thread.currentThread().threadId();
    stripe(thread).add(thread, index, more);
  }

  /** Adds to two numbers. */
  void add(int index, long more, int otherIndex, long otherMore) {
    long thread = Thread.currentThread().threadId();
    Stripe stripe = stripe(thread);
    stripe.add(thread, index, more);
    stripe.add(thread, otherIndex, otherMore);
  }

  private Stripe stripe(long thread) {
    int place = (int) thread & (STRIPES - 1);
    Stripe stripe = stripes.get(place);
    return stripe == null ? made(place, thread) : stripe;
  }

  private Stripe made(int place, long thread) {
    Stripe fresh = new Stripe(thread, size);
    return stripes.compareAndSet(place, null, fresh) ? fresh : stripes.get(place);
  }

  /** What was added to a number so far. */
  long sum(int index) {
    long sum = 0;
    for (int i = 0; i < STRIPES; i++) {
      Stripe stripe = stripes.get(i);
      sum += stripe == null ? 0 : stripe.get(index);
    }
    return sum;
  }
}
