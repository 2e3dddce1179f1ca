package dev.sluice.batching;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much may wait for runs, in each queue and in all together, by number and by bytes. Without a
 * bound an overloaded server would collect requests and their tensors until memory ends.
 *
 * <p>A call that would be alone is let in whatever its size, or it could never be run.
 *
 * <p><b>Threading.</b> Safe from any thread.
 */
final class WaitingRoom {

  /** Queues that are full at once, until the room is. */
  private static final int QUEUES = 4;

  private final int callsPerQueue;
  private final long bytesPerQueue;
  private final AtomicLong calls = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  WaitingRoom(int callsPerQueue, long bytesPerQueue) {
    this.callsPerQueue = callsPerQueue;
    this.bytesPerQueue = bytesPerQueue;
  }

  /** A call wants to wait in a queue that holds so much. Whoever is let in leaves once. */
  boolean enter(int queueCalls, long queueBytes, long size) {
    if (queueCalls >= callsPerQueue || (queueCalls > 0 && size > bytesPerQueue - queueBytes)) {
      return false;
    }
    long others = calls.getAndIncrement();
    long held = bytes.getAndAdd(size);
    boolean full =
        others >= (long) QUEUES * callsPerQueue
            || (others > 0 && size > QUEUES * bytesPerQueue - held);
    if (full && queueCalls > 0) {
      leave(size);
      return false;
    }
    return true; // one call of each queue always has room: queues can't shut each other out
  }

  /** One that was let in before comes back. */
  void enterAgain(long size) {
    calls.incrementAndGet();
    bytes.addAndGet(size);
  }

  void leave(long size) {
    calls.decrementAndGet();
    bytes.addAndGet(-size);
  }

  int callsPerQueue() {
    return callsPerQueue;
  }
}
