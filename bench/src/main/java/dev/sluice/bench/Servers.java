package dev.sluice.bench;

import java.util.ArrayDeque;
import java.util.Deque;

/** What a row has started, to be ended in the reverse order. Used by one thread. */
final class Servers implements AutoCloseable {

  private final Deque<Started> running = new ArrayDeque<>();

  /** What can be ended, and fails at it with nothing that one could do something about. */
  interface Started extends AutoCloseable {
    @Override
    void close();
  }

  /** Takes it over. */
  <T extends Started> T add(T started) {
    running.push(started);
    return started;
  }

  @Override
  public void close() {
    if (!running.isEmpty()) {
      try {
        running.pop().close();
      } finally {
        close(); // the others, whatever became of this one
      }
    }
  }
}
