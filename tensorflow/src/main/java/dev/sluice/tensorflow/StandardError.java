package dev.sluice.tensorflow;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Descriptor 2 of the process, taken over: what native code writes to it goes through a pipe to
 * whoever reads here, while what is written here goes where standard error led before. On Linux.
 *
 * <p><b>Nobody waits for the reader.</b> A writer that finds the pipe full loses its line, since
 * the other choice is to hang inside TensorFlow. The pipe has room for a mebibyte.
 *
 * <p><b>Last words.</b> Code that finds the process broken writes why and aborts it at once; what
 * is then in the pipe would be lost, and it is the line that matters. So the signal of an abort is
 * handled for as long as this is open: by the C library's own {@code sleep}. It is called with the
 * number of the signal, which is 6, so the thread that aborts sleeps for six seconds, in which the
 * others go on, the reader among them, and then the abort goes on as if nothing had been. No code
 * of ours, and none of Java, runs in the handler, where neither could.
 *
 * <p>At most one per process. Reading is for one thread; the rest is thread-safe.
 */
public final class StandardError implements AutoCloseable {

  private static final boolean LINUX = System.getProperty("os.name", "").equals("Linux");
  private static final int STANDARD_ERROR = 2;
  private static final int ROOM = 1 << 20;
  private static final int CHUNK = 64 * 1024;

  /** A call that a signal interrupts is made again; one that fails so often in a row is no such. */
  private static final int INTERRUPTIONS = 100;

  private final int before;
  private final int end;
  private final MemorySegment buffer = Arena.ofAuto().allocate(CHUNK);
  private boolean closed;

  private StandardError(int before, int end) {
    this.before = before;
    this.end = end;
  }

  /** Takes it over; empty where that is not possible, and then nothing has changed. */
  public static Optional<StandardError> take() {
    if (!LINUX) {
      return Optional.empty();
    }
    int[] pipe = CDescriptors.pipe();
    int before = CDescriptors.duplicate(STANDARD_ERROR);
    if (pipe[0] < 0 || before < 0) {
      return Optional.empty();
    }
    CDescriptors.neverBlock(pipe[1], ROOM);
    CDescriptors.sleepBeforeAbort();
    boolean taken = CDescriptors.redirect(STANDARD_ERROR, pipe[1]);
    CDescriptors.close(pipe[1]);
    if (!taken) {
      CDescriptors.abortAtOnce();
      return Optional.empty();
    }
    return Optional.of(new StandardError(before, pipe[0]));
  }

  /**
   * Waits for what others write.
   *
   * @return some bytes of it, in order; none when this was closed and everything has been read
   */
  public byte[] read() {
    int count = CDescriptors.read(end, buffer);
    for (int tries = 0; count < 0 && tries < INTERRUPTIONS; tries++) {
      count = CDescriptors.read(end, buffer); // a signal came in between
    }
    return count <= 0 ? new byte[0] : buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
  }

  /** Writes where standard error led before. */
  public void write(byte[] bytes) {
    CDescriptors.write(before, bytes, bytes.length);
  }

  /** Gives it back. Who reads gets what is left, and then nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      var _ = CDescriptors.redirect(STANDARD_ERROR, before);
      CDescriptors.abortAtOnce();
    }
  }
}
