package dev.sluice.server.rest;

import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is answered before the API is asked: to requests that are none of its own. */
final class EarlyAnswers {

  private static final Set<String> METHODS =
      Set.of("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS");

  private EarlyAnswers() {}

  /** The answer to a request that does not reach the API; null if it does. */
  static @Nullable Response to(HttpRequest request, Api api) {
    if (request.decoderResult().isFailure()) {
      return unreadable(request.decoderResult().cause());
    }
    if (!METHODS.contains(request.method().name())) {
      return Response.page(HttpResponseStatus.NOT_IMPLEMENTED);
    }
    if (!Route.isWellFormed(request.uri())) {
      return Response.page(HttpResponseStatus.BAD_REQUEST);
    }
    return api.covers(request.uri()) ? null : Response.page(HttpResponseStatus.NOT_FOUND);
  }

  private static Response unreadable(@Nullable Throwable cause) {
    return switch (cause) {
      case TooLongHttpLineException line ->
          Response.refusal(
              HttpResponseStatus.REQUEST_URI_TOO_LONG,
              "The request line is longer than --rest_api_max_header_bytes allows");
      case TooLongHttpHeaderException headers ->
          Response.refusal(
              HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
              "The request headers are longer than --rest_api_max_header_bytes allows");
      case null, default -> Response.page(HttpResponseStatus.BAD_REQUEST);
    };
  }
}
