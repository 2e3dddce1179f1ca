package dev.sluice.server.metrics;

import dev.sluice.core.ServableState;
import dev.sluice.server.InFlightBytes;
import dev.sluice.server.ModelSelector;
import dev.sluice.server.Version;
import dev.sluice.server.VersionRuns;
import dev.sluice.server.log.AccessLog;
import dev.sluice.server.metrics.Family.Kind;
import dev.sluice.server.metrics.Family.Value;
import dev.sluice.server.trace.TraceCounts;
import dev.sluice.server.trace.Traces;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The pages of metrics, written when they are asked for: ours, and that of TensorFlow Serving where
 * a file asks for it. Thread-safe. To write a page takes milliseconds, so it is no work for an
 * event loop.
 */
public final class MetricsPages {

  /** Where ours is. */
  public static final String PATH = "/metrics";

  /**
   * What is looked at when a page is asked for.
   *
   * @param models the states of the versions of every model, highest first
   * @param runs what there is to tell of the runs of a model's versions
   * @param ready whether the server is
   * @param loads what was seen of loads
   * @param access null where there is no access log
   * @param traces null where nothing is traced
   */
  public record Surroundings(
      Supplier<? extends Map<String, List<ServableState>>> models,
      Function<ModelSelector, List<VersionRuns>> runs,
      BooleanSupplier ready,
      InFlightBytes inFlight,
      LoadTimes loads,
      @Nullable AccessLog access,
      @Nullable Traces traces) {}

  /** A page as it goes out. */
  public record Page(String contentType, byte[] text) {}

  private final ServerMetrics metrics;
  private final @Nullable String referencePath;
  private final Surroundings around;

  /**
   * @param referencePath where TensorFlow Serving's page is; null for nowhere
   */
  public MetricsPages(ServerMetrics metrics, @Nullable String referencePath, Surroundings around) {
    this.metrics = metrics;
    this.referencePath = referencePath;
    this.around = around;
  }

  /** Whether a path, without its query, is one of these pages. */
  public boolean covers(String path) {
    return metrics.isOn() && (path.equals(referencePath) || path.equals(PATH));
  }

  /** Where TensorFlow Serving's page is; null for nowhere. */
  public @Nullable String referencePath() {
    return referencePath;
  }

  /** Which paths these are, for people. */
  public String paths() {
    if (!metrics.isOn()) {
      return "";
    }
    return referencePath == null ? PATH : PATH + ", " + referencePath;
  }

  /** The page of a path that is covered, as things are now. */
  public Page page(String path) {
    boolean ours = !path.equals(referencePath);
    String text =
        ours
            ? PrometheusText.of(families())
            : ReferenceText.of(new ReferencePage(metrics).families());
    return new Page(
        ours ? PrometheusText.CONTENT_TYPE : "text/plain", text.getBytes(StandardCharsets.UTF_8));
  }

  private List<Family> families() {
    Map<String, List<ServableState>> models = around.models().get();
    List<Family> families = new ArrayList<>();
    families.addAll(ofServer());
    if (around.traces() != null) {
      families.add(ofTraces(around.traces().counts()));
    }
    families.addAll(new RequestFamilies(metrics).families());
    families.addAll(new RunFamilies(models, around.runs()).families());
    families.addAll(new VersionFamilies(models).families(around.loads(), metrics.mlMetadata()));
    families.addAll(ProcessFamilies.now());
    return families;
  }

  private static Family ofTraces(TraceCounts counts) {
    return new Family(
        "sluice_trace_spans_total",
        Kind.COUNTER,
        "Spans of traces: sent, not taken by the collector, or dropped as too many waited.",
        List.of("outcome"),
        List.of(
            new Value(List.of("sent"), counts.sent()),
            new Value(List.of("failed"), counts.failed()),
            new Value(List.of("dropped"), counts.dropped())));
  }

  private List<Family> ofServer() {
    InFlightBytes bytes = around.inFlight();
    AccessLog access = around.access();
    return List.of(
        new Family(
            "sluice_build_info",
            Kind.GAUGE,
            "1, with the versions of Sluice and of the TensorFlow that comes with it.",
            List.of("version", "tensorflow"),
            List.of(new Value(List.of(Version.SLUICE, Version.TENSORFLOW), 1))),
        ProcessFamilies.single(
            "sluice_ready",
            Kind.GAUGE,
            "1 while /readyz says that the server is ready.",
            around.ready().getAsBoolean() ? 1 : 0),
        ProcessFamilies.single(
            "sluice_inflight_bytes",
            Kind.GAUGE,
            "Bytes of the requests and answers that are in the server.",
            bytes.used()),
        ProcessFamilies.single(
            "sluice_inflight_limit_bytes",
            Kind.GAUGE,
            "Most bytes they may have, as --max_inflight_bytes says.",
            bytes.limit()),
        ProcessFamilies.single(
            "sluice_inflight_refusals_total",
            Kind.COUNTER,
            "Requests that were refused because of that limit.",
            bytes.refusals()),
        ProcessFamilies.single(
            "sluice_access_log_dropped_total",
            Kind.COUNTER,
            "Requests that are missing in the access log.",
            access == null ? 0 : access.dropped()));
  }
}
