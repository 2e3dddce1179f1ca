package dev.sluice.server.metrics;

import java.util.List;

/**
 * The metrics of one name, as they are at one moment.
 *
 * @param name as the page has it; on TensorFlow Serving's as its own library knows it, with slashes
 * @param help what it tells, in a sentence
 * @param labels the names of the labels, in the order in which they are printed
 */
record Family(String name, Kind kind, String help, List<String> labels, List<Sample> samples) {

  /** What can be done with the numbers. */
  enum Kind {
    COUNTER,
    GAUGE,
    HISTOGRAM
  }

  /** A number or a histogram, and the values of its labels. */
  sealed interface Sample {

    /** As many as the family has names for, in their order. */
    List<String> labels();
  }

  /** A number. */
  record Value(List<String> labels, double value) implements Sample {

    /** A whole number; above 2^53 the nearest that a double can be. */
    Value(List<String> labels, long value) {
      this(labels, (double) value);
    }
  }

  /**
   * A histogram.
   *
   * @param limits as they are printed
   * @param divisor what the sum is divided by to have the unit of the limits
   */
  record Distribution(List<String> labels, Tally tally, List<String> limits, double divisor)
      implements Sample {}

  /** A histogram in the unit in which it was recorded. */
  static Distribution plain(List<String> labels, Tally tally) {
    return new Distribution(labels, tally, tally.buckets().texts(), 1);
  }
}
