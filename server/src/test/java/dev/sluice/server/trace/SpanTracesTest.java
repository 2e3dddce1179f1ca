package dev.sluice.server.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.batching.CallObserver.Stage;
import dev.sluice.server.config.TraceSettings;
import dev.sluice.server.trace.Collector.Mood;
import dev.sluice.server.trace.Collector.Span;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Spans against a collector, without a server. */
class SpanTracesTest {

  private static final Duration LONG = Duration.ofMinutes(2);
  private static final Traces.Caller NOBODY = new Traces.Caller(null, null);
  private static final Traces.HttpHead HEAD =
      new Traces.HttpHead("BREW", "/v1/models/m:predict?x=1", true);

  private Collector collector;

  @BeforeEach
  void open() throws Exception {
    collector = new Collector();
  }

  @AfterEach
  void close() {
    collector.close();
  }

  private SpanTraces traces(double share, TraceSettings.Waiting waiting, Duration flush) {
    return new SpanTraces(
        new TraceSettings(
            URI.create(collector.url() + "/v1/traces"),
            Map.of(),
            true,
            LONG,
            new LinkedHashMap<>(Map.of("service.name", "s")),
            new TraceSettings.Sampling(true, share),
            waiting),
        flush);
  }

  private static RequestTrace begun(Traces traces) {
    return Objects.requireNonNull(traces.http(HEAD, NOBODY, System.nanoTime()));
  }

  /** Only the end can have sent it: it would have waited for others for an hour. */
  @Test
  void endSendsWhatWaits() {
    SpanTraces traces = traces(1, new TraceSettings.Waiting(10, 10, Duration.ofHours(1)), LONG);
    RequestTrace trace = begun(traces);
    trace.stage(Stage.DECODE, System.nanoTime() - 10, System.nanoTime());
    trace.answered(503, "503", "there is no room");
    trace.end();
    trace.end();
    traces.close();

    assertThat(traces.counts()).isEqualTo(new TraceCounts(2, 0, 0));
    List<Span> spans = collector.spans();
    assertThat(spans).extracting(Span::name).containsExactly("decode", "HTTP");
    Span request = spans.get(1);
    assertThat(request.parent()).isEmpty();
    assertThat(spans.get(0).parent()).isEqualTo(request.id());
    assertThat(request.status()).isEqualTo(2);
    assertThat(request.message()).isEqualTo("there is no room");
    assertThat(request.attributes())
        .containsEntry("http.request.method", "_OTHER")
        .containsEntry("url.scheme", "https")
        .containsEntry("url.path", "/v1/models/m:predict")
        .containsEntry("http.response.status_code", 503L)
        .containsEntry("error.type", "503");
  }

  @Test
  void requestWithoutAnswerIsAnError() {
    SpanTraces traces = traces(1, new TraceSettings.Waiting(10, 10, Duration.ofHours(1)), LONG);
    begun(traces).end();
    traces.close();
    assertThat(collector.spans()).hasSize(1);
    assertThat(collector.spans().get(0).status()).isEqualTo(2);
    assertThat(collector.spans().get(0).message()).contains("client went away");
  }

  @Test
  void callerDecidesAndOthersByTheirShare() {
    SpanTraces traces = traces(0, new TraceSettings.Waiting(10, 10, Duration.ofHours(1)), LONG);
    String id = "4bf92f3577b34da6a3ce929d0e0e4736";
    assertThat(traces.rpc("s/m", NOBODY, 0)).isNull();
    assertThat(traces.rpc("s/m", caller("00-" + id + "-00f067aa0ba902b7-00"), 0)).isNull();
    assertThat(traces.rpc("s/m", caller("nonsense"), 0)).isNull();
    assertThat(traces.rpc("s/m", caller("00-" + id + "-00f067aa0ba902b7-01"), 0)).isNotNull();
    traces.close();
  }

  private static Traces.Caller caller(String traceparent) {
    return new Traces.Caller(traceparent, null);
  }

  /** The first span is on its way for ever; those after it would wait for it. */
  @Test
  void endDoesNotWaitForCollectorThatHangs() throws Exception {
    collector.become(Mood.HANGING);
    SpanTraces traces =
        traces(1, new TraceSettings.Waiting(2, 1, Duration.ofMillis(1)), Duration.ofMillis(1));
    begun(traces).end();
    collector.awaitAnother(0);
    for (int i = 0; i < 3; i++) {
      begun(traces).end(); // of which two find room
    }
    traces.close();
    assertThat(traces.counts()).isEqualTo(new TraceCounts(0, 0, 3));
    assertThat(traces.rpc("s/m", NOBODY, System.nanoTime())).as("it has ended").isNull();
  }
}
