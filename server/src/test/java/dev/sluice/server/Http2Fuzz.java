package dev.sluice.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Connections that carry what no client of gRPC would send: frames that contradict each other,
 * messages whose length or flag lies, and sound conversations damaged anywhere. For one thread.
 */
final class Http2Fuzz {

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int GOAWAY = 7;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int GUARD_MILLIS = 60_000;
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final int port;
  private final GrpcFuzz messages;
  private final SplittableRandom random;

  Http2Fuzz(int port, GrpcFuzz messages) {
    this.port = port;
    this.messages = messages;
    this.random = messages.random;
  }

  /**
   * One connection. The outcome is a gRPC status, as {@code status 3}, or how HTTP/2 ended it: the
   * server has to say one or the other, or to close.
   *
   * @throws AssertionError if it does neither
   */
  String attack() throws IOException {
    ByteBuf sent = Unpooled.buffer().writeBytes(PREFACE);
    frame(sent, SETTINGS, 0, 0, new byte[0]);
    if (random.nextInt(3) > 0) {
      lie(sent);
      return answer(ByteBufUtil.getBytes(sent), false);
    }
    call(sent, messages.sound());
    if (random.nextBoolean()) {
      frame(sent, random.nextInt(12), random.nextInt(256), random.nextInt(4), bytes(40));
    }
    byte[] all = ByteBufUtil.getBytes(sent);
    int keep = random.nextInt(4) == 0 ? 0 : PREFACE.length; // what damage leaves alone
    byte[] rest = messages.damaged(java.util.Arrays.copyOfRange(all, keep, all.length));
    byte[] damaged = java.util.Arrays.copyOf(all, keep + rest.length);
    System.arraycopy(rest, 0, damaged, keep, rest.length);
    return answer(damaged, true);
  }

  private byte[] bytes(int most) {
    byte[] bytes = new byte[random.nextInt(most)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  private void call(ByteBuf out, GrpcFuzz.Request request) {
    frame(out, HEADERS, END_HEADERS, 1, headers(request, "POST", "x", "x"));
    frame(out, DATA, END_STREAM, 1, prefixed(0, request.message().length, request.message()));
  }

  /** A whole call, so that it has to be answered, of which one thing is not so. */
  private void lie(ByteBuf out) {
    GrpcFuzz.Request request = messages.damaged();
    byte[] message = request.message();
    byte[] prefixed = prefixed(0, message.length, message);
    byte[] headers = headers(request, "POST", "x", "x");
    switch (random.nextInt(9)) {
      case 0 -> prefixed = prefixed(1 + random.nextInt(255), message.length, message);
      case 1 -> prefixed = prefixed(0, message.length + 1 + random.nextInt(100), message);
      case 2 -> prefixed = prefixed(0, random.nextBoolean() ? -1 : Integer.MAX_VALUE, message);
      case 3 -> prefixed = prefixed(0, random.nextInt(message.length + 1), message);
      case 4 -> {
        prefixed = prefixed(1, message.length, message);
        headers = headers(request, "POST", "grpc-encoding", random.nextBoolean() ? "gzip" : "br");
      }
      case 5 -> headers = headers(request, random.nextBoolean() ? "GET" : "NO", "x", "x");
      case 6 -> headers = headers(request, "POST", "grpc-timeout", "-1x");
      case 7 -> prefixed = new byte[0];
      default ->
          prefixed = ByteBuffer.allocate(2 * prefixed.length).put(prefixed).put(prefixed).array();
    }
    frame(out, HEADERS, END_HEADERS, 1, headers);
    frame(out, DATA, END_STREAM, 1, prefixed);
  }

  private static byte[] prefixed(int flag, int length, byte[] message) {
    return ByteBuffer.allocate(5 + message.length)
        .put((byte) flag)
        .putInt(length)
        .put(message)
        .array();
  }

  private static byte[] headers(
      GrpcFuzz.Request request, String method, String more, String value) {
    Http2Headers headers =
        new DefaultHttp2Headers()
            .method(method)
            .scheme("http")
            .path("/" + request.method())
            .authority("test")
            .add("content-type", "application/grpc")
            .add("te", "trailers")
            .add(more, value);
    ByteBuf block = Unpooled.buffer();
    try {
      new DefaultHttp2HeadersEncoder().encodeHeaders(1, headers, block);
    } catch (Http2Exception impossible) {
      throw new AssertionError(impossible);
    }
    return ByteBufUtil.getBytes(block);
  }

  private static void frame(ByteBuf out, int type, int flags, int stream, byte[] payload) {
    out.writeMedium(payload.length).writeByte(type).writeByte(flags).writeInt(stream);
    out.writeBytes(payload);
  }

  private String answer(byte[] sent, boolean ends) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(GUARD_MILLIS);
      socket.getOutputStream().write(sent);
      if (ends) {
        socket.shutdownOutput(); // who knows whether what is left asks for an answer
      }
      return outcome(
          new DataInputStream(new BufferedInputStream(socket.getInputStream())),
          new DefaultHttp2HeadersDecoder(false));
    } catch (EOFException | SocketException closed) {
      return "closed";
    } catch (SocketTimeoutException silent) {
      throw new AssertionError(
          "neither an answer nor an end of " + java.util.HexFormat.of().formatHex(sent), silent);
    }
  }

  private static String outcome(DataInputStream in, DefaultHttp2HeadersDecoder decoder)
      throws IOException {
    String outcome = "data";
    while (true) {
      int first = in.readInt();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      byte[] payload = in.readNBytes(first >>> 8);
      switch (first & 0xFF) {
        case HEADERS -> outcome = status(decoder, stream, payload);
        case RST_STREAM -> {
          return "reset";
        }
        case GOAWAY -> {
          return "goaway";
        }
        default -> {}
      }
      boolean ofStream = (first & 0xFF) <= HEADERS;
      if (ofStream && (flags & END_STREAM) != 0) {
        return outcome;
      }
    }
  }

  private static String status(DefaultHttp2HeadersDecoder decoder, int stream, byte[] block) {
    try {
      Http2Headers headers = decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(block));
      return headers.contains("grpc-status")
          ? "status " + headers.get("grpc-status")
          : "http " + headers.status();
    } catch (Http2Exception unreadable) {
      throw new AssertionError(unreadable);
    }
  }
}
