package dev.sluice.protocol;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * The bytes of one message: an array, or the pieces in which a transport received it. Pieces are
 * read where they lie, so that a large tensor is copied once, from the transport's buffers into its
 * own memory.
 *
 * <p>The bytes stay whose they were and must not change or go while anything read from them is in
 * use. Reading is safe from any thread.
 */
public abstract sealed class WireBytes {

  private WireBytes() {}

  /** A message in an array; not copied. */
  public static WireBytes of(byte[] message) {
    return new InArray(message);
  }

  /**
   * A message in pieces, of which each has bytes from its position to its limit; not copied.
   *
   * @throws IllegalArgumentException if they have more than 2<sup>31</sup>-1 bytes together
   */
  public static WireBytes of(List<ByteBuffer> pieces) {
    return new InPieces(pieces);
  }

  /** How many there are. */
  public abstract int length();

  /** All of them in one array: the one that they came in, or a copy. */
  public abstract byte[] array();

  /** A copy of some of them. */
  abstract byte[] array(int from, int count);

  /** Copies some of them. */
  abstract void copy(int from, MemorySegment target, long at, int count);

  /** A cursor over some of them. */
  abstract WireReader reader(int from, int count);

  private static final class InArray extends WireBytes {

    private final byte[] bytes;

    InArray(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public int length() {
      return bytes.length;
    }

    @Override
    public byte[] array() {
      return bytes;
    }

    @Override
    byte[] array(int from, int count) {
      return Arrays.copyOfRange(bytes, from, from + count);
    }

    @Override
    void copy(int from, MemorySegment target, long at, int count) {
      MemorySegment.copy(bytes, from, target, ValueLayout.JAVA_BYTE, at, count);
    }

    @Override
    WireReader reader(int from, int count) {
      return new WireReader(bytes, from, count);
    }
  }

  private static final class InPieces extends WireBytes {

    private final MemorySegment[] pieces;

    /** Where each piece begins, and at the end the length of all. */
    private final int[] starts;

    InPieces(List<ByteBuffer> buffers) {
      pieces = new MemorySegment[buffers.size()];
      starts = new int[buffers.size() + 1];
      for (int i = 0; i < pieces.length; i++) {
        pieces[i] = MemorySegment.ofBuffer(buffers.get(i));
        long end = starts[i] + pieces[i].byteSize();
        if (end > Integer.MAX_VALUE) {
          throw new IllegalArgumentException("pieces of more than 2^31-1 bytes");
        }
        starts[i + 1] = (int) end;
      }
    }

    @Override
    public int length() {
      return starts[pieces.length];
    }

    @Override
    public byte[] array() {
      return array(0, length());
    }

    @Override
    byte[] array(int from, int count) {
      byte[] copy = new byte[count];
      copy(from, MemorySegment.ofArray(copy), 0, count);
      return copy;
    }

    @Override
    void copy(int from, MemorySegment target, long at, int count) {
      int found = Arrays.binarySearch(starts, from);
      int piece = found >= 0 ? found : -found - 2;
      int copied = 0;
      while (copied < count) {
        long offset = (long) from + copied - starts[piece];
        long here = Math.min(pieces[piece].byteSize() - offset, count - copied);
        MemorySegment.copy(pieces[piece], offset, target, at + copied, here);
        copied += (int) here;
        piece++;
      }
    }

    @Override
    WireReader reader(int from, int count) {
      return new WireReader(this, from, count);
    }
  }
}
