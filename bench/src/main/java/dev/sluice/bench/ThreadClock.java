package dev.sluice.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** CPU time of the calling thread. */
final class ThreadClock {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private ThreadClock() {}

  /** Repeats an action for a time on the clock; the CPU time of one, in microseconds. */
  static double microsEach(double seconds, Runnable action) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    long before = THREADS.getCurrentThreadCpuTime();
    long count = 0;
    do {
      action.run();
      count++;
    } while (System.nanoTime() < end);
    return (THREADS.getCurrentThreadCpuTime() - before) / 1e3 / count;
  }
}
