package dev.sluice.protocol;

import dev.sluice.model.DataType;
import dev.sluice.status.StatusException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian access to the elements in a tensor's buffer. */
final class Elements {

  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Elements() {}

  /** Stores the low bytes of a value as the element that begins at this offset. */
  static void set(MemorySegment data, long offset, int elementSize, long value) {
    switch (elementSize) {
      case 1 -> data.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
      case 2 -> data.set(SHORT, offset, (short) value);
      case 4 -> data.set(INT, offset, (int) value);
      default -> data.set(LONG, offset, value);
    }
  }

  /**
   * An element of an integer, boolean or 16-bit float type: sign-extended where the type is signed,
   * zero-extended where it is not or where it is a bit pattern. UINT64 keeps its 64 bits.
   */
  static long integer(MemorySegment data, DataType type, long index) {
    return switch (type) {
      case INT8, QINT8, INT4 -> data.get(ValueLayout.JAVA_BYTE, index);
      case UINT8, QUINT8, UINT4 -> data.get(ValueLayout.JAVA_BYTE, index) & 0xFF;
      case BOOL -> data.get(ValueLayout.JAVA_BYTE, index) == 0 ? 0 : 1;
      case INT16, QINT16 -> data.get(SHORT, index * 2);
      case UINT16, QUINT16, HALF, BFLOAT16 -> data.get(SHORT, index * 2) & 0xFFFF;
      case INT32, QINT32 -> data.get(INT, index * 4);
      case UINT32 -> data.get(INT, index * 4) & 0xFFFF_FFFFL;
      case INT64, UINT64 -> data.get(LONG, index * 8);
      case FLOAT,
          DOUBLE,
          FLOAT8_E5M2,
          FLOAT8_E4M3FN,
          COMPLEX64,
          COMPLEX128,
          STRING,
          RESOURCE,
          VARIANT ->
          throw StatusException.internal("elements of type %s are no integers", type.label());
    };
  }

  /** A value as the type's elements hold it: types of four bits keep the low ones only. */
  static long narrowed(DataType type, long value) {
    return switch (type) {
      case INT4 -> value << 60 >> 60;
      case UINT4 -> value & 0xF;
      default -> value;
    };
  }

  /** Rounds to the nearest bfloat16, ties to even; the bit pattern. */
  static int toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return bits >>> 16 | 0x40;
    }
    return (bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16;
  }

  /** The value of a bfloat16 bit pattern; exact. */
  static float fromBfloat16(long bits) {
    return Float.intBitsToFloat((int) bits << 16);
  }
}
