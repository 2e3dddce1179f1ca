package dev.sluice.server.metrics;

import java.util.ArrayList;
import java.util.List;

/**
 * The limits of a histogram's buckets, each a multiple of the one before. Immutable.
 *
 * <p>A value that equals a limit belongs to the bucket above it, as in TensorFlow Serving;
 * Prometheus has it the other way round. Values are whole numbers, so dashboards do not see which.
 */
final class Buckets {

  /** TensorFlow Serving's of latencies, in microseconds. */
  static final Buckets LATENCY = exponential(10, 1.8, 33);

  /** TensorFlow Serving's of the time in a batching queue, in microseconds. */
  static final Buckets QUEUEING = exponential(100, 1.2, 52);

  /** Ours of the stages of a request, from a microsecond to 8 seconds, in nanoseconds. */
  static final Buckets STAGE = exponential(1000, 2, 24);

  private static final double NANOS_IN_SECOND = 1e9;
  private static final double MICROS_IN_SECOND = 1e6;

  private final double[] limits;
  private final List<String> texts;

  /** The least whole number that is not below a limit. */
  private final long[] thresholds;

  /** By the binary digits of a value but one: how many thresholds no such value is below. */
  private final int[] below = new int[Long.SIZE];

  private Buckets(double[] limits) {
    this.limits = limits;
    this.texts = texts(1);
    this.thresholds = new long[limits.length];
    for (int i = 0; i < limits.length; i++) {
      thresholds[i] = (long) Math.ceil(limits[i]);
    }
    for (int digits = 0; digits < Long.SIZE - 1; digits++) {
      below[digits] = linear(digits == 0 ? 0 : 1L << digits);
    }
  }

  /** As many limits, the first of them as given, by repeated multiplication. */
  static Buckets exponential(double first, double growth, int count) {
    double[] limits = new double[count];
    double limit = first;
    for (int i = 0; i < count; i++) {
      limits[i] = limit;
      limit *= growth;
    }
    return new Buckets(limits);
  }

  /** From 1 on, each twice the one before: TensorFlow Serving's of sizes. */
  static Buckets powersOfTwo(int count) {
    return exponential(1, 2, count);
  }

  /** How many limits there are; there is one bucket more. */
  int limits() {
    return limits.length;
  }

  private int linear(long value) {
    int bucket = 0;
    while (bucket < thresholds.length && value >= thresholds[bucket]) {
      bucket++;
    }
    return bucket;
  }

  /** The bucket of a value, which is not negative, in a few steps. */
  int of(long value) {
    int bucket = below[Long.SIZE - 1 - Long.numberOfLeadingZeros(value | 1)];
    while (bucket < thresholds.length && value >= thresholds[bucket]) {
      bucket++;
    }
    return bucket;
  }

  /** The limits as they are printed. */
  List<String> texts() {
    return texts;
  }

  /** The same where they are microseconds and seconds are to be printed. */
  List<String> secondsOfMicros() {
    return texts(MICROS_IN_SECOND);
  }

  /** The same of nanoseconds. */
  List<String> secondsOfNanos() {
    return texts(NANOS_IN_SECOND);
  }

  private List<String> texts(double divisor) {
    List<String> printed = new ArrayList<>(limits.length);
    for (double limit : limits) {
      printed.add(SixDigits.of(limit / divisor));
    }
    return printed;
  }
}
