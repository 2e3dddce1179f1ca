package dev.sluice.protocol;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes protobuf fields into an array that was sized for them, or through a small one to a stream.
 * Not thread-safe.
 */
final class WireWriter {

  private static final int PIECE = 64 * 1024;
  private static final int LONGEST_VARINT = 10;

  private final byte[] target;
  private final @Nullable OutputStream stream;

  /** Up to here there is room for a varint. */
  private final int limit;

  private int position;

  WireWriter(byte[] target, int offset) {
    this.target = target;
    this.position = offset;
    this.stream = null;
    this.limit = Integer.MAX_VALUE;
  }

  /** A writer whose bytes are in the stream after {@link #flush}. */
  WireWriter(OutputStream stream) {
    this.target = new byte[PIECE];
    this.stream = stream;
    this.limit = PIECE - LONGEST_VARINT;
  }

  /** Hands on what the stream has not got yet; not for writers into an array. */
  void flush() {
    try {
      Objects.requireNonNull(stream).write(target, 0, position);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    position = 0;
  }

  /** Bytes that a varint takes: 1 to 10. */
  static int varintSize(long value) {
    return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
  }

  /** Bytes of a length-delimited field with a one-byte tag, tag and length included. */
  static long fieldSize(long length) {
    return 1 + varintSize(length) + length;
  }

  /** The array written to. */
  byte[] target() {
    return target;
  }

  int position() {
    return position;
  }

  void varint(long value) {
    if (position > limit) {
      flush();
    }
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      target[position++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    target[position++] = (byte) rest;
  }

  /** Tag and value of a float field. */
  void floating(int tag, float value) {
    varint(tag);
    int bits = Float.floatToRawIntBits(value);
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      target[position++] = (byte) (bits >>> shift);
    }
  }

  /** Tag and length of a field whose bytes come next. */
  void header(int tag, long length) {
    varint(tag);
    varint(length);
  }

  void bytes(int tag, byte[] value) {
    header(tag, value.length);
    raw(value);
  }

  void raw(byte[] value) {
    int from = 0;
    while (value.length - from > target.length - position) {
      int fitting = target.length - position;
      System.arraycopy(value, from, target, position, fitting);
      from += fitting;
      position += fitting;
      flush();
    }
    System.arraycopy(value, from, target, position, value.length - from);
    position += value.length - from;
  }

  void raw(MemorySegment data) {
    long from = 0;
    while (data.byteSize() - from > target.length - position) {
      int fitting = target.length - position;
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, from, target, position, fitting);
      from += fitting;
      position += fitting;
      flush();
    }
    int rest = (int) (data.byteSize() - from);
    MemorySegment.copy(data, ValueLayout.JAVA_BYTE, from, target, position, rest);
    position += rest;
  }
}
