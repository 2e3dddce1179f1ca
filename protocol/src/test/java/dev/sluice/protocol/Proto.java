package dev.sluice.protocol;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import dev.sluice.model.DataType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Builds messages field by field with protobuf's own writer. */
final class Proto {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

  interface Step {
    void write(CodedOutputStream out) throws IOException;
  }

  Proto write(Step step) {
    try {
      step.write(out);
      return this;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  byte[] bytes() {
    write(CodedOutputStream::flush);
    return bytes.toByteArray();
  }

  Proto varint(int field, long value) {
    return write(out -> out.writeUInt64(field, value));
  }

  Proto text(int field, String value) {
    return write(out -> out.writeString(field, value));
  }

  Proto blob(int field, byte... value) {
    return write(out -> out.writeByteArray(field, value));
  }

  Proto message(int field, Proto value) {
    return blob(field, value.bytes());
  }

  Proto raw(byte... value) {
    return write(out -> out.writeRawBytes(value));
  }

  Proto packedFloats(int field, float... values) {
    Proto list = new Proto();
    for (float value : values) {
      list.write(out -> out.writeFloatNoTag(value));
    }
    return message(field, list);
  }

  Proto packedDoubles(int field, double... values) {
    Proto list = new Proto();
    for (double value : values) {
      list.write(out -> out.writeDoubleNoTag(value));
    }
    return message(field, list);
  }

  Proto packed(int field, long... values) {
    Proto list = new Proto();
    for (long value : values) {
      list.write(out -> out.writeUInt64NoTag(value));
    }
    return message(field, list);
  }

  /** A group with one varint, as older writers made them. */
  Proto group(int field) {
    return write(out -> {
      out.writeTag(field, WireFormat.WIRETYPE_START_GROUP);
      out.writeUInt64(1, 7);
      out.writeTag(2, WireFormat.WIRETYPE_START_GROUP);
      out.writeBytes(3, ByteString.copyFromUtf8("x"));
      out.writeTag(2, WireFormat.WIRETYPE_END_GROUP);
      out.writeTag(field, WireFormat.WIRETYPE_END_GROUP);
    });
  }

  /** A TensorProto with type and shape. */
  static Proto tensor(DataType type, long... shape) {
    return new Proto().varint(1, type.number()).message(2, shape(shape));
  }

  static Proto shape(long... sizes) {
    Proto shape = new Proto();
    for (long size : sizes) {
      shape.message(2, new Proto().varint(1, size));
    }
    return shape;
  }
}
