package dev.sluice.load;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.jspecify.annotations.Nullable;

/** The measured time of one thread, from one snapshot to another. Belongs to that thread. */
final class CostWindow {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Tally tally;
  private @Nullable LoadCost start;
  private @Nullable LoadCost cost;

  CostWindow(Tally tally) {
    this.tally = tally;
  }

  /** Begins, unless it has begun. */
  void open() {
    if (start == null) {
      start = now();
    }
  }

  /** Ends, unless it has ended; a window that was never opened is empty. */
  void close() {
    open();
    if (cost == null && start != null) {
      cost = now().since(start);
    }
  }

  LoadCost cost() {
    return cost == null ? LoadCost.NONE : cost;
  }

  private LoadCost now() {
    return new LoadCost(
        System.nanoTime(),
        tally.rightEver,
        tally.bytesSent,
        tally.bytesReceived,
        THREADS.getCurrentThreadCpuTime());
  }
}
