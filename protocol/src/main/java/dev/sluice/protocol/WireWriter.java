package dev.sluice.protocol;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Writes protobuf fields into an array that was sized for them. Not thread-safe. */
final class WireWriter {

  private final byte[] target;
  private int position;

  WireWriter(byte[] target, int offset) {
    this.target = target;
    this.position = offset;
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
    System.arraycopy(value, 0, target, position, value.length);
    position += value.length;
  }

  void raw(MemorySegment data) {
    int length = (int) data.byteSize();
    MemorySegment.copy(data, ValueLayout.JAVA_BYTE, 0, target, position, length);
    position += length;
  }
}
