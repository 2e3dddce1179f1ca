package dev.sluice.server.metrics;

/** Counts values by size. Thread-safe. */
final class Histogram {

  private final HistogramPlace place;
  private final StripedCounts counts;

  Histogram(Buckets buckets) {
    this.place = HistogramPlace.atBegin(buckets);
    this.counts = new StripedCounts(HistogramPlace.width(buckets));
  }

  /** Counts a value, which is not negative. */
  void record(long value) {
    place.record(counts, value);
  }

  /** What was counted so far. */
  Tally tally() {
    return new Tally(place.buckets()).add(counts, place);
  }

  /** Adds what was counted elsewhere, in the same buckets. */
  void add(Tally elsewhere) {
    elsewhere.moveTo(counts, place);
  }
}
