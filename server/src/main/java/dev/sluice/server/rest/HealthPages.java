package dev.sluice.server.rest;

import dev.sluice.core.ServableState;
import dev.sluice.server.ModelReadiness;
import dev.sluice.server.Readiness;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What those who watch over the server ask: whether it is alive, whether it is worth sending
 * requests to, and the same of one model. Not ready is 503, with the reason. Thread-safe.
 */
final class HealthPages implements AdminApi.Page {

  private static final String ALIVE = "/healthz";
  private static final String READY = "/readyz";
  private static final Pattern MODEL_READY =
      Pattern.compile("/v1/models/([^/:]+)(?:/versions/([0-9]+)|/labels/([^/:]+))?/ready");

  private final Readiness readiness;

  HealthPages(Readiness readiness) {
    this.readiness = readiness;
  }

  @Override
  public String path() {
    return ALIVE + ", " + READY + ", /v1/models/<model>[/versions/<version>]/ready";
  }

  /** True iff a path is one of those that are outside of the REST API's own. */
  static boolean covers(String path) {
    return path.equals(ALIVE) || path.equals(READY);
  }

  /** True iff a path asks whether a model is ready. */
  static boolean isOfModel(String path) {
    return path.endsWith("/ready") && MODEL_READY.matcher(path).matches();
  }

  @Override
  public Optional<Response> answer(String path) {
    if (path.equals(ALIVE)) {
      return Optional.of(page(true, Map.of("alive", true)));
    }
    if (path.equals(READY)) {
      return Optional.of(server(readiness.report()));
    }
    Matcher match = path.endsWith("/ready") ? MODEL_READY.matcher(path) : null;
    if (match == null || !match.matches()) {
      return Optional.empty();
    }
    ModelReadiness model =
        readiness.report(Route.selector(match.group(1), match.group(2), match.group(3)));
    return Optional.of(page(model.ready(), shown(model)));
  }

  private static Response server(Readiness.Report report) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("ready", report.ready());
    shown.put("phase", report.phase().name().toLowerCase(Locale.ROOT));
    shown.put("waits_for", report.waitsFor());
    shown.put("models", report.models().stream().map(HealthPages::shown).toList());
    return page(report.ready(), shown);
  }

  private static Map<String, Object> shown(ModelReadiness model) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("name", model.name());
    shown.put("ready", model.ready());
    if (!model.why().isEmpty()) {
      shown.put("why", model.why());
    }
    shown.put("versions", model.versions().stream().map(HealthPages::shown).toList());
    return shown;
  }

  private static Map<String, Object> shown(ServableState version) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("version", version.id().version());
    shown.put("state", version.stage().name());
    if (!version.health().isOk()) {
      shown.put("error", version.health().toString());
    }
    return shown;
  }

  private static Response page(boolean good, Map<String, Object> body) {
    return Response.json(
        good ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE, PrettyJson.of(body));
  }
}
