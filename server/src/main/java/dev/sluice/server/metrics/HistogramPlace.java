package dev.sluice.server.metrics;

/**
 * Where the numbers of a histogram stand among counts: how many values each bucket has got, from
 * one index on, and all values together at another one. Immutable.
 *
 * @param first of the buckets
 * @param sum of the sum
 */
record HistogramPlace(Buckets buckets, int first, int sum) {

  /** At the beginning of counts of this {@link #width}. */
  static HistogramPlace atBegin(Buckets buckets) {
    return new HistogramPlace(buckets, 1, 0);
  }

  /** How many numbers a histogram takes, its sum included. */
  static int width(Buckets buckets) {
    return buckets.limits() + 2;
  }

  /** The first index after the buckets. */
  int end() {
    return first + buckets.limits() + 1;
  }

  /** Counts a value, which is not negative. */
  void record(StripedCounts into, long value) {
    into.add(first + buckets.of(value), 1, sum, value);
  }
}
