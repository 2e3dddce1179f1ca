package dev.sluice.batching;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** An event loop whose turns the test makes, on whatever thread it likes. */
final class FakeLoop {

  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final Turn turn;
  private boolean stopped;
  private boolean computes = true;
  private @Nullable Thread inside;

  FakeLoop() {
    this(System::nanoTime);
  }

  /**
   * @param clock what passes while the loop's thread computes
   */
  FakeLoop(LongSupplier clock) {
    this.turn = new Turn(this::execute, () -> computes ? clock.getAsLong() : 0);
  }

  /** Whether time passes for its thread too, or only for everyone else. */
  void computes(boolean does) {
    computes = does;
  }

  private void execute(Runnable task) {
    if (stopped) {
      throw new RejectedExecutionException("stopped");
    }
    tasks.add(task);
  }

  /** What the scheduler asks: the turn, for the thread that is in it. */
  @Nullable Turn current() {
    return Thread.currentThread() == inside ? turn : null;
  }

  /** One turn: reads, then does what was put off, and what that puts off. */
  void turn(Runnable reading) {
    inside = Thread.currentThread();
    try {
      reading.run();
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
    } finally {
      inside = null;
    }
  }

  void stop() {
    stopped = true;
  }
}
