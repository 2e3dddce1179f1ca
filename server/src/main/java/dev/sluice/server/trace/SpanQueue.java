package dev.sluice.server.trace;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * What waits to be sent, no more than a fixed number. Whoever offers never waits; whoever takes
 * gets several at once where they come close together.
 *
 * <p><b>Threading.</b> Safe from any thread; its own lock is held for moments.
 */
final class SpanQueue<T> {

  private final int most;
  private final int batch;
  private final long delayNanos;
  private final Queue<T> waiting = new ArrayDeque<>();
  private boolean closed;

  /**
   * @param most how many may wait
   * @param batch how many are taken at once at most
   * @param delay how long the first waits for others; not where the queue is closed
   */
  SpanQueue(int most, int batch, Duration delay) {
    this.most = most;
    this.batch = batch;
    this.delayNanos = delay.toNanos();
  }

  /** False if there is no room, or nobody will take it any more; then it is not taken over. */
  synchronized boolean offer(T item) {
    if (closed || waiting.size() >= most) {
      return false;
    }
    waiting.add(item);
    if (waiting.size() == 1 || waiting.size() == batch) {
      notifyAll();
    }
    return true;
  }

  /**
   * Waits until there is something to send.
   *
   * @return the oldest of what waits; empty when the queue is closed and nothing is left
   */
  synchronized List<T> next() throws InterruptedException {
    while (waiting.isEmpty() && !closed) {
      wait();
    }
    long deadline = System.nanoTime() + delayNanos;
    long left = delayNanos;
    while (waiting.size() < batch && !closed && left > 0) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
      left = deadline - System.nanoTime();
    }
    List<T> taken = new ArrayList<>(Math.min(batch, waiting.size()));
    while (taken.size() < batch && !waiting.isEmpty()) {
      taken.add(waiting.remove());
    }
    return taken;
  }

  /** How many wait. */
  synchronized int size() {
    return waiting.size();
  }

  /** Takes nothing more; what waits can still be taken. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }
}
