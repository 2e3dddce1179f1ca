package dev.sluice.server.rest;

import dev.sluice.batching.Call;
import dev.sluice.server.ModelSelector;
import dev.sluice.server.config.Hosting;
import dev.sluice.status.Status;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Vertex AI's contract with a container: one path for health, one for predictions, both named by
 * the platform. A prediction is a predict request of the REST API, whose answers already have the
 * form that the platform wants; the member {@code parameters} is one more that it does not know.
 * All else on the port is the REST API. Thread-safe.
 */
final class VertexAiApi implements Api {

  private final HostedRest rest;
  private final Hosting.VertexAi host;
  private final Route predict;

  VertexAiApi(HostedRest rest, Hosting.VertexAi host) {
    this.rest = rest;
    this.host = host;
    this.predict = new Route(Route.Verb.PREDICT, ModelSelector.latest(host.defaultModel()));
  }

  @Override
  public boolean covers(String target) {
    return true; // whatever is not there gets an error object
  }

  @Override
  public void check(String method, String target) {
    rest.requireOpen();
  }

  @Override
  public @Nullable Call handle(Request request, Consumer<Response> answer) {
    try {
      String path = Route.withoutQuery(request.target());
      boolean post = request.method().equals("POST");
      if (post && path.equals(host.predictRoute())) {
        return rest.infer(predict, request, answer);
      }
      if (!post && path.equals(host.healthRoute())) {
        answer.accept(rest.health());
        return null;
      }
      return rest.other(request, answer);
    } catch (RuntimeException | Error failure) {
      answer.accept(Response.error(Status.of(failure)));
      return null;
    }
  }
}
