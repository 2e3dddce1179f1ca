package dev.sluice.server.rest;

import dev.sluice.batching.Call;
import dev.sluice.server.ModelSelector;
import dev.sluice.server.Readiness;
import dev.sluice.server.config.Hosting;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Vertex AI's contract with a container: one path for health, one for predictions, both named by
 * the platform. A prediction is a predict request of the REST API, whose answers already have the
 * form that the platform wants; the member {@code parameters} is one more that it does not know.
 * All else on the port is the REST API. Thread-safe.
 */
final class VertexAiApi extends HostedApi {

  private final Hosting.VertexAi host;
  private final Route predict;

  VertexAiApi(RestApi rest, Readiness readiness, Hosting.VertexAi host) {
    super(rest, readiness);
    this.host = host;
    this.predict = new Route(Route.Verb.PREDICT, ModelSelector.latest(host.defaultModel()));
  }

  @Override
  @Nullable Call route(String path, Request request, Consumer<Response> answer) {
    boolean post = request.method().equals("POST");
    if (post && path.equals(host.predictRoute())) {
      return infer(predict, request, answer);
    }
    if (!post && path.equals(host.healthRoute())) {
      answer.accept(health());
      return null;
    }
    return other(request, answer);
  }
}
