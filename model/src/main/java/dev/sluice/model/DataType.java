package dev.sluice.model;

import org.jspecify.annotations.Nullable;

/**
 * The element types that tensors have, with TensorFlow's numbers ({@code tensorflow.DataType}), the
 * names that error texts use and the bytes that one element takes.
 */
public enum DataType {
  FLOAT(1, "float", 4),
  DOUBLE(2, "double", 8),
  INT32(3, "int32", 4),
  UINT8(4, "uint8", 1),
  INT16(5, "int16", 2),
  INT8(6, "int8", 1),
  STRING(7, "string", 0),
  COMPLEX64(8, "complex64", 8),
  INT64(9, "int64", 8),
  BOOL(10, "bool", 1),
  QINT8(11, "qint8", 1),
  QUINT8(12, "quint8", 1),
  QINT32(13, "qint32", 4),
  BFLOAT16(14, "bfloat16", 2),
  QINT16(15, "qint16", 2),
  QUINT16(16, "quint16", 2),
  UINT16(17, "uint16", 2),
  COMPLEX128(18, "complex128", 16),
  HALF(19, "half", 2),
  RESOURCE(20, "resource", 0),
  VARIANT(21, "variant", 0),
  UINT32(22, "uint32", 4),
  UINT64(23, "uint64", 8),
  FLOAT8_E5M2(24, "float8_e5m2", 1),
  FLOAT8_E4M3FN(25, "float8_e4m3fn", 1),
  /** One element a byte, the sign in its upper half. */
  INT4(29, "int4", 1),
  /** One element a byte. */
  UINT4(30, "uint4", 1);

  private static final @Nullable DataType[] BY_NUMBER = new DataType[31];

  static {
    for (DataType type : values()) {
      BY_NUMBER[type.number] = type;
    }
  }

  private final int number;
  private final String label;
  private final int elementSize;

  DataType(int number, String label, int elementSize) {
    this.number = number;
    this.label = label;
    this.elementSize = elementSize;
  }

  /** The number on the wire and in TensorFlow's C API. */
  public int number() {
    return number;
  }

  /** The name in error texts: {@code float}, {@code int64}, {@code string}. */
  public String label() {
    return label;
  }

  /** The name in TensorFlow's protobuf enum: {@code DT_FLOAT}. */
  public String protoName() {
    return "DT_" + name();
  }

  /** Bytes per element; 0 for the types whose elements have no fixed size. */
  public int elementSize() {
    return elementSize;
  }

  /** True iff every element takes {@link #elementSize()} bytes, so that a buffer can hold them. */
  public boolean hasFixedSize() {
    return elementSize > 0;
  }

  /** The type with this number; null for 0, for reference types and for numbers not known here. */
  public static @Nullable DataType ofNumber(int number) {
    return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
  }
}
