package dev.sluice.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The CPU time that a measuring thread used, and for how many operations. Unlike the time on the
 * clock it does not count what other programs took of the machine. Benchmarks count {@link
 * #operations} themselves.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class CpuTime {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** CPU time in an iteration. */
  public long cpuNanos;

  /** Operations in an iteration. */
  public long operations;

  private long begin;

  /** Starts to count. */
  @Setup(Level.Iteration)
  public void begin() {
    operations = 0;
    begin = THREADS.getCurrentThreadCpuTime();
  }

  /** Ends counting. */
  @TearDown(Level.Iteration)
  public void end() {
    cpuNanos = THREADS.getCurrentThreadCpuTime() - begin;
  }
}
