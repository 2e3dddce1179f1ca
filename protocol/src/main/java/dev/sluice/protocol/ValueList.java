package dev.sluice.protocol;

import dev.sluice.model.DataType;
import org.jspecify.annotations.Nullable;

/** The typed lists of a TensorProto: which holds a data type's values, and in which wire form. */
enum ValueList {
  FLOAT_VAL(5, WireReader.FIXED32),
  DOUBLE_VAL(6, WireReader.FIXED64),
  INT_VAL(7, WireReader.VARINT),
  STRING_VAL(8, WireReader.BYTES),
  SCOMPLEX_VAL(9, WireReader.FIXED32),
  INT64_VAL(10, WireReader.VARINT),
  BOOL_VAL(11, WireReader.VARINT),
  DCOMPLEX_VAL(12, WireReader.FIXED64),
  HALF_VAL(13, WireReader.VARINT),
  UINT32_VAL(16, WireReader.VARINT),
  UINT64_VAL(17, WireReader.VARINT),
  /** No list but one field of bytes, an element each. */
  FLOAT8_VAL(18, WireReader.BYTES);

  private final int field;
  private final int wireType;

  ValueList(int field, int wireType) {
    this.field = field;
    this.wireType = wireType;
  }

  /** The list for a type; null for the two that no remote client can send. */
  static @Nullable ValueList of(DataType type) {
    return switch (type) {
      case FLOAT -> FLOAT_VAL;
      case DOUBLE -> DOUBLE_VAL;
      case INT32, INT16, INT8, INT4, UINT4, UINT8, UINT16 -> INT_VAL;
      case QINT8, QUINT8, QINT16, QUINT16, QINT32 -> INT_VAL;
      case FLOAT8_E5M2, FLOAT8_E4M3FN -> FLOAT8_VAL;
      case STRING -> STRING_VAL;
      case COMPLEX64 -> SCOMPLEX_VAL;
      case INT64 -> INT64_VAL;
      case BOOL -> BOOL_VAL;
      case COMPLEX128 -> DCOMPLEX_VAL;
      case HALF, BFLOAT16 -> HALF_VAL;
      case UINT32 -> UINT32_VAL;
      case UINT64 -> UINT64_VAL;
      case RESOURCE, VARIANT -> null;
    };
  }

  /** The tag before each single value. */
  int tag() {
    return WireReader.tag(field, wireType);
  }

  /** The tag before a packed run of values; that of {@link #tag()} for strings. */
  int packedTag() {
    return WireReader.tag(field, WireReader.BYTES);
  }

  /** True iff single values are varints. */
  boolean isVarint() {
    return wireType == WireReader.VARINT;
  }

  /** Bytes of one value on the wire where that is fixed. */
  int fixedSize() {
    return switch (wireType) {
      case WireReader.FIXED64 -> Long.BYTES;
      case WireReader.FIXED32 -> Integer.BYTES;
      default -> Byte.BYTES;
    };
  }
}
