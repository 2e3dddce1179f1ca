package dev.sluice.server;

import dev.sluice.core.ServableState;
import dev.sluice.server.log.CountWatch;
import dev.sluice.server.log.LogEvent;
import java.util.List;
import java.util.function.LongFunction;

/**
 * The places where a request is turned away because there are too many.
 *
 * @param inFlight by bytes
 * @param decoders by large requests that wait for being decoded
 * @param models whose queues do so
 * @param runs tells of these queues
 */
record Overload(InFlightBytes inFlight, Decoders decoders, ServedModels models, RunReports runs) {

  /** Has it told on the log, for each place by itself. */
  void watchedBy(CountWatch counts) {
    counts.add(inFlight::refusals, refused("max_inflight_bytes", "--max_inflight_bytes"));
    counts.add(
        decoders::refusals, refused("decoders", "too many large requests being decoded at once"));
    counts.add(
        this::refusedRuns,
        refused("queue", "full queues of models, or too little time before their deadlines"));
  }

  private static LongFunction<LogEvent> refused(String place, String words) {
    return count ->
        LogEvent.of("requests_refused", "Requests were refused because of " + words + ": " + count)
            .with("why", place);
  }

  private long refusedRuns() {
    return models.all().values().stream()
        .flatMap(List::stream)
        .filter(state -> state.stage() == ServableState.Stage.AVAILABLE)
        .map(state -> new ModelSelector(state.id().name(), state.id().version(), null))
        .flatMap(version -> runs.of(version).stream())
        .flatMap(version -> version.loaded().stream())
        .flatMap(loaded -> loaded.called().stream())
        .mapToLong(called -> called.queue().counts().refused())
        .sum();
  }
}
