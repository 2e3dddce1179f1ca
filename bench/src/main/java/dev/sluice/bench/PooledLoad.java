package dev.sluice.bench;

import dev.sluice.load.LoadCounts;
import org.HdrHistogram.Histogram;

/** Several loads of the same kind as if they were one. Used by one thread. */
final class PooledLoad {

  private static final int DIGITS = 3;

  private final Histogram latency = new Histogram(DIGITS);
  private final Histogram lateness = new Histogram(DIGITS);
  private int loads;
  private long sent;
  private long right;
  private double seconds;
  private double serverMicros;
  private double generatorMicros;

  /**
   * Adds one.
   *
   * @throws dev.sluice.status.StatusException FAILED_PRECONDITION if more than a request in a
   *     thousand failed
   */
  void add(Loading.Measured load) {
    LoadCounts counts = load.requireGood().result().counts();
    latency.add(load.result().latency());
    lateness.add(load.result().lateness());
    loads++;
    sent += counts.sent();
    right += load.result().cost().right();
    seconds += load.result().cost().nanos() / 1e9;
    serverMicros += load.cpuMicros();
    generatorMicros += load.result().cost().cpuNanos() / 1e3;
  }

  /** Adds all of another. */
  void add(PooledLoad other) {
    latency.add(other.latency);
    lateness.add(other.lateness);
    loads += other.loads;
    sent += other.sent;
    right += other.right;
    seconds += other.seconds;
    serverMicros += other.serverMicros;
    generatorMicros += other.generatorMicros;
  }

  /** The usual figures. */
  Sample sample() {
    return Sample.EMPTY
        .with(Measure.CPU, serverMicros / Math.max(1, sent))
        .with(Measure.RATE, right / seconds)
        .with(Measure.P50, latency.getValueAtPercentile(50) / 1e3)
        .with(Measure.P99, latency.getValueAtPercentile(99) / 1e3)
        .with(Measure.GENERATOR_CPU, generatorMicros / Math.max(1, sent));
  }

  /** How many answers of a load took longer than 99 in 100 of them, on average. */
  long above99() {
    return latency.getTotalCount() / 100 / Math.max(1, loads);
  }

  /** By how much, at most, 99 in 100 requests were sent after they were due. */
  double lateMicros() {
    return lateness.getValueAtPercentile(99) / 1e3;
  }
}
