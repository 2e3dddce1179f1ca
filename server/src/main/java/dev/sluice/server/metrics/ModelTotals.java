package dev.sluice.server.metrics;

import dev.sluice.status.StatusCode;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What is counted of a model as a whole: requests that never came to a run, those that need none,
 * and what its versions had counted when they were unloaded. Thread-safe.
 */
final class ModelTotals {

  private static final int PROTOCOLS = Protocol.values().length;
  private static final int KINDS = RequestKind.values().length;
  private static final int CODES = StatusCode.values().length;

  private final String model;

  /** By protocol, kind and code. */
  private final AtomicLongArray refused = new AtomicLongArray(PROTOCOLS * KINDS * CODES);

  /** The same of versions that are gone. */
  private final AtomicLongArray retired = new AtomicLongArray(PROTOCOLS * KINDS * CODES);

  /** By protocol and kind. */
  private final Histogram[] retiredTotals = latencies(PROTOCOLS * KINDS);

  /** By kind. */
  private final Histogram[] retiredRuns = latencies(KINDS);

  private final Histogram others = new Histogram(Buckets.LATENCY);
  private final Histogram examples = new Histogram(Buckets.powersOfTwo(15));

  ModelTotals(String model) {
    this.model = model;
  }

  private static Histogram[] latencies(int size) {
    Histogram[] latencies = new Histogram[size];
    Arrays.setAll(latencies, _ -> new Histogram(Buckets.LATENCY));
    return latencies;
  }

  String model() {
    return model;
  }

  private static int place(Protocol protocol, RequestKind kind) {
    return protocol.place() * KINDS + kind.place();
  }

  private static int place(Protocol protocol, RequestKind kind, StatusCode code) {
    return place(protocol, kind) * CODES + code.number();
  }

  /** A request failed before its signature was known, or its inputs. */
  void refused(Protocol protocol, RequestKind kind, StatusCode code) {
    refused.incrementAndGet(place(protocol, kind, code));
  }

  long refusals(Protocol protocol, RequestKind kind, StatusCode code) {
    return refused.get(place(protocol, kind, code));
  }

  /** A REST request that needs no run was answered, in so many microseconds. */
  void answered(long micros) {
    others.record(micros);
  }

  Tally others() {
    return others.tally();
  }

  /** A MultiInference request over so many examples has run. */
  void examples(long count) {
    examples.record(count);
  }

  Tally examples() {
    return examples.tally();
  }

  /** A version is unloaded: what it has counted is kept here. */
  void retire(Meter meter) {
    Protocol protocol = meter.subject().protocol();
    RequestKind kind = meter.subject().kind();
    for (StatusCode code : StatusCode.values()) {
      retired.addAndGet(place(protocol, kind, code), meter.ended(code));
    }
    retiredTotals[place(protocol, kind)].add(meter.tally(Meter.Span.TOTAL));
    retiredRuns[kind.place()].add(meter.tally(Meter.Span.MODEL));
  }

  long retired(Protocol protocol, RequestKind kind, StatusCode code) {
    return retired.get(place(protocol, kind, code));
  }

  /** From arrival to answer, of versions that are gone. */
  Tally retiredTotals(Protocol protocol, RequestKind kind) {
    return retiredTotals[place(protocol, kind)].tally();
  }

  /** From inputs to outputs, of versions that are gone. */
  Tally retiredRuns(RequestKind kind) {
    return retiredRuns[kind.place()].tally();
  }
}
