package dev.sluice.server.metrics;

import dev.sluice.batching.CallObserver.Stage;
import dev.sluice.status.StatusCode;

/**
 * What is counted of one kind of request to one signature of one version over one protocol. It is
 * found once for a request, without a text being compared, and everything is added here.
 *
 * <p><b>Threading.</b> Safe from any thread.
 */
public final class Meter {

  /** A span of a request's time. */
  enum Span {
    /** From the bytes of the request to its tensors. */
    DECODE,
    /** Waiting for a run. */
    QUEUE,
    /** Inside the engine. */
    RUN,
    /** From the outputs to the bytes of the answer. */
    ENCODE,
    /** From its tensors to the outputs; what TensorFlow Serving calls the run. */
    MODEL,
    /** From the request's arrival to the bytes of its answer. */
    TOTAL;

    private Buckets buckets() {
      return switch (this) {
        case DECODE, QUEUE, RUN, ENCODE -> Buckets.STAGE;
        case MODEL, TOTAL -> Buckets.LATENCY;
      };
    }

    private HistogramPlace place() {
      int first = SUMS + values().length;
      int sum = SUMS;
      for (Span span : values()) {
        HistogramPlace place = new HistogramPlace(span.buckets(), first, sum);
        if (span == this) {
          return place;
        }
        first = place.end();
        sum++;
      }
      throw new IllegalStateException("no such span: " + this);
    }
  }

  /** How many requests began. */
  private static final int BEGUN = 0;

  /** What every request adds to stands together, so that it is in one line of a cache. */
  private static final int SUMS = 1;

  private static final int NANOS_IN_MICRO = 1000;

  private static final HistogramPlace DECODE = Span.DECODE.place();
  private static final HistogramPlace QUEUE = Span.QUEUE.place();
  private static final HistogramPlace RUN = Span.RUN.place();
  private static final HistogramPlace ENCODE = Span.ENCODE.place();
  private static final HistogramPlace MODEL = Span.MODEL.place();
  private static final HistogramPlace TOTAL = Span.TOTAL.place();

  /** How many ended with each code but OK. */
  private static final int ENDED = TOTAL.end();

  private static final int SIZE = ENDED + StatusCode.values().length;

  /**
   * Whom it is about.
   *
   * @param version in digits
   */
  record Subject(
      String model, String version, String signature, Protocol protocol, RequestKind kind) {}

  /** Counts nothing. */
  static final Meter NONE =
      new Meter(new Subject("", "", "", Protocol.REST, RequestKind.OTHER), false);

  private final Subject subject;
  private final boolean counts;
  private final StripedCounts numbers = new StripedCounts(SIZE);

  private Meter(Subject subject, boolean counts) {
    this.subject = subject;
    this.counts = counts;
  }

  Meter(Subject subject) {
    this(subject, true);
  }

  Subject subject() {
    return subject;
  }

  /** Whether anything is counted, so that the time is worth knowing. */
  boolean counts() {
    return counts;
  }

  void begun() {
    if (counts) {
      numbers.add(BEGUN, 1);
    }
  }

  void decoded(long nanos) {
    stage(DECODE, nanos);
  }

  /** A stage of a request has ended. */
  void observe(Stage stage, long nanos) {
    if (counts) {
      switch (stage) {
        case DECODE -> stage(DECODE, nanos);
        case QUEUE -> stage(QUEUE, nanos);
        case RUN -> stage(RUN, nanos);
        case ENCODE -> stage(ENCODE, nanos);
      }
    }
  }

  private void stage(HistogramPlace place, long nanos) {
    place.record(numbers, Math.max(0, nanos));
  }

  /** The outputs are there, so long after the inputs were. */
  void ran(long nanos) {
    if (counts) {
      latency(MODEL, nanos);
    }
  }

  private void latency(HistogramPlace place, long nanos) {
    place.record(numbers, Math.max(0, nanos) / NANOS_IN_MICRO);
  }

  /**
   * A request was answered well.
   *
   * @param encoding how long its outputs took to become bytes
   * @param total how long it took since it came
   */
  void answered(long encoding, long total) {
    if (counts) {
      stage(ENCODE, encoding);
      latency(TOTAL, total);
    }
  }

  /** A request was answered with a failure. */
  void failed(StatusCode code) {
    if (counts) {
      numbers.add(ENDED + code.number(), 1);
    }
  }

  /** How many requests ended in this way. */
  long ended(StatusCode code) {
    long withoutOutputs = numbers.sum(ENDED + code.number());
    return code == StatusCode.OK ? withoutOutputs + tally(Span.TOTAL).count() : withoutOutputs;
  }

  /** How many requests have begun and not ended; never too few by those that end meanwhile. */
  long inFlight() {
    long ended = 0;
    for (StatusCode code : StatusCode.values()) {
      ended += ended(code);
    }
    return numbers.sum(BEGUN) - ended;
  }

  /** True iff there was a request. */
  boolean isUsed() {
    return numbers.sum(BEGUN) > 0;
  }

  Tally tally(Span span) {
    return addTo(new Tally(span.buckets()), span);
  }

  Tally addTo(Tally tally, Span span) {
    return tally.add(numbers, span.place());
  }
}
