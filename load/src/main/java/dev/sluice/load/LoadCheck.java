package dev.sluice.load;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which answers are right. Immutable, if the bytes' check is.
 *
 * @param status the HTTP status or gRPC code that is expected
 * @param bytes looks at the body or message of answers with that status; null to skip it, which
 *     costs least
 */
public record LoadCheck(int status, @Nullable Bytes bytes) {

  /** Looks at what an answer says. Called on the load's threads, several at once if it has some. */
  @FunctionalInterface
  public interface Bytes {
    /**
     * Whether an answer is right.
     *
     * @param request the index of the request in the plan's list
     * @param answer the body over REST, the message over gRPC; valid during the call only
     */
    boolean right(int request, ByteBuffer answer);
  }

  /** The status alone decides. */
  public static LoadCheck ofStatus(int status) {
    return new LoadCheck(status, null);
  }

  /** Answers must be these bytes, one for each request of the plan. */
  public static LoadCheck ofBytes(int status, List<byte[]> answers) {
    List<ByteBuffer> expected =
        answers.stream()
            .map(answer -> ByteBuffer.wrap(Arrays.copyOf(answer, answer.length)))
            .toList();
    return new LoadCheck(status, (request, answer) -> expected.get(request).equals(answer));
  }
}
