package dev.sluice.server.metrics;

/** Counts values by size. Thread-safe. */
final class Histogram {

  private final Buckets buckets;
  private final StripedCounts counts;

  Histogram(Buckets buckets) {
    this.buckets = buckets;
    this.counts = new StripedCounts(Tally.width(buckets));
  }

  /** Counts a value, which is not negative. */
  void record(long value) {
    Tally.record(counts, 0, buckets, value);
  }

  /** What was counted so far. */
  Tally tally() {
    return new Tally(buckets).add(counts, 0);
  }
}
