package dev.sluice.protocol;

import dev.sluice.status.StatusException;
import java.util.Arrays;

/** Protobuf bytes whose number is not known before. Grows as needed; not thread-safe. */
final class WireBuffer {

  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;
  private static final int LONGEST_VARINT = 10;

  private byte[] bytes = new byte[64];
  private int size;

  /** The array written to, until more is written. */
  byte[] bytes() {
    return bytes;
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  /** Leaves out as many bytes, to be filled in later. */
  void skip(int count) {
    reserve(count);
    size += count;
  }

  void varint(long value) {
    reserve(LONGEST_VARINT);
    size = putVarint(value, size);
  }

  void fixed32(int bits) {
    reserve(Integer.BYTES);
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      bytes[size++] = (byte) (bits >>> shift);
    }
  }

  /** Tag and length of a field whose bytes come next. */
  void header(int tag, int length) {
    varint(tag);
    varint(length);
  }

  void raw(byte[] source, int length) {
    reserve(length);
    System.arraycopy(source, 0, bytes, size, length);
    size += length;
  }

  /**
   * Puts tag and length of a field right before its bytes, which were written behind a gap.
   *
   * @param from where the field's bytes begin; they end where this buffer does
   * @return where the header begins
   */
  int headerBefore(int from, int tag) {
    int length = size - from;
    int start = from - WireWriter.varintSize(tag) - WireWriter.varintSize(length);
    int unused = putVarint(length, putVarint(tag, start));
    assert unused == from;
    return start;
  }

  private int putVarint(long value, int offset) {
    int at = offset;
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[at++] = (byte) rest;
    return at;
  }

  private void reserve(int more) {
    if (more > bytes.length - size) {
      grow(more);
    }
  }

  private void grow(int more) {
    long needed = (long) size + more;
    if (needed > LARGEST_ARRAY) {
      throw StatusException.resourceExhausted(
          "examples of more than %d bytes, the most that one request may have", LARGEST_ARRAY);
    }
    bytes = Arrays.copyOf(bytes, (int) Math.min(LARGEST_ARRAY, Math.max(needed, 2L * size)));
  }
}
