package dev.sluice.server.rest;

import dev.sluice.batching.Call;
import dev.sluice.server.Readiness;
import dev.sluice.status.StatusException;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the contracts of all platforms stand on: the REST API on a port that is open before it is
 * worth asking, and the answer to those who ask whether it is. Thread-safe.
 */
final class HostedRest {

  private final RestApi rest;
  private final Readiness readiness;

  HostedRest(RestApi rest, Readiness readiness) {
    this.rest = rest;
    this.readiness = readiness;
  }

  /** 200 without a body where requests are welcome, else 503 with what the server waits for. */
  Response health() {
    Readiness.Report report = readiness.report();
    return report.ready()
        ? Response.empty()
        : Response.error(
            HttpResponseStatus.SERVICE_UNAVAILABLE, String.join("; ", report.waitsFor()));
  }

  /**
   * Requests are answered from the moment when the other ports are open, and during a drain.
   *
   * @throws StatusException UNAVAILABLE before
   */
  void requireOpen() {
    Readiness.Phase phase = readiness.phase();
    if (phase.compareTo(Readiness.Phase.SERVING) < 0) {
      throw StatusException.unavailable("The server is not ready yet: %s", phase.reason());
    }
  }

  /**
   * Asks a model.
   *
   * @throws StatusException why it can't be asked; then there is no answer
   */
  @Nullable Call infer(Route route, Api.Request request, Consumer<Response> answer) {
    requireOpen();
    return rest.handle(route, request, answer);
  }

  /** Answers what is none of a platform's own: by the REST API, or that it is not there. */
  @Nullable Call other(Api.Request request, Consumer<Response> answer) {
    if (!rest.covers(request.target())) {
      answer.accept(
          Response.error(HttpResponseStatus.NOT_FOUND, "There is no " + request.target()));
      return null;
    }
    requireOpen();
    return rest.handle(request, answer);
  }

  /** The answer to a method that a path does not have. */
  static Response onlyBy(String methods, Api.Request request) {
    return Response.error(
        HttpResponseStatus.METHOD_NOT_ALLOWED,
        request.method() + " is not possible here, only " + methods + " is");
  }
}
