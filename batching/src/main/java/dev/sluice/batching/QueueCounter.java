package dev.sluice.batching;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Arrays;

/** Counts what happens to the calls of one queue. Thread-safe; locked once a run, not per call. */
final class QueueCounter {

  @GuardedBy("this") private long runs;

  @GuardedBy("this") private long calls;

  @GuardedBy("this") private long rows;

  @GuardedBy("this") private long runNanos;

  @GuardedBy("this") private final long[] runsBySize = new long[QueueReport.SIZES + 1];

  @GuardedBy("this") private long failedRuns;

  @GuardedBy("this") private long refused;

  @GuardedBy("this") private long expired;

  @GuardedBy("this") private long split;

  /** A run has ended, well or not. */
  synchronized void ran(int callsOfRun, long rowsOfRun, long nanos) {
    runs++;
    calls += callsOfRun;
    rows += rowsOfRun;
    runNanos += nanos;
    runsBySize[size(rowsOfRun)]++;
  }

  /** The exponent of the least power of two that is not below it, as far as they are counted. */
  private static int size(long rowsOfRun) {
    int exponent = rowsOfRun <= 1 ? 0 : Long.SIZE - Long.numberOfLeadingZeros(rowsOfRun - 1);
    return Math.min(QueueReport.SIZES, exponent);
  }

  /** The run that was counted by {@link #ran} had no outputs. */
  synchronized void failed() {
    failedRuns++;
  }

  synchronized void refused() {
    refused++;
  }

  synchronized void expired() {
    expired++;
  }

  synchronized void split() {
    split++;
  }

  synchronized QueueReport.Counts counts() {
    return new QueueReport.Counts(
        runs,
        calls,
        rows,
        runNanos,
        failedRuns,
        refused,
        expired,
        split,
        Arrays.stream(runsBySize).boxed().toList());
  }
}
