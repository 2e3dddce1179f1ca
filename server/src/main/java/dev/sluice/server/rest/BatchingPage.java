package dev.sluice.server.rest;

import dev.sluice.batching.QueueReport;
import dev.sluice.server.ModelSelector;
import dev.sluice.server.VersionRuns;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Says what was decided about the runs of a model, and why. Thread-safe. */
final class BatchingPage implements AdminApi.Page {

  private static final Pattern PATH =
      Pattern.compile("/v1/models/([^/:]+)(?:/versions/([0-9]+))?/batching");

  private final Function<ModelSelector, List<VersionRuns>> source;

  /**
   * @param source the versions that a selector means, highest first; throws where there are none
   */
  BatchingPage(Function<ModelSelector, List<VersionRuns>> source) {
    this.source = source;
  }

  @Override
  public String path() {
    return "/v1/models/<model>[/versions/<version>]/batching";
  }

  @Override
  public Optional<Response> answer(String path) {
    Matcher match = PATH.matcher(path);
    if (!match.matches()) {
      return Optional.empty();
    }
    ModelSelector model = Route.selector(match.group(1), match.group(2), null);
    Map<String, Object> page = new LinkedHashMap<>();
    page.put("model", model.name());
    page.put("versions", source.apply(model).stream().map(BatchingPage::version).toList());
    return Optional.of(Response.json(PrettyJson.of(page)));
  }

  private static Map<String, Object> version(VersionRuns version) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("version", version.version());
    shown.put("state", version.state());
    version
        .loaded()
        .ifPresent(loaded -> {
          shown.put("signatures", loaded.called().stream().map(BatchingPage::signature).toList());
          shown.put("not_called_yet", loaded.notCalled());
        });
    return shown;
  }

  private static Map<String, Object> signature(VersionRuns.Called called) {
    QueueReport report = called.queue();
    QueueReport.Counts counts = report.counts();
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("signature", report.signature());
    shown.put("way", way(report.way()));
    shown.put("merged", report.merged());
    shown.put("why", report.why());
    shown.put("graph", called.graph());
    shown.put("limit_rows", report.limit());
    shown.put("waiting", report.waiting());
    shown.put("running", report.running());
    shown.put("runs", counts.runs());
    shown.put("calls", counts.calls());
    shown.put("rows", counts.rows());
    shown.put("mean_rows_a_run", rounded(counts.meanRows()));
    shown.put("mean_micros_a_run", rounded(counts.meanRunMicros()));
    shown.put("failed_runs", counts.failedRuns());
    shown.put("refused", counts.refused());
    shown.put("expired", counts.expired());
    shown.put("split", counts.split());
    return shown;
  }

  private static String way(QueueReport.Way way) {
    return switch (way) {
      case TICK -> "tick";
      case RUNNER -> "runner";
      case CONFIGURED -> "configured";
    };
  }

  private static double rounded(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
