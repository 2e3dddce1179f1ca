package dev.sluice.server.rest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;

/**
 * Makes HTTP of answers: length, date, what becomes of the connection, and the headers that let
 * scripts of other origins read them. Thread-safe.
 *
 * <p>An answer is written as bytes, in one buffer: its headers are few and known, and a map of them
 * that an encoder walks takes longer than all else that is done to an answer. No value comes from a
 * client, so none has to be checked.
 */
final class HttpAnswers {

  private static final byte[] GOOD_JSON =
      ascii("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ndate: ");
  private static final byte[] LENGTH = ascii("\r\ncontent-length: ");
  private static final byte[] CONTINUE = ascii("HTTP/1.1 100 Continue\r\n\r\n");
  private static final byte[] GZIPPED =
      ascii("\r\ncontent-encoding: gzip\r\nvary: accept-encoding");
  private static final byte[] ANY_ORIGIN =
      ascii(
          "\r\naccess-control-allow-origin: *\r\naccess-control-allow-methods: POST, GET"
              + "\r\naccess-control-allow-headers: Content-Type");
  private static final byte[] CLOSES = ascii("\r\nconnection: close");
  private static final byte[] STAYS = ascii("\r\nconnection: keep-alive");
  private static final byte[] END = ascii("\r\n\r\n");

  /** More than any head takes. */
  private static final int HEAD_BYTES = 400;

  private final HttpDate date;
  private final boolean cors;

  /**
   * @param cors whether scripts of any origin may use the API
   */
  HttpAnswers(HttpDate date, boolean cors) {
    this.date = date;
    this.cors = cors;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * What the request says of how it is to be answered.
   *
   * @param version who speaks HTTP/1.0 is told when the connection stays
   * @param wantsBody false for HEAD
   */
  record Asked(HttpVersion version, boolean wantsBody) {}

  /**
   * An answer as it goes out.
   *
   * @param stays whether the connection stays
   */
  ByteBuf of(Response response, Asked asked, boolean stays, ByteBufAllocator buffers) {
    byte[] body = response.body();
    ByteBuf out = buffers.ioBuffer(HEAD_BYTES + body.length);
    beginning(out, response);
    out.writeBytes(date.now()).writeBytes(LENGTH);
    out.writeCharSequence(Integer.toString(body.length), StandardCharsets.US_ASCII);
    if (response.gzipped()) {
      out.writeBytes(GZIPPED);
    }
    if (cors && response.from() == Response.From.API) {
      out.writeBytes(ANY_ORIGIN);
    }
    if (!stays) {
      out.writeBytes(CLOSES);
    } else if (asked.version().equals(HttpVersion.HTTP_1_0)) {
      out.writeBytes(STAYS);
    }
    out.writeBytes(END);
    return asked.wantsBody() ? out.writeBytes(body) : out;
  }

  private static void beginning(ByteBuf out, Response response) {
    HttpResponseStatus status = response.status();
    boolean json = response.contentType().equals(Response.JSON);
    if (json && status.equals(HttpResponseStatus.OK)) {
      out.writeBytes(GOOD_JSON);
    } else {
      String line = "HTTP/1.1 " + status + "\r\ncontent-type: " + response.contentType();
      out.writeCharSequence(line + "\r\ndate: ", StandardCharsets.US_ASCII);
    }
  }

  /** What tells a client to send its body. */
  static ByteBuf tellToContinue(ByteBufAllocator buffers) {
    return buffers.ioBuffer(CONTINUE.length).writeBytes(CONTINUE);
  }
}
