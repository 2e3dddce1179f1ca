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
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * One gRPC call over a socket of its own, frame by frame. It sends no more of its message than the
 * server lets it, from arrays that many calls may share, so a test can have hundreds of large ones.
 */
final class RawGrpc implements AutoCloseable {

  /**
   * How it went.
   *
   * @param status the number of the gRPC status; -1 if the connection or stream ended without one
   * @param received bytes of the answer
   * @param sent bytes of the message that the server took
   */
  record Outcome(int status, String text, long received, long sent) {}

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int END_STREAM = 1;
  private static final int ACK = 1;
  private static final int END_HEADERS = 4;
  private static final int STREAM = 1;
  private static final int MOST = 16_384;

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();
  private long connectionWindow = 65_535;
  private long streamWindow = 65_535;
  private long received;
  private long sent;
  private int status = -1;
  private String text = "";
  private boolean ended;

  RawGrpc(int port) throws IOException {
    this(port, false);
  }

  /**
   * @param slowly whether the first words are sent byte by byte
   */
  RawGrpc(int port, boolean slowly) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(120_000);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
    out = new DataOutputStream(socket.getOutputStream());
    socket.setTcpNoDelay(slowly);
    byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    for (int at = 0; at < preface.length; at += slowly ? 1 : preface.length) {
      out.write(preface, at, slowly ? 1 : preface.length);
    }
    ByteBuf settings = Unpooled.buffer().writeShort(4).writeInt(Integer.MAX_VALUE);
    frame(SETTINGS, 0, 0, ByteBufUtil.getBytes(settings));
    frame(WINDOW_UPDATE, 0, 0, number(Integer.MAX_VALUE - 65_535));
  }

  private static byte[] number(int value) {
    return ByteBufUtil.getBytes(Unpooled.buffer().writeInt(value));
  }

  /** Begins a call of Predict that announces a message of so many bytes. */
  void begin(long length) throws IOException {
    Http2Headers headers =
        new DefaultHttp2Headers()
            .method("POST")
            .scheme("http")
            .path("/tensorflow.serving.PredictionService/Predict")
            .authority("test")
            .add("content-type", "application/grpc")
            .add("te", "trailers");
    ByteBuf block = Unpooled.buffer();
    try {
      new DefaultHttp2HeadersEncoder().encodeHeaders(STREAM, headers, block);
    } catch (Http2Exception impossible) {
      throw new AssertionError(impossible);
    }
    frame(HEADERS, END_HEADERS, STREAM, ByteBufUtil.getBytes(block));
    ByteBuf prefix = Unpooled.buffer().writeByte(0).writeInt((int) length);
    frame(DATA, 0, STREAM, ByteBufUtil.getBytes(prefix));
    connectionWindow -= 5;
    streamWindow -= 5;
  }

  /** A whole call of Predict; its message is the two arrays, one after the other. */
  Outcome call(byte[] head, byte[] body) throws IOException {
    begin((long) head.length + body.length);
    send(head);
    send(body);
    if (!ended) {
      frame(DATA, END_STREAM, STREAM, new byte[0]);
    }
    return outcome();
  }

  /** Begins a call of Predict and sends its message, or that and that it is the last. */
  void send(byte[] message, boolean last) throws IOException {
    begin(message.length);
    frame(DATA, last ? END_STREAM : 0, STREAM, message);
  }

  /** Waits for the end of the call. */
  Outcome outcome() throws IOException {
    try {
      while (!ended) {
        read();
      }
    } catch (EOFException gone) {
      ended = true;
    }
    return new Outcome(status, text, received, sent);
  }

  private void send(byte[] bytes) throws IOException {
    int at = 0;
    while (at < bytes.length && !ended) {
      int some = (int) Math.min(Math.min(connectionWindow, streamWindow), bytes.length - at);
      some = Math.min(some, MOST);
      if (some <= 0 || in.available() > 0) {
        read();
        continue;
      }
      out.writeInt(some << 8 | DATA);
      out.writeByte(0);
      out.writeInt(STREAM);
      out.write(bytes, at, some);
      at += some;
      sent += some;
      connectionWindow -= some;
      streamWindow -= some;
    }
  }

  private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
    out.writeInt(payload.length << 8 | type);
    out.writeByte(flags);
    out.writeInt(stream);
    out.write(payload);
  }

  private void read() throws IOException {
    int first = in.readInt();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    int type = first & 0xFF;
    int length = first >>> 8;
    if (type == DATA) {
      in.skipNBytes(length);
      received += length;
      ended = (flags & END_STREAM) != 0;
      return;
    }
    ByteBuf payload = Unpooled.wrappedBuffer(in.readNBytes(length));
    switch (type) {
      case HEADERS -> headers(payload, (flags & END_STREAM) != 0);
      case RST_STREAM, GOAWAY -> ended = true;
      case SETTINGS -> settings(payload, flags);
      case PING -> {
        if (flags == 0) {
          frame(PING, ACK, 0, ByteBufUtil.getBytes(payload));
        }
      }
      case WINDOW_UPDATE -> {
        if (stream == 0) {
          connectionWindow += payload.readInt();
        } else {
          streamWindow += payload.readInt();
        }
      }
      default -> {}
    }
  }

  private void settings(ByteBuf payload, int flags) throws IOException {
    if (flags == ACK) {
      return;
    }
    while (payload.isReadable()) {
      int key = payload.readShort();
      int value = payload.readInt();
      if (key == 4) {
        streamWindow += value - 65_535;
      }
    }
    frame(SETTINGS, ACK, 0, new byte[0]);
  }

  private void headers(ByteBuf block, boolean last) {
    try {
      Http2Headers headers = decoder.decodeHeaders(STREAM, block);
      if (headers.contains("grpc-status")) {
        status = headers.getInt("grpc-status");
        text = String.valueOf(headers.get("grpc-message"));
      }
    } catch (Http2Exception unreadable) {
      throw new AssertionError(unreadable);
    }
    ended = last;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
