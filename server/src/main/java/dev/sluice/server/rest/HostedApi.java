package dev.sluice.server.rest;

import dev.sluice.batching.Call;
import dev.sluice.server.Readiness;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the contracts of all platforms stand on: the REST API on a port that is open before it is
 * worth asking, and the answer to those who ask whether it is. Thread-safe.
 */
abstract class HostedApi implements Api {

  private final RestApi rest;
  private final Readiness readiness;

  HostedApi(RestApi rest, Readiness readiness) {
    this.rest = rest;
    this.readiness = readiness;
  }

  @Override
  public final boolean covers(String target) {
    return true; // whatever is not there gets an error object
  }

  @Override
  public final void check(String method, String target) {
    requireOpen();
  }

  @Override
  public final @Nullable Call handle(Request request, Consumer<Response> answer) {
    try {
      return route(Route.withoutQuery(request.target()), request, answer);
    } catch (RuntimeException | Error failure) {
      answer.accept(Response.error(Status.of(failure)));
      return null;
    }
  }

  /**
   * Does what a path of the platform asks for, and leaves the rest to {@link #other}.
   *
   * @param path without the query
   * @throws RuntimeException (or an Error) why it can't be done; then there is no answer yet
   */
  abstract @Nullable Call route(String path, Request request, Consumer<Response> answer);

  /** 200 without a body where requests are welcome, else 503 with what the server waits for. */
  final Response health() {
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
  final void requireOpen() {
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
  final @Nullable Call infer(Route route, Request request, Consumer<Response> answer) {
    requireOpen();
    return rest.handle(route, request, answer);
  }

  /** Answers what is none of a platform's own: by the REST API, or that it is not there. */
  final @Nullable Call other(Request request, Consumer<Response> answer) {
    if (!rest.covers(request.target())) {
      answer.accept(
          Response.error(HttpResponseStatus.NOT_FOUND, "There is no " + request.target()));
      return null;
    }
    requireOpen();
    return rest.handle(request, answer);
  }

  /** The answer to a method that a path does not have. */
  static Response onlyBy(String methods, Request request) {
    return Response.error(
        HttpResponseStatus.METHOD_NOT_ALLOWED,
        request.method() + " is not possible here, only " + methods + " is");
  }
}
