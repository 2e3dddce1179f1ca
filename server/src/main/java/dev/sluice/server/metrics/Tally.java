package dev.sluice.server.metrics;

import java.util.Arrays;
import java.util.List;

/** What a histogram holds at one moment. Used by one thread. */
final class Tally {

  private final Buckets buckets;
  private final long[] counts;
  private long sum;

  /** Of nothing. */
  Tally(Buckets buckets) {
    this.buckets = buckets;
    this.counts = new long[buckets.limits() + 1];
  }

  /** Of counts by bucket, and all values together. */
  static Tally of(Buckets buckets, List<Long> counts, long sum) {
    Tally tally = new Tally(buckets);
    for (int i = 0; i < tally.counts.length; i++) {
      tally.counts[i] = counts.get(i);
    }
    tally.sum = sum;
    return tally;
  }

  /** Adds what a histogram of the same buckets holds. */
  Tally add(StripedCounts from, HistogramPlace place) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += from.sum(place.first() + i);
    }
    sum += from.sum(place.sum());
    return this;
  }

  /** Adds what this holds to a histogram of the same buckets. */
  void moveTo(StripedCounts to, HistogramPlace place) {
    for (int i = 0; i < counts.length; i++) {
      to.add(place.first() + i, counts[i]);
    }
    to.add(place.sum(), sum);
  }

  Buckets buckets() {
    return buckets;
  }

  /** How many values are in a bucket. */
  long in(int bucket) {
    return counts[bucket];
  }

  /** How many values there are. */
  long count() {
    return Arrays.stream(counts).sum();
  }

  /** All values together. */
  long sum() {
    return sum;
  }
}
