package dev.sluice.server.trace;

import dev.sluice.batching.CallObserver;
import dev.sluice.batching.CallObserver.Stage;
import dev.sluice.core.ServableId;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A trace as OpenTelemetry has it: the span of the request, and one below it for each stage, which
 * is made when the stage has ended. A run that goes on after its request was answered, as that had
 * a deadline, has a span that ends after that of the request.
 */
final class SpanTrace implements RequestTrace {

  private static final AttributeKey<String> MODEL = AttributeKey.stringKey("sluice.model.name");
  private static final AttributeKey<Long> VERSION = AttributeKey.longKey("sluice.model.version");
  private static final AttributeKey<String> SIGNATURE = AttributeKey.stringKey("sluice.signature");
  private static final AttributeKey<Long> ROWS = AttributeKey.longKey("sluice.rows");
  private static final AttributeKey<Long> BATCH_REQUESTS =
      AttributeKey.longKey("sluice.batch.requests");
  private static final AttributeKey<Long> BATCH_ROWS = AttributeKey.longKey("sluice.batch.rows");
  private static final AttributeKey<String> ROUTE = AttributeKey.stringKey("http.route");
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

  private final Tracer tracer;
  private final Span span;
  private final Context within;
  private final Kind kind;
  private final long epochOfNanoTime;
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile boolean answered;

  /**
   * What a request came by.
   *
   * @param code the attribute that has the code of its answer
   * @param method the method of HTTP; empty for an rpc
   */
  record Kind(AttributeKey<Long> code, String method) {}

  /**
   * @param within has the span
   * @param epochOfNanoTime the nanoseconds since 1970 when {@link System#nanoTime} was 0
   */
  SpanTrace(Tracer tracer, Context within, Kind kind, long epochOfNanoTime) {
    this.tracer = tracer;
    this.span = Span.fromContext(within);
    this.within = within;
    this.kind = kind;
    this.epochOfNanoTime = epochOfNanoTime;
  }

  @Override
  public void route(String template) {
    span.setAttribute(ROUTE, template);
    span.updateName(kind.method() + ' ' + template);
  }

  @Override
  public void asks(String model) {
    span.setAttribute(MODEL, model);
  }

  @Override
  public void runs(ServableId version, String signature, long rows) {
    span.setAttribute(MODEL, version.name());
    span.setAttribute(VERSION, version.version());
    span.setAttribute(SIGNATURE, signature);
    span.setAttribute(ROWS, rows);
  }

  @Override
  public CallObserver beside(CallObserver other) {
    return new CallObserver() {
      @Override
      public void observe(Stage stage, long nanos) {
        other.observe(stage, nanos);
        long now = System.nanoTime();
        stage(stage, now - nanos, now);
      }

      @Override
      public void observeRun(Run run) {
        other.observeRun(run);
        Span span = begun(Stage.RUN, run.endNanos() - run.nanos());
        span.setAttribute(BATCH_REQUESTS, run.requests());
        span.setAttribute(BATCH_ROWS, run.rows());
        end(span, run.endNanos());
      }
    };
  }

  @Override
  public void stage(Stage stage, long fromNanos, long toNanos) {
    end(begun(stage, fromNanos), Math.max(fromNanos, toNanos));
  }

  private Span begun(Stage stage, long fromNanos) {
    return tracer
        .spanBuilder(stage.name().toLowerCase(Locale.ROOT))
        .setParent(within)
        .setStartTimestamp(epochOfNanoTime + fromNanos, TimeUnit.NANOSECONDS)
        .startSpan();
  }

  private void end(Span of, long nanos) {
    of.end(epochOfNanoTime + nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void answered(int code, @Nullable String fault, String detail) {
    answered = true;
    span.setAttribute(kind.code(), code);
    if (fault != null) {
      span.setAttribute(ERROR, fault);
      span.setStatus(StatusCode.ERROR, detail);
    }
  }

  @Override
  public void end() {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    if (!answered) {
      span.setStatus(StatusCode.ERROR, "The client went away before it was answered");
    }
    end(span, System.nanoTime());
  }
}
