package dev.sluice.protocol;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import java.lang.foreign.MemorySegment;

/**
 * Writes a tensor as a TensorProto: type, shape and every value, either in the typed list or, as
 * content, in one block of little-endian bytes. The size is computed first, so that the bytes go
 * once into an array that fits. Thread-safe.
 */
public final class TensorProtoWriter {

  private static final int DTYPE = WireReader.tag(1, WireReader.VARINT);
  private static final int TENSOR_SHAPE = WireReader.tag(2, WireReader.BYTES);
  private static final int TENSOR_CONTENT = WireReader.tag(4, WireReader.BYTES);
  private static final int DIM = WireReader.tag(2, WireReader.BYTES);
  private static final int DIM_SIZE = WireReader.tag(1, WireReader.VARINT);

  private final Tensor tensor;
  private final DataType type;
  private final ValueList list;
  private final boolean asContent;

  private TensorProtoWriter(Tensor tensor, boolean asContent) {
    this.tensor = tensor;
    this.type = tensor.dataType();
    ValueList typed = ValueList.of(type);
    if (typed == null) {
      throw StatusException.unimplemented(
          "a tensor of type %s cannot be sent", tensor.dataType().label());
    }
    this.list = typed;
    this.asContent = asContent;
  }

  /**
   * How many bytes {@link #write} will write.
   *
   * @throws StatusException RESOURCE_EXHAUSTED if more than 2<sup>31</sup>-1, which no message may
   *     have; UNIMPLEMENTED for the types that have no wire form
   */
  public static int size(Tensor tensor, boolean asContent) {
    return limited(longSize(tensor, asContent));
  }

  /** The size without the limit. */
  static long longSize(Tensor tensor, boolean asContent) {
    return new TensorProtoWriter(tensor, asContent).messageSize();
  }

  /** Refuses what no protobuf message may be. */
  static int limited(long size) {
    if (size > Integer.MAX_VALUE) {
      throw StatusException.resourceExhausted(
          "message of %d bytes, more than the limit of %d", size, Integer.MAX_VALUE);
    }
    return (int) size;
  }

  /**
   * Writes the message.
   *
   * @param target has {@link #size} bytes free at {@code offset}
   * @return the offset behind the last byte written
   */
  public static int write(Tensor tensor, boolean asContent, byte[] target, int offset) {
    WireWriter out = new WireWriter(target, offset);
    write(tensor, asContent, out);
    return out.position();
  }

  static void write(Tensor tensor, boolean asContent, WireWriter out) {
    new TensorProtoWriter(tensor, asContent).message(out);
  }

  private long messageSize() {
    // One byte each for the tag and the number of the type.
    return 2 + WireWriter.fieldSize(shapeSize(tensor.shape())) + valuesSize();
  }

  private void message(WireWriter out) {
    out.varint(DTYPE);
    out.varint(type.number());
    shape(out);
    if (tensor.shape().elementCount() > 0) {
      values(out);
    }
  }

  private static long shapeSize(Shape shape) {
    long size = 0;
    for (int i = 0; i < shape.rank(); i++) {
      size += WireWriter.fieldSize(dimensionSize(shape.dimension(i)));
    }
    return size;
  }

  private static int dimensionSize(long size) {
    return size == 0 ? 0 : 1 + WireWriter.varintSize(size);
  }

  private void shape(WireWriter out) {
    Shape shape = tensor.shape();
    out.header(TENSOR_SHAPE, shapeSize(shape));
    for (int i = 0; i < shape.rank(); i++) {
      long size = shape.dimension(i);
      out.header(DIM, dimensionSize(size));
      if (size > 0) {
        out.header(DIM_SIZE, size);
      }
    }
  }

  private long valuesSize() {
    if (tensor.shape().elementCount() == 0) {
      return 0;
    }
    if (list == ValueList.STRING_VAL) {
      return asContent ? WireWriter.fieldSize(stringContentSize()) : listedStringsSize();
    }
    long length = payloadSize();
    return WireWriter.varintSize(valuesTag()) + WireWriter.varintSize(length) + length;
  }

  private void values(WireWriter out) {
    if (list == ValueList.STRING_VAL) {
      strings(out);
      return;
    }
    out.header(valuesTag(), payloadSize());
    MemorySegment data = tensor.data();
    if (asContent || !list.isVarint()) {
      out.raw(data);
      return;
    }
    long elements = tensor.shape().elementCount();
    for (long i = 0; i < elements; i++) {
      out.varint(Elements.integer(data, type, i));
    }
  }

  private int valuesTag() {
    return asContent ? TENSOR_CONTENT : list.packedTag();
  }

  private long payloadSize() {
    MemorySegment data = tensor.data();
    if (asContent || !list.isVarint()) {
      return data.byteSize();
    }
    long size = 0;
    long elements = tensor.shape().elementCount();
    for (long i = 0; i < elements; i++) {
      size += WireWriter.varintSize(Elements.integer(data, type, i));
    }
    return size;
  }

  private long stringContentSize() {
    long size = 0;
    for (long i = 0; i < tensor.shape().elementCount(); i++) {
      int length = tensor.string(i).length;
      size += WireWriter.varintSize(length) + length;
    }
    return size;
  }

  private long listedStringsSize() {
    long size = 0;
    for (long i = 0; i < tensor.shape().elementCount(); i++) {
      size += WireWriter.fieldSize(tensor.string(i).length);
    }
    return size;
  }

  private void strings(WireWriter out) {
    long elements = tensor.shape().elementCount();
    if (asContent) {
      out.header(TENSOR_CONTENT, stringContentSize());
      for (long i = 0; i < elements; i++) {
        out.varint(tensor.string(i).length);
      }
    }
    for (long i = 0; i < elements; i++) {
      if (asContent) {
        out.raw(tensor.string(i));
      } else {
        out.bytes(list.tag(), tensor.string(i));
      }
    }
  }
}
