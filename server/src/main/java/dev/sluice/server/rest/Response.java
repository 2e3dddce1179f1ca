package dev.sluice.server.rest;

import dev.sluice.protocol.JsonError;
import dev.sluice.status.Status;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * An answer before it is HTTP.
 *
 * @param closes whether the connection ends with it
 */
record Response(HttpResponseStatus status, String contentType, byte[] body, boolean closes) {

  private static final String JSON = "application/json";

  static Response json(byte[] body) {
    return new Response(HttpResponseStatus.OK, JSON, body, false);
  }

  /** What the encoding gives, or the error object for why it failed. */
  static Response encoded(Supplier<byte[]> encoding) {
    try {
      return json(encoding.get());
    } catch (RuntimeException | Error failure) {
      return error(Status.of(failure));
    }
  }

  /** The error object of the API. */
  static Response error(Status status) {
    return new Response(
        HttpStatuses.of(status.code()), JSON, JsonError.body(status.message()), false);
  }

  /**
   * The error object for a body beyond the limit; it ends the connection, since the rest is unread.
   */
  static Response tooLarge(String message) {
    return new Response(
        HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, JSON, JsonError.body(message), false);
  }

  /** The same answer as the last one of its connection. */
  Response closing() {
    return new Response(status, contentType, body, true);
  }

  /** The page for what never reaches the API; it ends the connection. */
  static Response page(HttpResponseStatus status) {
    String body =
        """
        <HTML><HEAD>
        <TITLE>%d %s</TITLE>
        </HEAD><BODY>
        <H1>%s</H1>
        </BODY></HTML>
        """
            .formatted(status.code(), status.reasonPhrase(), status.reasonPhrase());
    return new Response(status, "text/html", body.getBytes(StandardCharsets.UTF_8), true);
  }
}
