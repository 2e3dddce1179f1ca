package dev.sluice.cli;

import dev.sluice.proto.serving.ClassificationRequest;
import dev.sluice.proto.serving.Input;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.MultiInferenceRequest;
import dev.sluice.proto.serving.PredictLog;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictionLog;
import dev.sluice.proto.serving.RegressionRequest;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.Example;
import dev.sluice.proto.tensorflow.Feature;
import dev.sluice.proto.tensorflow.FloatList;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.protocol.TfRecordWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Requests to {@code half_plus_two}, and logs of them. */
final class LoggedRequests {

  private static final String REGRESS = "regress_x_to_y";
  private static final String CLASSIFY = "classify_x_to_y";

  private LoggedRequests() {}

  static TensorProto floats(float... values) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT);
    tensor.getTensorShapeBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(values.length));
    for (float value : values) {
      tensor.addFloatVal(value);
    }
    return tensor.build();
  }

  private static ModelSpec spec(String model, String signature) {
    return ModelSpec.newBuilder().setName(model).setSignatureName(signature).build();
  }

  static PredictRequest predict(String model, float x) {
    return PredictRequest.newBuilder()
        .setModelSpec(spec(model, ""))
        .putInputs("x", floats(x))
        .build();
  }

  private static Input examples(float... values) {
    Input.Builder input = Input.newBuilder();
    for (float value : values) {
      Example.Builder example = Example.newBuilder();
      example
          .getFeaturesBuilder()
          .putFeature(
              "x",
              Feature.newBuilder().setFloatList(FloatList.newBuilder().addValue(value)).build());
      input.getExampleListBuilder().addExamples(example);
    }
    return input.build();
  }

  static ClassificationRequest classify(String model, float... values) {
    return ClassificationRequest.newBuilder()
        .setModelSpec(spec(model, CLASSIFY))
        .setInput(examples(values))
        .build();
  }

  static RegressionRequest regress(String model, float... values) {
    return RegressionRequest.newBuilder()
        .setModelSpec(spec(model, REGRESS))
        .setInput(examples(values))
        .build();
  }

  static MultiInferenceRequest both(String model, float... values) {
    MultiInferenceRequest.Builder request =
        MultiInferenceRequest.newBuilder().setInput(examples(values));
    request
        .addTasksBuilder()
        .setModelSpec(spec(model, REGRESS))
        .setMethodName("tensorflow/serving/regress");
    request
        .addTasksBuilder()
        .setModelSpec(spec(model, CLASSIFY))
        .setMethodName("tensorflow/serving/classify");
    return request.build();
  }

  /** A predict request and the answer that it had; without one if there is no y. */
  static PredictionLog log(String model, float x, float... y) {
    PredictLog.Builder log = PredictLog.newBuilder().setRequest(predict(model, x));
    if (y.length > 0) {
      log.getResponseBuilder().putOutputs("y", floats(y));
    }
    return PredictionLog.newBuilder().setPredictLog(log).build();
  }

  /** Writes a TFRecord file. */
  static Path write(Path file, PredictionLog... records) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      TfRecordWriter writer = new TfRecordWriter(out);
      for (PredictionLog record : records) {
        writer.write(record.toByteArray());
      }
    }
    return file;
  }
}
