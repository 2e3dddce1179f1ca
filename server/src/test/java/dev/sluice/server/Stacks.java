package dev.sluice.server;

import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;

/** Waits for threads, and says what all of them are doing where one does not end. */
final class Stacks {

  private Stacks() {}

  /**
   * Waits for a thread.
   *
   * @throws AssertionError with the stack of every thread of the process, if it takes too long
   */
  static void join(Thread thread, Duration limit) throws InterruptedException {
    if (!thread.join(limit)) {
      throw new AssertionError(
          thread + " has not ended within " + limit + ". All threads:\n" + all());
    }
  }

  private static String all() {
    return Thread.getAllStackTraces().entrySet().stream()
        .map(Stacks::of)
        .sorted()
        .collect(Collectors.joining("\n"));
  }

  private static String of(Map.Entry<Thread, StackTraceElement[]> entry) {
    StringBuilder text = new StringBuilder();
    text.append(entry.getKey().getName()).append(' ').append(entry.getKey().getState());
    for (StackTraceElement frame : entry.getValue()) {
      text.append("\n    at ").append(frame);
    }
    return text.append('\n').toString();
  }
}
