package dev.sluice.protocol;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over protobuf bytes. Reads nothing behind its own end, allocates only strings, and knows
 * where it stands, so that values can be copied straight from where they lie. Not thread-safe.
 *
 * <p>It reads from an array. Of a message in pieces that is a window, which holds a copy of the
 * bytes at hand and is filled again where the cursor leaves it; of an array it is the whole.
 */
final class WireReader {

  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int START_GROUP = 3;
  static final int END_GROUP = 4;
  static final int FIXED32 = 5;

  private static final int MAX_GROUP_DEPTH = 100;
  private static final byte[] NOTHING = {};

  private static final int WINDOW = 4096;

  /** Null where the window is all there is. */
  private final @Nullable WireBytes source;

  private final int end;
  private byte[] window;

  /** The positions of the window's first byte and behind its last. */
  private int windowStart;

  private int windowEnd;
  private int position;

  WireReader(byte[] wire, int offset, int length) {
    this.source = null;
    this.window = wire;
    this.position = offset;
    this.end = offset + length;
    this.windowEnd = end;
  }

  /** A cursor over bytes that are in no array. */
  WireReader(WireBytes source, int offset, int length) {
    this.source = source;
    this.window = NOTHING;
    this.position = offset;
    this.end = offset + length;
    this.windowEnd = offset;
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
    if (position >= windowEnd) {
      fill();
    }
    return window[position++ - windowStart];
  }

  private void fill() {
    if (position == end || source == null) {
      throw new MalformedWireException("truncated message", position);
    }
    int count = Math.min(WINDOW, end - position);
    if (window.length < count) {
      window = new byte[count];
    }
    source.copy(position, MemorySegment.ofArray(window), 0, count);
    windowStart = position;
    windowEnd = position + count;
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
    WireReader message =
        source == null
            ? new WireReader(window, position, length)
            : new WireReader(source, position, length);
    position += length;
    return message;
  }

  /** A {@code string} field, which has to be UTF-8. */
  String readString() {
    int length = readLength();
    byte[] bytes = source == null ? window : source.array(position, length);
    int start = source == null ? position : 0;
    if (!Utf8.isValid(bytes, start, start + length)) {
      throw new MalformedWireException("string that is not UTF-8", position);
    }
    String text = new String(bytes, start, length, StandardCharsets.UTF_8);
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
