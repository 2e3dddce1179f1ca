package dev.sluice.server.trace;

import dev.sluice.server.Version;
import dev.sluice.server.config.TraceSettings;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.sdk.common.Clock;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.resources.ResourceBuilder;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Traces by OpenTelemetry's library. This and what it names are all that is known of that, so it is
 * not loaded where nothing is traced.
 */
public final class SpanTraces implements Traces {

  private static final System.Logger LOG = System.getLogger(SpanTraces.class.getName());

  /** Less than what a stop may take after its drain. */
  private static final Duration FLUSH = Duration.ofSeconds(3);

  /** Whatever a client sends, a span that waits takes some kilobytes at most. */
  private static final int LONGEST_VALUE = 1024;

  private static final String UNUSUAL = "_OTHER";
  private static final Set<String> METHODS =
      Set.of("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE");

  private static final AttributeKey<Long> HTTP_STATUS =
      AttributeKey.longKey("http.response.status_code");
  private static final SpanTrace.Kind RPC =
      new SpanTrace.Kind(AttributeKey.longKey("rpc.grpc.status_code"), "");

  private static final TextMapGetter<Caller> HEADERS =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Caller caller) {
          return List.of("traceparent", "tracestate");
        }

        @Override
        public @Nullable String get(@Nullable Caller caller, String key) {
          if (caller == null) {
            return null;
          }
          return switch (key) {
            case "traceparent" -> caller.traceparent();
            case "tracestate" -> caller.tracestate();
            default -> null;
          };
        }
      };

  private final Clock clock = Clock.getDefault();
  private final SpanExport export;
  private final SdkTracerProvider provider;
  private final Tracer tracer;
  private final Duration flush;

  /**
   * Begins to trace.
   *
   * @param flush how long a stop may take to send what waits
   */
  SpanTraces(TraceSettings settings, Duration flush) {
    this.export = new SpanExport(settings);
    this.flush = flush;
    this.provider =
        SdkTracerProvider.builder()
            .setResource(resource(settings))
            .setSampler(sampler(settings.sampling()))
            .setSpanLimits(SpanLimits.builder().setMaxAttributeValueLength(LONGEST_VALUE).build())
            .addSpanProcessor(export)
            .build();
    this.tracer = provider.get("dev.sluice", Version.SLUICE);
    export.start();
  }

  /** Begins to trace, and says so on the log. */
  public static Traces start(TraceSettings settings) {
    SpanTraces traces = new SpanTraces(settings, FLUSH);
    LOG.log(Level.INFO, "Requests are traced; spans go to " + settings.endpoint());
    return traces;
  }

  private static Resource resource(TraceSettings settings) {
    ResourceBuilder own = Resource.builder().put("service.version", Version.SLUICE);
    settings.resource().forEach(own::put);
    return Resource.getDefault().merge(own.build());
  }

  private static Sampler sampler(TraceSettings.Sampling sampling) {
    Sampler root =
        sampling.share() == 1
            ? Sampler.alwaysOn()
            : sampling.share() == 0
                ? Sampler.alwaysOff()
                : Sampler.traceIdRatioBased(sampling.share());
    return sampling.followsCaller() ? Sampler.parentBased(root) : root;
  }

  @Override
  public @Nullable RequestTrace http(HttpHead head, Caller caller, long begunNanos) {
    String method = METHODS.contains(head.method()) ? head.method() : UNUSUAL;
    String name = method.equals(UNUSUAL) ? "HTTP" : method;
    int query = head.target().indexOf('?');
    Attributes attributes =
        Attributes.builder()
            .put("http.request.method", method)
            .put("url.scheme", head.secure() ? "https" : "http")
            .put("url.path", query < 0 ? head.target() : head.target().substring(0, query))
            .build();
    return begun(
        tracer.spanBuilder(name).setAllAttributes(attributes),
        new SpanTrace.Kind(HTTP_STATUS, name),
        caller,
        begunNanos);
  }

  @Override
  public @Nullable RequestTrace rpc(String method, Caller caller, long begunNanos) {
    int slash = method.lastIndexOf('/');
    Attributes attributes =
        Attributes.builder()
            .put("rpc.system", "grpc")
            .put("rpc.service", method.substring(0, Math.max(0, slash)))
            .put("rpc.method", method.substring(slash + 1))
            .build();
    return begun(tracer.spanBuilder(method).setAllAttributes(attributes), RPC, caller, begunNanos);
  }

  /** Null if the sampler leaves it out. */
  private @Nullable SpanTrace begun(
      SpanBuilder builder, SpanTrace.Kind kind, Caller caller, long begunNanos) {
    Context parent =
        W3CTraceContextPropagator.getInstance().extract(Context.root(), caller, HEADERS);
    long epochOfNanoTime = clock.now() - System.nanoTime();
    Span span =
        builder
            .setParent(parent)
            .setSpanKind(SpanKind.SERVER)
            .setStartTimestamp(epochOfNanoTime + begunNanos, TimeUnit.NANOSECONDS)
            .startSpan();
    return span.isRecording()
        ? new SpanTrace(tracer, parent.with(span), kind, epochOfNanoTime)
        : null;
  }

  @Override
  public TraceCounts counts() {
    return export.counts();
  }

  @Override
  public void close() {
    export.close(flush);
    var _ = provider.shutdown();
  }
}
