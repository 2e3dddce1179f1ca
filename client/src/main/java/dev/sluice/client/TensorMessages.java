package dev.sluice.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.sluice.model.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Tensors as messages and back.
 *
 * <p>What is sent has its bytes in {@code tensor_content}, without a copy, and strings in {@code
 * string_val}. What comes may have any of the forms that servers send: the content, or a list of
 * values, of which the last one stands for those that are missing.
 */
final class TensorMessages {

  private TensorMessages() {}

  static TensorProto message(Tensor tensor) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long size : tensor.shape().dimensions()) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    TensorProto.Builder message =
        TensorProto.newBuilder().setDtypeValue(tensor.type().number()).setTensorShape(shape);
    if (tensor.type() == DataType.STRING) {
      return message.addAllStringVal(tensor.strings()).build();
    }
    return message.setTensorContent(UnsafeByteOperations.unsafeWrap(tensor.content())).build();
  }

  /**
   * The tensor in a message.
   *
   * @throws IllegalArgumentException if the message contradicts itself, or its type is not known
   *     here
   */
  static Tensor tensor(TensorProto message) {
    DataType type = DataType.ofNumber(message.getDtypeValue());
    if (type == null) {
      throw new IllegalArgumentException("a tensor of the unknown type " + message.getDtypeValue());
    }
    long[] sizes =
        message.getTensorShape().getDimList().stream()
            .mapToLong(TensorShapeProto.Dim::getSize)
            .toArray();
    int count = Math.toIntExact(dev.sluice.model.Shape.of(sizes).elementCount());
    if (type == DataType.STRING) {
      return Tensor.ofStrings(strings(message, count), sizes);
    }
    ByteString content = message.getTensorContent();
    return Tensor.of(
        type,
        content.isEmpty() ? listed(message, type, count) : content.asReadOnlyByteBuffer(),
        sizes);
  }

  private static List<ByteString> strings(TensorProto message, int count) {
    if (!message.getTensorContent().isEmpty()) {
      return packed(message.getTensorContent(), count);
    }
    List<ByteString> strings = new ArrayList<>(count);
    int last = message.getStringValCount() - 1;
    for (int i = 0; i < count; i++) {
      strings.add(last < 0 ? ByteString.EMPTY : message.getStringVal(Math.min(i, last)));
    }
    return List.copyOf(strings);
  }

  /** The lengths of all strings, each a varint, and then their bytes. */
  private static List<ByteString> packed(ByteString content, int count) {
    int[] lengths = new int[count];
    int at = 0;
    for (int i = 0; i < count; i++) {
      byte part;
      int shift = 0;
      do {
        part = content.byteAt(at++);
        lengths[i] |= (part & 0x7F) << shift;
        shift += 7;
      } while (part < 0);
    }
    List<ByteString> strings = new ArrayList<>(count);
    for (int length : lengths) {
      strings.add(content.substring(at, at + length));
      at += length;
    }
    return List.copyOf(strings);
  }

  /** What a list of values has, as bytes. */
  private static ByteBuffer listed(TensorProto message, DataType type, int count) {
    ByteBuffer bytes = Tensor.room((long) count * type.elementSize());
    int each = type == DataType.COMPLEX64 || type == DataType.COMPLEX128 ? 2 : 1;
    int last = values(message, type) / each - 1;
    for (int i = 0; i < count && last >= 0; i++) {
      for (int part = 0; part < each; part++) {
        put(bytes, message, type, Math.min(i, last) * each + part);
      }
    }
    return bytes.rewind();
  }

  private static int values(TensorProto message, DataType type) {
    return switch (type) {
      case FLOAT -> message.getFloatValCount();
      case DOUBLE -> message.getDoubleValCount();
      case INT64 -> message.getInt64ValCount();
      case UINT32 -> message.getUint32ValCount();
      case UINT64 -> message.getUint64ValCount();
      case BOOL -> message.getBoolValCount();
      case HALF, BFLOAT16 -> message.getHalfValCount();
      case COMPLEX64 -> message.getScomplexValCount();
      case COMPLEX128 -> message.getDcomplexValCount();
      case FLOAT8_E5M2, FLOAT8_E4M3FN -> message.getFloat8Val().size();
      default -> message.getIntValCount();
    };
  }

  private static void put(ByteBuffer bytes, TensorProto message, DataType type, int index) {
    switch (type) {
      case FLOAT -> bytes.putFloat(message.getFloatVal(index));
      case DOUBLE -> bytes.putDouble(message.getDoubleVal(index));
      case INT64 -> bytes.putLong(message.getInt64Val(index));
      case UINT32 -> bytes.putInt(message.getUint32Val(index));
      case UINT64 -> bytes.putLong(message.getUint64Val(index));
      case BOOL -> bytes.put((byte) (message.getBoolVal(index) ? 1 : 0));
      case HALF, BFLOAT16 -> bytes.putShort((short) message.getHalfVal(index));
      case COMPLEX64 -> bytes.putFloat(message.getScomplexVal(index));
      case COMPLEX128 -> bytes.putDouble(message.getDcomplexVal(index));
      case FLOAT8_E5M2, FLOAT8_E4M3FN -> bytes.put(message.getFloat8Val().byteAt(index));
      default -> putInt(bytes, type.elementSize(), message.getIntVal(index));
    }
  }

  private static void putInt(ByteBuffer bytes, int size, int value) {
    switch (size) {
      case 1 -> bytes.put((byte) value);
      case 2 -> bytes.putShort((short) value);
      default -> bytes.putInt(value);
    }
  }
}
