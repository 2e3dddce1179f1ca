package dev.sluice.server.rest;

import dev.sluice.server.trace.RequestTrace;
import dev.sluice.server.trace.Traces;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.ssl.SslHandler;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How requests over HTTP are traced. */
final class HttpTraces {

  /** How many bytes of an error a trace has. */
  private static final int LONGEST_DETAIL = 1024;

  private HttpTraces() {}

  /**
   * The trace of a request; null for one that is left out, as are all those for pages: metrics and
   * health checks are asked for too often to be of interest.
   */
  static @Nullable RequestTrace begin(
      Traces traces, Api.Request request, Channel channel, long begunNanos) {
    if (!isTraced(request)) {
      return null;
    }
    boolean secure = channel.pipeline().get(SslHandler.class) != null;
    HttpHeaders headers = request.headers();
    List<String> states = headers.getAll("tracestate");
    return traces.http(
        new Traces.HttpHead(request.method(), request.target(), secure),
        new Traces.Caller(
            headers.get("traceparent"), states.isEmpty() ? null : String.join(",", states)),
        begunNanos);
  }

  /** A platform's ways to ask a model are not below those of the API, but posts all the same. */
  private static boolean isTraced(Api.Request request) {
    return request.method().equals("POST")
        || (Route.isApi(request.target())
            && !HealthPages.isOfModel(Route.withoutQuery(request.target())));
  }

  /** The answer goes out. The server is to blame for what it says to be its own fault. */
  static void answered(RequestTrace trace, Response response) {
    HttpResponseStatus status = response.status();
    boolean failed = status.code() >= HttpResponseStatus.INTERNAL_SERVER_ERROR.code();
    trace.answered(
        status.code(),
        failed ? Integer.toString(status.code()) : null,
        failed && !response.gzipped() ? detail(response.body()) : "");
  }

  private static String detail(byte[] body) {
    int length = Math.min(body.length, LONGEST_DETAIL);
    return new String(body, 0, length, StandardCharsets.UTF_8).strip();
  }
}
