package dev.sluice.server;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.sluice.proto.serving.ClassificationRequest;
import dev.sluice.proto.serving.ExampleList;
import dev.sluice.proto.serving.ExampleListWithContext;
import dev.sluice.proto.serving.GetModelMetadataRequest;
import dev.sluice.proto.serving.GetModelStatusRequest;
import dev.sluice.proto.serving.InferenceTask;
import dev.sluice.proto.serving.Input;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.MultiInferenceRequest;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.RegressionRequest;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.Example;
import dev.sluice.proto.tensorflow.Feature;
import dev.sluice.proto.tensorflow.Features;
import dev.sluice.proto.tensorflow.FloatList;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import io.grpc.health.v1.HealthCheckRequest;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Requests of every rpc, and what damages them. All of it follows from the seed, so a round that
 * found something can be had again. For one thread.
 */
final class GrpcFuzz {

  private static final String PREDICTION = "tensorflow.serving.PredictionService/";

  /** An rpc and a message for it. */
  record Request(String method, byte[] message) {

    Request(String method, MessageLite message) {
      this(method, message.toByteArray());
    }
  }

  private static final List<Request> REQUESTS =
      List.of(
          new Request(PREDICTION + "Predict", predict("half_plus_two", "", floats())),
          new Request(PREDICTION + "Predict", predict("half_plus_two", "", content())),
          new Request(PREDICTION + "Predict", predict("identity", "string", strings())),
          new Request(PREDICTION + "Predict", predict("identity", "int64", repeated())),
          new Request(
              PREDICTION + "Classify",
              ClassificationRequest.newBuilder()
                  .setModelSpec(spec("half_plus_two", "classify_x_to_y"))
                  .setInput(input(example(2), example(3)))
                  .build()),
          new Request(
              PREDICTION + "Regress",
              RegressionRequest.newBuilder()
                  .setModelSpec(spec("half_plus_two", "regress_x_to_y"))
                  .setInput(
                      Input.newBuilder()
                          .setExampleListWithContext(
                              ExampleListWithContext.newBuilder()
                                  .setContext(example(7))
                                  .addExamples(Example.getDefaultInstance())))
                  .build()),
          new Request(
              PREDICTION + "MultiInference",
              MultiInferenceRequest.newBuilder()
                  .addTasks(task("regress_x_to_y", "tensorflow/serving/regress"))
                  .addTasks(task("classify_x_to_y", "tensorflow/serving/classify"))
                  .setInput(input(example(2)))
                  .build()),
          new Request(
              PREDICTION + "GetModelMetadata",
              GetModelMetadataRequest.newBuilder()
                  .setModelSpec(spec("half_plus_two", ""))
                  .addMetadataField("signature_def")
                  .build()),
          new Request(
              "tensorflow.serving.ModelService/GetModelStatus",
              GetModelStatusRequest.newBuilder().setModelSpec(spec("half_plus_two", "")).build()),
          new Request(
              "grpc.health.v1.Health/Check",
              HealthCheckRequest.newBuilder().setService("half_plus_two").build()));

  private static ModelSpec.Builder spec(String model, String signature) {
    return ModelSpec.newBuilder().setName(model).setSignatureName(signature);
  }

  private static MessageLite predict(String model, String signature, TensorProto.Builder x) {
    return PredictRequest.newBuilder()
        .setModelSpec(spec(model, signature))
        .putInputs("x", x.build())
        .build();
  }

  private static TensorProto.Builder tensor(DataType type, long... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long dim : dims) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(dim));
    }
    return TensorProto.newBuilder().setDtype(type).setTensorShape(shape);
  }

  private static TensorProto.Builder floats() {
    return tensor(DataType.DT_FLOAT, 3).addFloatVal(1).addFloatVal(2).addFloatVal(3);
  }

  private static TensorProto.Builder content() {
    return tensor(DataType.DT_FLOAT, 2, 2).setTensorContent(ByteString.copyFrom(new byte[16]));
  }

  private static TensorProto.Builder strings() {
    return tensor(DataType.DT_STRING, 2)
        .addStringVal(ByteString.copyFromUtf8("one"))
        .addStringVal(ByteString.EMPTY);
  }

  private static TensorProto.Builder repeated() {
    return tensor(DataType.DT_INT64, 100).addInt64Val(-1);
  }

  private static Example example(float x) {
    return Example.newBuilder()
        .setFeatures(
            Features.newBuilder()
                .putFeature(
                    "x",
                    Feature.newBuilder().setFloatList(FloatList.newBuilder().addValue(x)).build()))
        .build();
  }

  private static Input input(Example... examples) {
    return Input.newBuilder()
        .setExampleList(ExampleList.newBuilder().addAllExamples(Arrays.asList(examples)))
        .build();
  }

  private static InferenceTask task(String signature, String method) {
    return InferenceTask.newBuilder()
        .setModelSpec(spec("half_plus_two", signature))
        .setMethodName(method)
        .build();
  }

  /** The request that has to be answered whatever came before it. */
  static Request good() {
    return REQUESTS.getFirst();
  }

  final SplittableRandom random;

  GrpcFuzz(long seed) {
    this.random = new SplittableRandom(seed);
  }

  Request sound() {
    return REQUESTS.get(random.nextInt(REQUESTS.size()));
  }

  /** A request of which the message is damaged. */
  Request damaged() {
    Request request = sound();
    return new Request(request.method(), damaged(request.message()));
  }

  /** Bytes with some of them taken out, put in, doubled or replaced; or with the end missing. */
  byte[] damaged(byte[] original) {
    byte[] bytes = original;
    for (int i = 1 + random.nextInt(2); i > 0; i--) {
      int at = random.nextInt(bytes.length + 1);
      int to = Math.min(bytes.length, at + random.nextInt(6));
      bytes =
          switch (random.nextInt(6)) {
            case 0 -> spliced(bytes, at, to, new byte[0]);
            case 1 -> spliced(bytes, at, at, piece());
            case 2 -> spliced(bytes, at, to, piece());
            case 3 -> spliced(bytes, at, at, Arrays.copyOfRange(bytes, at, to));
            case 4 -> Arrays.copyOf(bytes, at);
            default -> flipped(bytes);
          };
    }
    return bytes;
  }

  private byte[] flipped(byte[] bytes) {
    byte[] copy = bytes.clone();
    if (copy.length > 0) {
      copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return copy;
  }

  /** Any bytes, small numbers, or a length or number that is as large as its place allows. */
  private byte[] piece() {
    if (random.nextInt(6) == 0) {
      byte[] huge = new byte[1 + random.nextInt(10)];
      Arrays.fill(huge, (byte) 0xFF);
      huge[huge.length - 1] = (byte) random.nextInt(128);
      return huge;
    }
    byte[] piece = new byte[1 + random.nextInt(4)];
    for (int i = 0; i < piece.length; i++) {
      piece[i] = (byte) (random.nextBoolean() ? random.nextInt(256) : random.nextInt(40));
    }
    return piece;
  }

  private static byte[] spliced(byte[] bytes, int from, int to, byte[] piece) {
    byte[] result = new byte[bytes.length - (to - from) + piece.length];
    System.arraycopy(bytes, 0, result, 0, from);
    System.arraycopy(piece, 0, result, from, piece.length);
    System.arraycopy(bytes, to, result, from + piece.length, bytes.length - to);
    return result;
  }
}
