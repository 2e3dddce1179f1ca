package dev.sluice.server.metrics;

import dev.sluice.server.metrics.Family.Distribution;
import dev.sluice.server.metrics.Family.Kind;
import dev.sluice.server.metrics.Family.Sample;
import dev.sluice.server.metrics.Family.Value;
import dev.sluice.status.StatusCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What we tell of requests: by model, version, signature, protocol and method. */
final class RequestFamilies {

  private static final List<String> LABELS =
      List.of("model", "version", "signature", "protocol", "method");
  private static final double MICROS = 1e6;
  private static final double NANOS = 1e9;
  private static final List<String> LATENCY_LIMITS = Buckets.LATENCY.secondsOfMicros();
  private static final List<String> STAGE_LIMITS = Buckets.STAGE.secondsOfNanos();
  private static final List<Meter.Span> STAGES =
      List.of(Meter.Span.DECODE, Meter.Span.QUEUE, Meter.Span.RUN, Meter.Span.ENCODE);

  private final ServerMetrics metrics;

  RequestFamilies(ServerMetrics metrics) {
    this.metrics = metrics;
  }

  /** As they are now. */
  List<Family> families() {
    return metrics.steady(this::now);
  }

  private List<Family> now() {
    List<Meter> meters = new ArrayList<>(metrics.meters());
    meters.sort(Comparator.comparing(meter -> String.join("\n", labels(meter))));
    return List.of(
        new Family(
            "sluice_requests_total",
            Kind.COUNTER,
            "Requests that were answered, by the status of the answer. Version and signature are"
                + " empty for those that failed before their inputs were read.",
            with("status"),
            counts(meters)),
        new Family(
            "sluice_requests_in_flight",
            Kind.GAUGE,
            "Requests whose inputs were read and that are not answered.",
            LABELS,
            meters.stream().<Sample>map(of -> new Value(labels(of), of.inFlight())).toList()),
        new Family(
            "sluice_request_seconds",
            Kind.HISTOGRAM,
            "From the arrival of a request that was answered well to the bytes of its answer.",
            LABELS,
            totals(meters)),
        new Family(
            "sluice_stage_seconds",
            Kind.HISTOGRAM,
            "The stages of a request: decode, queue, run, encode.",
            with("stage"),
            stages(meters)),
        new Family(
            "sluice_rest_responses_total",
            Kind.COUNTER,
            "Answers on the REST port by their HTTP status, whatever was asked.",
            List.of("code"),
            metrics.responses()),
        new Family(
            "sluice_request_log_records_total",
            Kind.COUNTER,
            "Requests that were to be logged, by what became of them: OK is written.",
            List.of("model", "status"),
            metrics.requestsLogged()));
  }

  private static List<String> with(String label) {
    return plus(LABELS, label);
  }

  private static List<String> plus(List<String> labels, String last) {
    List<String> more = new ArrayList<>(labels);
    more.add(last);
    return more;
  }

  private static List<String> labels(Meter meter) {
    Meter.Subject of = meter.subject();
    return List.of(
        of.model(), of.version(), of.signature(), of.protocol().label(), of.kind().label());
  }

  private List<Sample> counts(List<Meter> meters) {
    List<Sample> samples = new ArrayList<>();
    for (Meter meter : meters) {
      for (StatusCode code : StatusCode.values()) {
        add(samples, labels(meter), code, meter.ended(code));
      }
    }
    for (ModelTotals totals : metrics.totals()) {
      add(
          samples,
          withoutVersion(totals, Protocol.REST, RequestKind.OTHER),
          StatusCode.OK,
          totals.others().count());
      for (Protocol protocol : Protocol.values()) {
        for (RequestKind kind : RequestKind.values()) {
          addRefusals(samples, totals, protocol, kind);
        }
      }
    }
    return samples;
  }

  private static void addRefusals(
      List<Sample> samples, ModelTotals totals, Protocol protocol, RequestKind kind) {
    for (StatusCode code : StatusCode.values()) {
      long count = totals.refusals(protocol, kind, code);
      add(samples, withoutVersion(totals, protocol, kind), code, count);
    }
  }

  private static List<String> withoutVersion(
      ModelTotals totals, Protocol protocol, RequestKind kind) {
    return List.of(totals.model(), "", "", protocol.label(), kind.label());
  }

  private static void add(List<Sample> samples, List<String> labels, StatusCode code, long count) {
    if (count > 0) {
      samples.add(new Value(plus(labels, code.name()), count));
    }
  }

  private static List<Sample> totals(List<Meter> meters) {
    return meters.stream()
        .<Sample>map(meter ->
            new Distribution(labels(meter), meter.tally(Meter.Span.TOTAL), LATENCY_LIMITS, MICROS))
        .toList();
  }

  private static List<Sample> stages(List<Meter> meters) {
    List<Sample> samples = new ArrayList<>();
    for (Meter meter : meters) {
      for (Meter.Span stage : STAGES) {
        samples.add(
            new Distribution(
                plus(labels(meter), stage.name().toLowerCase(Locale.ROOT)),
                meter.tally(stage),
                STAGE_LIMITS,
                NANOS));
      }
    }
    return samples;
  }
}
