package dev.sluice.protocol;

import java.nio.charset.StandardCharsets;

/**
 * A cursor over protobuf bytes. Reads nothing behind its own end, allocates only strings, and knows
 * where it stands, so that values can be copied straight from the array. Not thread-safe.
 */
final class WireReader {

  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int START_GROUP = 3;
  static final int END_GROUP = 4;
  static final int FIXED32 = 5;

  private static final int MAX_GROUP_DEPTH = 100;

  private final byte[] wire;
  private final int end;
  private int position;

  WireReader(byte[] wire, int offset, int length) {
    this.wire = wire;
    this.position = offset;
    this.end = offset + length;
  }

  /** The tag of a field with this number and wire type. */
  static int tag(int field, int wireType) {
    return field << 3 | wireType;
  }

  int position() {
    return position;
  }

  /** How many bytes are left. */
  int remaining() {
    return end - position;
  }

  boolean atEnd() {
    return position == end;
  }

  /** The next tag; field number and wire type are legal. */
  int readTag() {
    int start = position;
    long tag = readVarint();
    int wireType = (int) tag & 7;
    if (tag >>> 32 != 0 || tag >>> 3 == 0 || wireType > FIXED32) {
      throw new MalformedWireException("invalid tag", start);
    }
    return (int) tag;
  }

  long readVarint() {
    int start = position;
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = readByte();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new MalformedWireException("varint of more than ten bytes", start);
  }

  private byte readByte() {
    if (position == end) {
      throw new MalformedWireException("truncated message", position);
    }
    return wire[position++];
  }

  /** The length of a length-delimited field, whose bytes follow at {@link #position()}. */
  int readLength() {
    int start = position;
    long length = readVarint();
    if (length < 0 || length > end - position) {
      throw new MalformedWireException("length beyond the end of the message", start);
    }
    return (int) length;
  }

  /** A length-delimited field as a message of its own. */
  WireReader readMessage() {
    int length = readLength();
    WireReader message = new WireReader(wire, position, length);
    position += length;
    return message;
  }

  /** A {@code string} field, which has to be UTF-8. */
  String readString() {
    int length = readLength();
    if (!Utf8.isValid(wire, position, position + length)) {
      throw new MalformedWireException("string that is not UTF-8", position);
    }
    String text = new String(wire, position, length, StandardCharsets.UTF_8);
    position += length;
    return text;
  }

  /** Passes over as many bytes. */
  void advance(int bytes) {
    if (bytes > end - position) {
      throw new MalformedWireException("truncated message", end);
    }
    position += bytes;
  }

  /** Passes over the value that follows this tag. */
  void skip(int tag) {
    skip(tag, 0);
  }

  private void skip(int tag, int depth) {
    switch (tag & 7) {
      case VARINT -> readVarint();
      case FIXED64 -> advance(Long.BYTES);
      case BYTES -> advance(readLength());
      case START_GROUP -> skipGroup(tag >>> 3, depth + 1);
      case FIXED32 -> advance(Integer.BYTES);
      default -> throw new MalformedWireException("end of a group that was not begun", position);
    }
  }

  // Recursion that input can't overflow: groups nest a hundred deep at most, as in protobuf.
  private void skipGroup(int field, int depth) {
    if (depth > MAX_GROUP_DEPTH) {
      throw new MalformedWireException("groups nested too deeply", position);
    }
    while (true) {
      int tag = readTag();
      if (tag == tag(field, END_GROUP)) {
        return;
      }
      skip(tag, depth);
    }
  }
}
