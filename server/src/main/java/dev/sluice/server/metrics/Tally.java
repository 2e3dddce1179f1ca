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

  /** Adds what stands in counts from an index on: the buckets, then the sum. */
  Tally add(StripedCounts from, int index) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += from.sum(index + i);
    }
    sum += from.sum(index + counts.length);
    return this;
  }

  /** Puts into counts what this holds, in the order that {@link #add} takes. */
  void moveTo(StripedCounts to, int index) {
    for (int i = 0; i < counts.length; i++) {
      to.add(index + i, counts[i]);
    }
    to.add(index + counts.length, sum);
  }

  /** How many numbers a histogram takes in counts. */
  static int width(Buckets buckets) {
    return buckets.limits() + 2;
  }

  /** Counts a value, which is not negative, from an index on. */
  static void record(StripedCounts into, int index, Buckets buckets, long value) {
    into.add(index + buckets.of(value), 1);
    into.add(index + buckets.limits() + 1, value);
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
