package dev.sluice.server.grpc;

import io.grpc.Detachable;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A compressed message that is inflated as it is read.
 *
 * <p>Grpc reads a message where it was received, on the event loop, closes it there, and hides this
 * stream inside one of its own. A large message must be inflated elsewhere. So who wants that marks
 * the stream with {@link #keep}, which grpc's own passes on: then the next close is none. What is
 * not kept may not inflate to much. Used by one thread after another.
 */
final class Inflating extends InputStream {

  /** Makes a stream that inflates another. */
  @FunctionalInterface
  interface Opening {
    InputStream open(InputStream packed) throws IOException;
  }

  private static final int KEEP = -1;
  private static final int MOST_AT_ONCE = 4 << 20;

  private final InputStream packed;
  private final Opening opening;
  private @Nullable InputStream inflated;
  private boolean kept;
  private boolean spared;
  private long count;

  /**
   * @param packed what grpc hands out; its buffers are taken over
   */
  Inflating(InputStream packed, Opening opening) throws IOException {
    this.packed = packed instanceof Detachable detachable ? detachable.detach() : packed;
    this.opening = opening;
  }

  /** The stream, which may be hidden in another, is read after it was closed for the first time. */
  static void keep(InputStream stream) {
    stream.mark(KEEP);
  }

  @Override
  public void mark(int limit) {
    kept |= limit == KEEP;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (inflated == null) {
      inflated = opening.open(packed);
    }
    int read = inflated.read(target, offset, length);
    count += Math.max(read, 0);
    if (!kept && count > MOST_AT_ONCE) {
      throw Status.RESOURCE_EXHAUSTED
          .withDescription("message that inflates to more than " + MOST_AT_ONCE + " bytes")
          .asRuntimeException();
    }
    return read;
  }

  @Override
  public void close() throws IOException {
    if (kept && !spared) {
      spared = true;
      return;
    }
    if (inflated != null) {
      inflated.close();
    }
    packed.close();
  }
}
