package dev.sluice.load;

import java.util.Locale;
import java.util.SortedMap;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What a load found. Histograms are in nanoseconds with three significant digits; they are not safe
 * for threads that write, and belong to the caller.
 *
 * @param counts what became of the requests
 * @param byStatus answers by HTTP status or gRPC code; 0 of a status means it is not in the map
 * @param latency of right answers. Requests that timed out or broke are not in it: look at the
 *     counts before you believe a percentile.
 * @param refusals latency of answers with another status than the expected one
 * @param lateness by how much requests of an open loop were sent after they were due; empty for a
 *     closed one. It is part of the latency; where it is not small beside it, the generator or its
 *     bound on outstanding requests was too small.
 * @param cost time, bytes, CPU
 * @param firstFailure words about the first request or connection that failed; null if none did
 */
public record LoadResult(
    LoadCounts counts,
    SortedMap<Integer, Long> byStatus,
    Histogram latency,
    Histogram refusals,
    Histogram lateness,
    LoadCost cost,
    @Nullable String firstFailure) {

  /** Right answers per second of the measured time, also those whose requests were sent before. */
  public double rate() {
    return cost.right() * 1e9 / Math.max(1, cost.nanos());
  }

  /** The latency below which the given share of right answers stayed, in ns. */
  public long latencyAt(double percentile) {
    return latency.getValueAtPercentile(percentile);
  }

  /** A few lines for people. */
  public String summary() {
    return String.format(
            Locale.ROOT,
            "%.1f answers/s in %.2f s; latency in ms: p50 %.3f, p90 %.3f, p99 %.3f, p99.9 %.3f,"
                + " max %.3f%n",
            rate(),
            cost.nanos() / 1e9,
            millis(latencyAt(50)),
            millis(latencyAt(90)),
            millis(latencyAt(99)),
            millis(latencyAt(99.9)),
            millis(latency.getMaxValue()))
        + outcome()
        + generator();
  }

  private String outcome() {
    return String.format(
            Locale.ROOT,
            "sent %d: %d right, %d wrong, %d refused, %d timed out, %d broken; %d not sent%n",
            counts.sent(),
            counts.right(),
            counts.wrong(),
            counts.refused(),
            counts.timedOut(),
            counts.broken(),
            counts.unsent())
        + (firstFailure == null ? "" : "first failure: " + firstFailure + "\n");
  }

  private String generator() {
    String own =
        String.format(
            Locale.ROOT,
            "generator: %.2f us of CPU an answer",
            cost.cpuNanos() / 1e3 / Math.max(1, cost.right()));
    return lateness.getTotalCount() == 0
        ? own
        : own
            + String.format(
                Locale.ROOT,
                "; sent late by p50 %.3f, p99 %.3f, max %.3f ms",
                millis(lateness.getValueAtPercentile(50)),
                millis(lateness.getValueAtPercentile(99)),
                millis(lateness.getMaxValue()));
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }
}
