package dev.sluice.tensorflow;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.proto.tensorflow.AttrValue;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The value of a node's attribute, read where it lies when somebody asks.
 *
 * <p>What is larger than {@link #LARGEST_ON_HEAP} never comes to the heap; of a tensor of that size
 * the type and the shape do. Used by one thread, and only for as long as the bytes are there: while
 * a model is being loaded.
 */
final class Attribute {

  /** Bytes of the largest value that is read whole. */
  static final int LARGEST_ON_HEAP = 64 << 10;

  private static final int TENSOR = 8;
  private static final int TENSOR_TYPE = 1;
  private static final int TENSOR_SHAPE = 2;

  private final MemorySegment bytes;
  private @Nullable AttrValue value;

  /**
   * @param bytes a serialised {@code AttrValue}
   */
  Attribute(MemorySegment bytes) {
    this.bytes = bytes;
  }

  static Attribute of(AttrValue value) {
    Attribute attribute = new Attribute(MemorySegment.ofArray(value.toByteArray()));
    attribute.value = value;
    return attribute;
  }

  /** The serialised {@code AttrValue}, where it lies. */
  MemorySegment bytes() {
    return bytes;
  }

  /** Whether the value is too large for the heap, so that {@link #value} is not all of it. */
  boolean isLarge() {
    return bytes.byteSize() > LARGEST_ON_HEAP;
  }

  /**
   * The value. Of a large tensor type and shape without content; nothing of any other large one.
   */
  AttrValue value() {
    AttrValue read = value;
    if (read == null) {
      try {
        read = isLarge() ? head() : AttrValue.parseFrom(bytes.asByteBuffer());
      } catch (IOException malformed) {
        throw StatusException.internal(
            "an attribute of the graph does not parse: %s", malformed.getMessage());
      }
      value = read;
    }
    return read;
  }

  private AttrValue head() throws IOException {
    MessageSkim fields = new MessageSkim(bytes);
    while (fields.next()) {
      if (fields.isBytes(TENSOR)) {
        return AttrValue.newBuilder().setTensor(head(new MessageSkim(fields.content()))).build();
      }
    }
    return AttrValue.getDefaultInstance();
  }

  private static TensorProto head(MessageSkim tensor) throws IOException {
    TensorProto.Builder head = TensorProto.newBuilder();
    while (tensor.next()) {
      if (tensor.isNumber(TENSOR_TYPE)) {
        head.setDtypeValue((int) tensor.number());
      } else if (tensor.isBytes(TENSOR_SHAPE)) {
        head.setTensorShape(shape(tensor));
      }
    }
    return head.build();
  }

  private static TensorShapeProto shape(MessageSkim field)
      throws IOException, InvalidProtocolBufferException {
    return TensorShapeProto.parseFrom(field.shortContent());
  }

  @Override
  public String toString() {
    return isLarge() ? bytes.byteSize() + " bytes" : value().toString();
  }

  /** True for the types of handles, which stand for something that lives in the session. */
  static boolean isHandle(DataType type) {
    return type == DataType.DT_RESOURCE || type == DataType.DT_RESOURCE_REF;
  }
}
