package dev.sluice.tensorflow;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A serialised protobuf message in pieces, so that what is large stays where it lies until the
 * whole is put together. Immutable.
 *
 * @param parts in order
 * @param size bytes of all parts
 */
record Pieces(List<MemorySegment> parts, long size) {

  private static final int VARINT = 0;
  private static final int BYTES = 2;

  static final Pieces NONE = new Pieces(List.of(), 0);

  /** Bytes as they are: a message, or a field's content. */
  static Pieces of(MemorySegment bytes) {
    return new Pieces(List.of(bytes), bytes.byteSize());
  }

  static Pieces of(byte[] bytes) {
    return of(MemorySegment.ofArray(bytes));
  }

  static Pieces all(List<Pieces> several) {
    List<MemorySegment> parts = new ArrayList<>();
    several.forEach(pieces -> parts.addAll(pieces.parts));
    return new Pieces(parts, several.stream().mapToLong(Pieces::size).sum());
  }

  /** A field that is a message or bytes. */
  static Pieces field(int number, Pieces content) {
    Pieces head = all(List.of(varint((long) number << 3 | BYTES), varint(content.size)));
    return all(List.of(head, content));
  }

  static Pieces text(int number, String value) {
    return field(number, of(value.getBytes(UTF_8)));
  }

  static Pieces number(int number, long value) {
    return all(List.of(varint((long) number << 3 | VARINT), varint(value)));
  }

  private static Pieces varint(long value) {
    byte[] bytes = new byte[10];
    int length = 0;
    long rest = value;
    for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
      bytes[length++] = (byte) (rest | 0x80);
    }
    bytes[length++] = (byte) rest;
    return of(MemorySegment.ofArray(bytes).asSlice(0, length));
  }

  /** All of it in one place. */
  MemorySegment together(Arena arena) {
    MemorySegment whole = arena.allocate(size);
    long position = 0;
    for (MemorySegment part : parts) {
      MemorySegment.copy(part, 0, whole, position, part.byteSize());
      position += part.byteSize();
    }
    return whole;
  }
}
