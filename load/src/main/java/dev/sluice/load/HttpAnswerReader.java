package dev.sluice.load;

import dev.sluice.status.StatusException;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads answers of HTTP/1.1 whose length is told, one after the other, without an object for any of
 * them. Belongs to one connection.
 */
final class HttpAnswerReader {

  private static final int MOST_HEAD_BYTES = 1 << 16;
  private static final int MOST_BODY_BYTES = 1 << 30;
  private static final byte[] CONTENT_LENGTH = ascii("content-length:");
  private static final byte[] CONNECTION = ascii("connection:");
  private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding:");
  private static final byte[] CLOSE = ascii("close");
  private static final byte[] VERSION = ascii("http/1.");

  private final IntPredicate wanted;
  private byte[] head = new byte[512];
  private int headLength;
  private boolean inBody;
  private int bodyLeft;
  private boolean keep;
  private byte[] body = new byte[0];
  private int bodyLength;
  private int status;
  private int contentLength;
  private boolean closes;

  /** Keeps the bodies of answers whose status is wanted, and skips the others. */
  HttpAnswerReader(IntPredicate wanted) {
    this.wanted = wanted;
  }

  /**
   * Reads on.
   *
   * @return true if an answer ends here; what follows is left in the buffer
   * @throws StatusException UNAVAILABLE if this is no answer that it understands
   */
  boolean read(ByteBuf in) {
    if (!inBody && !readHead(in)) {
      return false;
    }
    int length = Math.min(bodyLeft, in.readableBytes());
    if (keep) {
      in.readBytes(body, bodyLength, length);
      bodyLength += length;
    } else {
      in.skipBytes(length);
    }
    bodyLeft -= length;
    inBody = bodyLeft > 0;
    return !inBody;
  }

  int status() {
    return status;
  }

  /** Whether the server ends the connection after this answer. */
  boolean closes() {
    return closes;
  }

  /** The body, valid until the next {@link #read}; null if it was skipped. */
  @Nullable ByteBuffer body() {
    return keep ? ByteBuffer.wrap(body, 0, bodyLength).slice() : null;
  }

  private boolean readHead(ByteBuf in) {
    while (in.isReadable()) {
      int length = Math.min(in.readableBytes(), head.length - headLength);
      in.getBytes(in.readerIndex(), head, headLength, length);
      int end = endOfHead(Math.max(0, headLength - 3), headLength + length);
      if (end >= 0) {
        in.skipBytes(end - headLength);
        headLength = 0;
        if (parse(end)) {
          return true;
        }
      } else {
        in.skipBytes(length);
        headLength += length;
        makeRoom();
      }
    }
    return false;
  }

  private void makeRoom() {
    if (headLength == MOST_HEAD_BYTES) {
      throw malformed("a head of more than " + MOST_HEAD_BYTES + " bytes");
    }
    if (headLength == head.length) {
      head = Arrays.copyOf(head, 2 * head.length);
    }
  }

  /** Where the empty line ends, or -1. */
  private int endOfHead(int from, int to) {
    for (int i = from; i + 3 < to; i++) {
      if (head[i] == '\r' && head[i + 1] == '\n' && head[i + 2] == '\r' && head[i + 3] == '\n') {
        return i + 4;
      }
    }
    return -1;
  }

  /** Reads what counts of the head; false if an interim answer ends here and another follows. */
  private boolean parse(int end) {
    if (end < 16 || !startsWith(VERSION, 0, end)) {
      throw malformed("no HTTP/1 status line");
    }
    status = digits(9, 12);
    closes = head[7] == '0';
    contentLength = -1;
    for (int line = nextLine(0, end); line < end - 2; line = nextLine(line, end)) {
      header(line, end);
    }
    if (status < 200) {
      return false;
    }
    begin(status == 204 || status == 304 ? 0 : contentLength);
    return true;
  }

  private void begin(int length) {
    if (length < 0) {
      throw malformed("an answer without content-length");
    }
    bodyLeft = length;
    bodyLength = 0;
    keep = wanted.test(status);
    if (keep && body.length < length) {
      body = new byte[length];
    }
    inBody = true;
  }

  private void header(int line, int end) {
    // The first letter tells whether it can be one of the three.
    int letter = head[line] | 0x20;
    if (letter == 'c') {
      if (startsWith(CONTENT_LENGTH, line, end)) {
        contentLength = number(line + CONTENT_LENGTH.length);
      } else if (startsWith(CONNECTION, line, end)) {
        int value = skipSpaces(line + CONNECTION.length);
        closes = startsWith(CLOSE, value, end);
      }
    } else if (letter == 't' && startsWith(TRANSFER_ENCODING, line, end)) {
      throw malformed("an answer with transfer-encoding");
    }
  }

  private int nextLine(int from, int end) {
    for (int i = from; i < end; i++) {
      if (head[i] == '\n') {
        return i + 1;
      }
    }
    return end;
  }

  private int number(int from) {
    int at = skipSpaces(from);
    int end = at;
    while (head[end] != '\r') {
      end++;
    }
    if (end == at || end - at > 10) {
      throw malformed("content-length of " + (end - at) + " digits");
    }
    return digits(at, end);
  }

  private int digits(int from, int to) {
    long value = 0;
    for (int i = from; i < to; i++) {
      int digit = head[i] - '0';
      if (digit < 0 || digit > 9) {
        throw malformed("a number with the byte " + head[i]);
      }
      value = value * 10 + digit;
    }
    if (value > MOST_BODY_BYTES) {
      throw malformed("content-length " + value + ", expected at most " + MOST_BODY_BYTES);
    }
    return (int) value;
  }

  private int skipSpaces(int from) {
    int at = from;
    while (head[at] == ' ') {
      at++;
    }
    return at;
  }

  /** Compares without regard to case; the word is in lower case. */
  private boolean startsWith(byte[] word, int at, int end) {
    if (end - at < word.length) {
      return false;
    }
    for (int i = 0; i < word.length; i++) {
      int letter = head[at + i];
      if ((letter >= 'A' && letter <= 'Z' ? letter | 0x20 : letter) != word[i]) {
        return false;
      }
    }
    return true;
  }

  private static StatusException malformed(String what) {
    return StatusException.unavailable("the answer is not understood: %s", what);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
