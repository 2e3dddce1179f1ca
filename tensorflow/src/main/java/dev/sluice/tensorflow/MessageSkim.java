package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Steps through the fields of a serialised protobuf message of any size where it lies, off the
 * heap. Used by one thread.
 */
final class MessageSkim {

  private static final int VARINT = 0;
  private static final int EIGHT_BYTES = 1;
  private static final int BYTES = 2;
  private static final int FOUR_BYTES = 5;

  /** More than any field has that is brought to the heap. */
  private static final long MOST_ON_HEAP = 64 << 20;

  private final MemorySegment message;
  private long position;
  private long begin;
  private long tag;
  private long start;
  private long number;

  MessageSkim(MemorySegment message) {
    this.message = message;
  }

  /**
   * Goes to the next field; false where there is none.
   *
   * @throws IOException if there is something that is no field, or not all of one
   */
  boolean next() throws IOException {
    if (position == message.byteSize()) {
      return false;
    }
    begin = position;
    tag = varint();
    long length =
        switch ((int) tag & 7) {
          case VARINT -> {
            number = varint();
            yield 0; // reading it was stepping over it
          }
          case EIGHT_BYTES -> 8;
          case BYTES -> varint();
          case FOUR_BYTES -> 4;
          default -> throw new IOException("wire type " + (tag & 7) + " at byte " + position);
        };
    start = position;
    if (length < 0 || length > message.byteSize() - start) {
      throw new IOException(
          "a field of %d bytes begins at byte %d of %d"
              .formatted(length, start, message.byteSize()));
    }
    position = start + length;
    return true;
  }

  /** True iff this field has the number, and is a message, a string or bytes. */
  boolean isBytes(int fieldNumber) {
    return tag == ((long) fieldNumber << 3 | BYTES);
  }

  /** True iff this field has the number, and is a plain number itself. */
  boolean isNumber(int fieldNumber) {
    return tag == ((long) fieldNumber << 3 | VARINT);
  }

  /** This field's value, where it is a plain number. */
  long number() {
    return number;
  }

  /** This field's bytes, where they lie. */
  MemorySegment content() {
    return message.asSlice(start, position - start);
  }

  /** This field with its number and length, where it lies: a message of one field. */
  MemorySegment whole() {
    return message.asSlice(begin, position - begin);
  }

  /**
   * This field's bytes, of which there are few.
   *
   * @throws IOException if there are more than any sound message has
   */
  ByteBuffer shortContent() throws IOException {
    if (position - start > MOST_ON_HEAP) {
      throw new IOException("field %d has %d bytes".formatted(tag >>> 3, position - start));
    }
    return content().asByteBuffer();
  }

  private long varint() throws IOException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (position == message.byteSize()) {
        throw new IOException("the bytes end in the middle of a number, after " + position);
      }
      byte next = message.get(JAVA_BYTE, position++);
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IOException("a number of more than 10 bytes at byte " + position);
  }
}
