package dev.sluice.bench;

import com.google.protobuf.ByteString;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Requests over gRPC as TensorFlow's own clients write them. */
final class Messages {

  private Messages() {}

  /** A predict request with one input. */
  static byte[] predict(String model, String signature, String input, TensorProto tensor) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName(model).setSignatureName(signature))
        .putInputs(input, tensor)
        .build()
        .toByteArray();
  }

  /** Floats as {@code tensor_content}, which is what Python's {@code make_tensor_proto} writes. */
  static TensorProto floats(float[] values, long... dimensions) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return TensorProto.newBuilder()
        .setDtype(DataType.DT_FLOAT)
        .setTensorShape(shape(dimensions))
        .setTensorContent(ByteString.copyFrom(bytes))
        .build();
  }

  /** One number of 64 bits for each element. */
  static TensorProto longs(long value, long... dimensions) {
    return TensorProto.newBuilder()
        .setDtype(DataType.DT_INT64)
        .setTensorShape(shape(dimensions))
        .addInt64Val(value)
        .build();
  }

  private static TensorShapeProto shape(long... dimensions) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long size : dimensions) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return shape.build();
  }
}
