package dev.sluice.load;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** The frames of HTTP/2 (RFC 9113), as far as a client of unary calls writes them. */
final class Http2 {

  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int ACK = 1;
  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;
  static final int PRIORITY = 32;

  static final int SETTING_TABLE_SIZE = 1;
  static final int SETTING_PUSH = 2;
  static final int SETTING_STREAMS = 3;
  static final int SETTING_WINDOW = 4;

  static final int NO_ERROR = 0;
  static final int REFUSED_STREAM = 7;
  static final int CANCEL = 8;
  static final int ENHANCE_YOUR_CALM = 11;

  static final int FRAME_HEAD = 9;
  static final int MOST_PAYLOAD = 16384;
  static final int FIRST_WINDOW = 65535;
  static final int LARGEST_WINDOW = Integer.MAX_VALUE;

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private Http2() {}

  static void frame(ByteBuf out, int length, int type, int flags, int stream) {
    out.writeMedium(length).writeByte(type).writeByte(flags).writeInt(stream);
  }

  /** What a client says first: it takes as much as comes, and no pushes. */
  static void hello(ByteBuf out) {
    out.writeBytes(PREFACE);
    frame(out, 12, SETTINGS, 0, 0);
    out.writeShort(SETTING_PUSH).writeInt(0);
    out.writeShort(SETTING_WINDOW).writeInt(LARGEST_WINDOW);
    windowUpdate(out, LARGEST_WINDOW - FIRST_WINDOW);
  }

  static void settingsAck(ByteBuf out) {
    frame(out, 0, SETTINGS, ACK, 0);
  }

  static void pingAck(ByteBuf out, long data) {
    frame(out, 8, PING, ACK, 0);
    out.writeLong(data);
  }

  /** Lets the server send more on the connection. */
  static void windowUpdate(ByteBuf out, int more) {
    frame(out, 4, WINDOW_UPDATE, 0, 0);
    out.writeInt(more);
  }

  static void reset(ByteBuf out, int stream, int code) {
    frame(out, 4, RST_STREAM, 0, stream);
    out.writeInt(code);
  }
}
