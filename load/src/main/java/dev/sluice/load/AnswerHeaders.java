package dev.sluice.load;

import dev.sluice.status.StatusException;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/**
 * Reads from header blocks what a load wants to know: the gRPC code. Netty decodes them. But most
 * blocks are nothing but references into the table, which they leave as it is; so what such a block
 * said is remembered by its bytes until another kind of block comes. Belongs to one connection.
 */
final class AnswerHeaders {

  /** There was no code in the block, and no HTTP error. */
  static final int NONE = -1;

  private static final int REMEMBERED = 8;
  private static final int REFERENCE = 0x80;
  private static final int LONG_REFERENCE = 0xff;
  private static final int MOST_CODES = 1000;

  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();
  private final long[] blocks = new long[REMEMBERED];
  private final int[] codes = new int[REMEMBERED];
  private int remembered;
  private @Nullable CharSequence message;

  /**
   * The code that a block gives.
   *
   * @param block the whole block; read to its end
   * @return grpc-status, or what an HTTP status other than 200 stands for, or {@link #NONE}
   */
  int read(int stream, ByteBuf block) {
    long key = key(block);
    for (int i = 0; i < remembered; i++) {
      if (blocks[i] == key) {
        block.skipBytes(block.readableBytes());
        message = null;
        return codes[i];
      }
    }
    int code = decode(stream, block);
    if (key == 0) {
      remembered = 0;
    } else if (message == null) {
      remember(key, code);
    }
    return code;
  }

  /** The words beside the last code that {@link #read} gave; null if there were none. */
  @Nullable CharSequence message() {
    return message;
  }

  private void remember(long key, int code) {
    if (remembered < REMEMBERED) {
      blocks[remembered] = key;
      codes[remembered++] = code;
    }
  }

  /** The bytes of a block of one-byte references, up to eight; 0 for any other block. */
  private static long key(ByteBuf block) {
    int length = block.readableBytes();
    if (length > Long.BYTES) {
      return 0;
    }
    long key = 0;
    for (int i = 0; i < length; i++) {
      int next = block.getUnsignedByte(block.readerIndex() + i);
      if (next < REFERENCE || next == LONG_REFERENCE) {
        return 0;
      }
      key = (key << 8) | next;
    }
    return key;
  }

  private int decode(int stream, ByteBuf block) {
    Http2Headers headers;
    try {
      headers = decoder.decodeHeaders(stream, block);
    } catch (Http2Exception failure) {
      throw StatusException.unavailable("the answer is not understood: %s", failure.getMessage());
    }
    message = headers.get("grpc-message");
    CharSequence code = headers.get("grpc-status");
    if (code != null) {
      return number(code, MOST_CODES);
    }
    CharSequence status = headers.status();
    return status == null ? NONE : codeOf(number(status, MOST_CODES));
  }

  /** What the gRPC specification makes of an answer that only has an HTTP status. */
  private static int codeOf(int httpStatus) {
    return switch (httpStatus) {
      case 200 -> NONE;
      case 400 -> 13;
      case 401 -> 16;
      case 403 -> 7;
      case 404 -> 12;
      case 429, 502, 503, 504 -> 14;
      default -> 2;
    };
  }

  private static int number(CharSequence text, int below) {
    int value = 0;
    for (int i = 0; i < text.length() && value < below; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        throw StatusException.unavailable("the answer is not understood: status \"%s\"", text);
      }
      value = value * 10 + digit;
    }
    return value;
  }
}
