package dev.sluice.server.rest;

import dev.sluice.core.ServableId;
import dev.sluice.protocol.JsonError;
import dev.sluice.server.metrics.Measured;
import dev.sluice.status.Status;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An answer before it is HTTP.
 *
 * @param from who speaks: the API, or the server about a request that never reached it
 * @param closes whether the connection ends with it
 * @param gzipped whether the body is compressed
 * @param served which version answered; null for none
 */
record Response(
    HttpResponseStatus status,
    String contentType,
    byte[] body,
    From from,
    boolean closes,
    boolean gzipped,
    @Nullable ServableId served) {

  /** An answer of no version. */
  Response(
      HttpResponseStatus status,
      String contentType,
      byte[] body,
      From from,
      boolean closes,
      boolean gzipped) {
    this(status, contentType, body, from, closes, gzipped, null);
  }

  /** Where an answer comes from. Only those of the API have CORS headers. */
  enum From {
    API,
    PAGE
  }

  static final String JSON = "application/json";

  static Response json(byte[] body) {
    return json(HttpResponseStatus.OK, body);
  }

  static Response json(HttpResponseStatus status, byte[] body) {
    return new Response(status, JSON, body, From.API, false, false);
  }

  /** An answer of no content. */
  static Response empty() {
    return new Response(HttpResponseStatus.OK, "text/html", new byte[0], From.API, false, false);
  }

  /**
   * What the encoding gives, or the error object for why it failed.
   *
   * @param measured is told which
   * @param served which version ran
   */
  static Response encoded(Supplier<byte[]> encoding, Measured measured, ServableId served) {
    Status told = Status.OK;
    Response response;
    try {
      response =
          new Response(HttpResponseStatus.OK, JSON, encoding.get(), From.API, false, false, served);
    } catch (RuntimeException | Error failure) {
      told = Status.of(failure);
      response = error(told);
    }
    measured.encoded(told.code());
    return response;
  }

  /** Text that is none of the API. */
  static Response text(String contentType, byte[] body) {
    return new Response(HttpResponseStatus.OK, contentType, body, From.PAGE, false, false);
  }

  /** The error object of the API. */
  static Response error(Status status) {
    return new Response(
        HttpStatuses.of(status.code()),
        JSON,
        JsonError.body(status.message()),
        From.API,
        false,
        false);
  }

  /** The error object with a status that no canonical code has. */
  static Response error(HttpResponseStatus status, String message) {
    return json(status, JsonError.body(message));
  }

  /**
   * The error object for a request that is not read to its end, with which the connection ends:
   * nobody knows where the next request would begin.
   */
  static Response refusal(HttpResponseStatus status, String message) {
    return new Response(status, JSON, JsonError.body(message), From.API, true, false);
  }

  /** The error object for a body beyond a limit. */
  static Response tooLarge(String message) {
    return refusal(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, message);
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
    return new Response(
        status, "text/html", body.getBytes(StandardCharsets.UTF_8), From.PAGE, true, false);
  }

  /** The same JSON without line feeds, under another name for its type. */
  Response inOneLine(String otherType) {
    byte[] line = new byte[body.length];
    int length = 0;
    for (byte b : body) {
      if (b != '\n') { // a string has none, it has an escape
        line[length++] = b;
      }
    }
    return new Response(
        status, otherType, Arrays.copyOf(line, length), from, closes, gzipped, served);
  }

  /** The same answer, compressed. */
  Response compressed() {
    return new Response(status, contentType, Gzip.deflated(body), from, closes, true, served);
  }
}
