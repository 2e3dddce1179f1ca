package dev.sluice.load;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One call at a time, on a new stream of HTTP/2 each time. */
final class GrpcStream extends Slot {

  /** The stream of the call that is going on. */
  int id;

  /** How much of the message was sent. */
  int offset;

  /** How much more of it the server takes; below zero after it changed its mind. */
  long window;

  /** The code of the answer, or what is known of it. */
  int code;

  private byte[] answer = new byte[0];
  private int answerLength;

  GrpcStream(LoadConnection connection) {
    super(connection);
  }

  void begin(int newId, long newWindow) {
    id = newId;
    window = newWindow;
    offset = 0;
    code = AnswerHeaders.NONE;
    answerLength = 0;
  }

  /** Takes a part of the answer. */
  void keep(ByteBuf in) {
    int length = in.readableBytes();
    if (answer.length - answerLength < length) {
      answer = Arrays.copyOf(answer, Math.max(answerLength + length, 2 * answer.length));
    }
    in.readBytes(answer, answerLength, length);
    answerLength += length;
  }

  /** The answer's message without its prefix; null if it is not whole. */
  @Nullable ByteBuffer message() {
    if (answerLength < GrpcRequests.PREFIX) {
      return null;
    }
    ByteBuffer whole = ByteBuffer.wrap(answer, 0, answerLength);
    boolean plain = whole.get() == 0;
    return plain && whole.getInt() == whole.remaining() ? whole.slice() : null;
  }
}
