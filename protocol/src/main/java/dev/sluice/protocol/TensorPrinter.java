package dev.sluice.protocol;

import dev.sluice.model.DataType;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Prints one output's elements as nested lists, from the first to the last. */
final class TensorPrinter {

  private static final String BYTES_SUFFIX = "_bytes";

  private static final int BLOCK = 1024;
  private static final int LARGEST_BLOCK = 1 << 16;

  private final JsonPrinter out;
  private final Tensor tensor;
  private final DataType type;
  private final @Nullable MemorySegment data;
  private final long[] sizes;
  private final boolean asBytes;
  private long next;
  private float[] block = {};
  private long blockStart;
  private long blockEnd;

  TensorPrinter(JsonPrinter out, String name, Tensor tensor) {
    this.out = out;
    this.tensor = tensor;
    this.type = tensor.dataType();
    this.data = type.hasFixedSize() ? tensor.data() : null;
    this.sizes = tensor.shape().dimensions();
    this.asBytes = name.endsWith(BYTES_SUFFIX);
  }

  /** Prints what lies below one index of the outer dimensions: a value, a list, nested lists. */
  void print(int outerDimensions) {
    int rank = sizes.length;
    if (outerDimensions == rank) {
      element();
    } else if (outerDimensions == rank - 1) {
      innermostList();
    } else {
      nestedLists(outerDimensions);
    }
  }

  private void nestedLists(int outerDimensions) {
    int last = sizes.length - 2;
    long[] left = new long[last + 1];
    int level = outerDimensions;
    begin(left, level);
    while (level >= outerDimensions) {
      if (level == last) {
        for (; left[level] > 0; left[level]--) {
          innermostList();
        }
      }
      if (left[level] == 0) {
        out.endList();
        level--;
      } else {
        left[level]--;
        level++;
        begin(left, level);
      }
    }
  }

  private void begin(long[] left, int level) {
    out.beginList();
    left[level] = sizes[level];
  }

  private void innermostList() {
    long count = sizes[sizes.length - 1];
    if (type == DataType.FLOAT && data != null && count > 0 && count <= LARGEST_BLOCK) {
      floatList(data, (int) count);
      return;
    }
    out.beginList();
    for (long i = 0; i < count; i++) {
      element();
    }
    out.endList();
  }

  // Off-heap memory is read by the block of whole lists, as each access to it is checked anew.
  private void floatList(MemorySegment elements, int count) {
    if (next == blockEnd) {
      long whole = Math.max(count, BLOCK / count * count);
      nextBlock(elements, (int) Math.min(whole, tensor.shape().elementCount() - next));
    }
    out.floatList(block, (int) (next - blockStart), count);
    next += count;
  }

  private void nextBlock(MemorySegment elements, int size) {
    if (block.length == 0) {
      block = new float[size];
    }
    MemorySegment.copy(elements, Elements.FLOAT, next * Float.BYTES, block, 0, size);
    blockStart = next;
    blockEnd = next + size;
  }

  private void element() {
    long index = next++;
    if (type == DataType.STRING) {
      string(tensor.string(index));
    } else if (data == null) {
      throw unprintable();
    } else {
      element(data, index);
    }
  }

  private void element(MemorySegment elements, long index) {
    switch (type) {
      case FLOAT -> out.number(elements.get(Elements.FLOAT, index * Float.BYTES));
      case DOUBLE -> out.number(elements.get(Elements.DOUBLE, index * Double.BYTES));
      case HALF ->
          out.number(Float.float16ToFloat((short) Elements.integer(elements, type, index)));
      case BFLOAT16 -> out.number(Elements.fromBfloat16(Elements.integer(elements, type, index)));
      case BOOL -> out.bool(Elements.integer(elements, type, index) != 0);
      case UINT64 -> out.unsigned(Elements.integer(elements, type, index));
      case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32 ->
          out.number(Elements.integer(elements, type, index));
      case COMPLEX64,
          COMPLEX128,
          QINT8,
          QUINT8,
          QINT16,
          QUINT16,
          QINT32,
          FLOAT8_E5M2,
          FLOAT8_E4M3FN,
          INT4,
          UINT4,
          STRING,
          RESOURCE,
          VARIANT ->
          throw unprintable();
    }
  }

  // What is not UTF-8 has no other form in JSON than that of bytes.
  private void string(byte[] value) {
    if (asBytes || !Utf8.isValid(value, 0, value.length)) {
      out.base64(value);
    } else {
      out.string(value);
    }
  }

  private StatusException unprintable() {
    return StatusException.unimplemented(
        "Failed to write JSON value for tensor type: %s", type.label());
  }
}
