package dev.sluice.server.metrics;

import dev.sluice.batching.BatchObserver;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What TensorFlow Serving counts of batches that are made by its parameters. Thread-safe. */
final class BatchMetrics implements BatchObserver {

  private static final Buckets SIZES = Buckets.powersOfTwo(14);
  private static final int NANOS_IN_MICRO = 1000;

  private final Histogram queueing = new Histogram(Buckets.QUEUEING);
  private final Histogram inputs = new Histogram(SIZES);
  private final Histogram processed = new Histogram(SIZES);
  private final Map<Long, Histogram> padding = new ConcurrentHashMap<>();
  private final LongAdder runs = new LongAdder();

  @Override
  public void queued(long nanos) {
    queueing.record(Math.max(0, nanos) / NANOS_IN_MICRO);
  }

  @Override
  public void processed(long rows) {
    processed.record(rows);
  }

  @Override
  public void filled(long rows, long executionSize) {
    padding.computeIfAbsent(executionSize, size -> new Histogram(SIZES)).record(rows);
  }

  @Override
  public void input(long rows) {
    inputs.record(rows);
  }

  @Override
  public void ran() {
    runs.increment();
  }

  /** Microseconds that tasks waited. */
  Tally queueing() {
    return queueing.tally();
  }

  Tally inputs() {
    return inputs.tally();
  }

  Tally processed() {
    return processed.tally();
  }

  /** Rows that fill batches up, by the size to which. */
  SortedMap<Long, Tally> padding() {
    SortedMap<Long, Tally> bySize = new TreeMap<>();
    padding.forEach((size, rows) -> bySize.put(size, rows.tally()));
    return bySize;
  }

  long runs() {
    return runs.sum();
  }
}
