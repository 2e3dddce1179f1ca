package dev.sluice.server.trace;

import dev.sluice.server.config.TraceSettings;
import dev.sluice.tensorflow.BackgroundThread;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.internal.FailedExportException.HttpExportException;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sends spans that have ended, on a thread of its own that takes the processor only where requests
 * leave it. Threads that the library starts inherit that. What finds no room or no collector is
 * counted and gone: a request never waits for any of it.
 *
 * <p><b>Threading.</b> Safe from any thread.
 */
final class SpanExport implements SpanProcessor {

  private static final System.Logger LOG = System.getLogger(SpanExport.class.getName());

  /** Its own lines have stack traces, and come again and again; ours says the same once. */
  private static final Logger LIBRARY = Logger.getLogger("io.opentelemetry");

  /** The library may try again once its time is over, after a pause. */
  private static final Duration LAST_TRY = Duration.ofSeconds(5);

  private final TraceSettings settings;
  private final SpanQueue<ReadableSpan> queue;
  private final LongAdder sent = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final Thread thread;

  /** Whether the last batch failed; belongs to the thread. */
  private boolean failing;

  SpanExport(TraceSettings settings) {
    this.settings = settings;
    TraceSettings.Waiting waiting = settings.waiting();
    this.queue = new SpanQueue<>(waiting.most(), waiting.batch(), waiting.delay());
    this.thread = Thread.ofPlatform().daemon().name("sluice-trace").unstarted(this::run);
  }

  void start() {
    LIBRARY.setLevel(java.util.logging.Level.OFF);
    thread.start();
  }

  TraceCounts counts() {
    return new TraceCounts(sent.sum(), failed.sum(), dropped.sum());
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {}

  @Override
  public boolean isStartRequired() {
    return false;
  }

  @Override
  public void onEnd(ReadableSpan span) {
    if (!queue.offer(span)) {
      dropped.increment();
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  /**
   * Takes nothing more and has what waits sent.
   *
   * @param limit how long that may take; what is left then is counted as dropped
   */
  void close(Duration limit) {
    queue.close();
    boolean ended = false;
    try {
      ended = thread.join(limit);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt(); // somebody wants to see the end of it
    }
    int left = queue.size();
    if (!ended && left > 0) {
      dropped.add(left);
      LOG.log(Level.WARNING, "Stopped with " + left + " spans that could not be sent in time");
    }
  }

  private void run() {
    BackgroundThread.lower(BackgroundThread.LOADS);
    try (SpanExporter exporter = exporter()) {
      for (List<ReadableSpan> batch = queue.next(); !batch.isEmpty(); batch = queue.next()) {
        send(exporter, batch);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt(); // nobody does that; if somebody did, it is the end
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "No traces are sent any more: the exporter failed", failure);
    } finally {
      queue.close();
    }
  }

  private SpanExporter exporter() {
    OtlpHttpSpanExporterBuilder builder =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(settings.endpoint().toString())
            .setTimeout(settings.timeout())
            .setConnectTimeout(settings.timeout())
            .setCompression(settings.gzip() ? "gzip" : "none")
            .setMeterProvider(MeterProvider.noop());
    settings.headers().forEach(builder::addHeader);
    return builder.build();
  }

  private void send(SpanExporter exporter, List<ReadableSpan> batch) {
    long limit = settings.timeout().plus(LAST_TRY).toMillis();
    CompletableResultCode result =
        exporter
            .export(batch.stream().map(ReadableSpan::toSpanData).toList())
            .join(limit, TimeUnit.MILLISECONDS);
    if (result.isSuccess()) {
      sent.add(batch.size());
    } else {
      failed.add(batch.size());
    }
    tell(result);
  }

  /** A line when it begins to fail, and one when it is over. */
  private void tell(CompletableResultCode result) {
    if (failing == result.isSuccess()) {
      failing = !result.isSuccess();
      if (failing) {
        LOG.log(
            Level.WARNING,
            "Traces are lost, requests are not: "
                + settings.endpoint()
                + " takes no spans: "
                + reason(result.getFailureThrowable()));
      } else {
        LOG.log(Level.INFO, "Traces are sent again to " + settings.endpoint());
      }
    }
  }

  private static String reason(@Nullable Throwable failure) {
    if (failure == null) {
      return "no answer in time";
    }
    if (failure instanceof HttpExportException http && http.getResponse() != null) {
      return "HTTP " + http.getResponse().getStatusCode();
    }
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }
}
