package dev.sluice.server.rest;

import dev.sluice.batching.Call;
import dev.sluice.server.trace.RequestTrace;
import dev.sluice.status.StatusException;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What an HTTP port answers. Knows no network. Thread-safe. */
interface Api {

  /**
   * A request as the transport read it.
   *
   * @param timeout what {@link RestApi#TIMEOUT_HEADER} says
   * @param headers all of them
   * @param over to be run when a call that was started holds no tensor any more
   * @param begunNanos when it was complete and its turn had come, in terms of {@link
   *     System#nanoTime}
   * @param trace null where it is not traced
   */
  record Request(
      String method,
      String target,
      @Nullable String origin,
      @Nullable String timeout,
      HttpHeaders headers,
      byte[] body,
      Runnable over,
      long begunNanos,
      @Nullable RequestTrace trace) {

    Request with(byte[] otherBody) {
      return new Request(
          method, target, origin, timeout, headers, otherBody, over, begunNanos, trace);
    }

    Request begun(Runnable otherOver, long nowNanos, @Nullable RequestTrace begun) {
      return new Request(
          method, target, origin, timeout, headers, body, otherOver, nowNanos, begun);
    }
  }

  /** True iff a target belongs to the API at all; anything else is a page that does not exist. */
  boolean covers(String target);

  /**
   * Looks at what a request asks for, before any work is done on its body.
   *
   * @throws StatusException why there is nothing to do
   */
  void check(String method, String target);

  /**
   * Answers a request, at once or later.
   *
   * @param answer gets exactly one response, on any thread
   * @return the call that is under way, if the answer comes later
   */
  @Nullable Call handle(Request request, Consumer<Response> answer);
}
