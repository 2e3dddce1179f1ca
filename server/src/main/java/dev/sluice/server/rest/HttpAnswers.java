package dev.sluice.server.rest;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpVersion;

/**
 * Makes HTTP of answers: length, date, what becomes of the connection, and the headers that let
 * scripts of other origins read them. Thread-safe.
 */
final class HttpAnswers {

  private final HttpDate date;
  private final boolean cors;

  /**
   * @param cors whether scripts of any origin may use the API
   */
  HttpAnswers(HttpDate date, boolean cors) {
    this.date = date;
    this.cors = cors;
  }

  /**
   * An answer as it goes out.
   *
   * @param version that of the request: who speaks HTTP/1.0 is told when the connection stays
   * @param stays whether the connection stays
   */
  FullHttpResponse of(Response response, HttpVersion version, boolean stays) {
    FullHttpResponse http =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, response.status(), Unpooled.wrappedBuffer(response.body()));
    HttpHeaders headers =
        http.headers()
            .set(HttpHeaderNames.CONTENT_TYPE, response.contentType())
            .set(HttpHeaderNames.DATE, date.now())
            .setInt(HttpHeaderNames.CONTENT_LENGTH, response.body().length);
    if (response.gzipped()) {
      headers
          .set(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.GZIP)
          .set(HttpHeaderNames.VARY, HttpHeaderNames.ACCEPT_ENCODING);
    }
    if (cors && response.from() == Response.From.API) {
      allowAnyOrigin(headers);
    }
    if (!stays) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (version.equals(HttpVersion.HTTP_1_0)) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
    return http;
  }

  private static void allowAnyOrigin(HttpHeaders headers) {
    headers
        .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "POST, GET")
        .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type");
  }
}
