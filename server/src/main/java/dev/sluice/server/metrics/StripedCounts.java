package dev.sluice.server.metrics;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Numbers that many threads add to and somebody reads once in a while.
 *
 * <p>Two processors that write the same memory in turn pay for it at each write, whether one has to
 * wait for the other or not. So there are copies, as many as processors up to 16, and threads are
 * spread over them by their numbers: event loops, which are made one after the other, get one each.
 * Threads that share a copy lose nothing, as additions are atomic. A copy is made when the first of
 * its threads comes.
 *
 * <p><b>Threading.</b> Safe from any thread. What is read is each number at some moment of the
 * reading, not all of them at the same one.
 */
final class StripedCounts {

  private static final int MOST = 16;
  private static final int STRIPES = stripes(Runtime.getRuntime().availableProcessors());

  private final int size;
  private final AtomicReferenceArray<AtomicLongArray> stripes = new AtomicReferenceArray<>(STRIPES);

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
    int stripe = (int) Thread.currentThread().threadId() & (STRIPES - 1);
    AtomicLongArray counts = stripes.get(stripe);
    (counts == null ? made(stripe) : counts).getAndAdd(index, more);
  }

  private AtomicLongArray made(int stripe) {
    AtomicLongArray fresh = new AtomicLongArray(size);
    return stripes.compareAndSet(stripe, null, fresh) ? fresh : stripes.get(stripe);
  }

  /** What was added to a number so far. */
  long sum(int index) {
    long sum = 0;
    for (int i = 0; i < STRIPES; i++) {
      AtomicLongArray counts = stripes.get(i);
      sum += counts == null ? 0 : counts.get(index);
    }
    return sum;
  }
}
