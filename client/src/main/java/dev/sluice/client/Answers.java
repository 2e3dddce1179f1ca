package dev.sluice.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.client.ModelMetadata.SignatureInfo;
import dev.sluice.client.ModelMetadata.TensorInfo;
import dev.sluice.model.DataType;
import dev.sluice.proto.serving.Class;
import dev.sluice.proto.serving.ClassificationResponse;
import dev.sluice.proto.serving.ClassificationResult;
import dev.sluice.proto.serving.Classifications;
import dev.sluice.proto.serving.GetModelMetadataResponse;
import dev.sluice.proto.serving.GetModelStatusResponse;
import dev.sluice.proto.serving.InferenceResult;
import dev.sluice.proto.serving.ModelVersionStatus;
import dev.sluice.proto.serving.MultiInferenceResponse;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.serving.RegressionResponse;
import dev.sluice.proto.serving.RegressionResult;
import dev.sluice.proto.serving.SignatureDefMap;
import dev.sluice.proto.tensorflow.SignatureDef;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.status.StatusCode;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Messages as what callers get. Throws {@link IllegalArgumentException} if one is nonsense. */
final class Answers {

  private Answers() {}

  static Prediction prediction(PredictResponse message) {
    return new Prediction(
        message.getModelSpec().getVersion().getValue(),
        mapped(message.getOutputsMap(), TensorMessages::tensor));
  }

  static Classification classification(ClassificationResponse message) {
    return classification(message.getModelSpec().getVersion().getValue(), message.getResult());
  }

  private static Classification classification(long version, ClassificationResult result) {
    return new Classification(
        version,
        result.getClassificationsList().stream()
            .map(Classifications::getClassesList)
            .map(classes -> classes.stream().map(Answers::scored).toList())
            .toList());
  }

  private static Classification.ScoredClass scored(Class message) {
    return new Classification.ScoredClass(message.getLabel(), message.getScore());
  }

  static Regression regression(RegressionResponse message) {
    return regression(message.getModelSpec().getVersion().getValue(), message.getResult());
  }

  private static Regression regression(long version, RegressionResult result) {
    return new Regression(
        version,
        result.getRegressionsList().stream()
            .map(dev.sluice.proto.serving.Regression::getValue)
            .toList());
  }

  static List<InferenceAnswer> multiInference(MultiInferenceResponse message) {
    return message.getResultsList().stream().map(Answers::inference).toList();
  }

  private static InferenceAnswer inference(InferenceResult message) {
    long version = message.getModelSpec().getVersion().getValue();
    return switch (message.getResultCase()) {
      case CLASSIFICATION_RESULT -> classification(version, message.getClassificationResult());
      case REGRESSION_RESULT -> regression(version, message.getRegressionResult());
      case RESULT_NOT_SET -> throw new IllegalArgumentException("a task without a result");
    };
  }

  static List<VersionStatus> status(GetModelStatusResponse message) {
    return message.getModelVersionStatusList().stream().map(Answers::status).toList();
  }

  private static VersionStatus status(ModelVersionStatus message) {
    VersionStatus.State state =
        switch (message.getState()) {
          case START -> VersionStatus.State.START;
          case LOADING -> VersionStatus.State.LOADING;
          case AVAILABLE -> VersionStatus.State.AVAILABLE;
          case UNLOADING -> VersionStatus.State.UNLOADING;
          case END -> VersionStatus.State.END;
          case UNKNOWN, UNRECOGNIZED -> VersionStatus.State.UNKNOWN;
        };
    return new VersionStatus(
        message.getVersion(),
        state,
        StatusCode.ofNumber(message.getStatus().getErrorCodeValue()),
        message.getStatus().getErrorMessage());
  }

  static ModelMetadata metadata(GetModelMetadataResponse message, String field) {
    try {
      SignatureDefMap signatures =
          message
              .getMetadataOrDefault(field, Any.getDefaultInstance())
              .unpack(SignatureDefMap.class);
      return new ModelMetadata(
          message.getModelSpec().getVersion().getValue(),
          mapped(signatures.getSignatureDefMap(), Answers::signature));
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalArgumentException(
          "metadata without signatures: " + malformed.getMessage(), malformed);
    }
  }

  private static SignatureInfo signature(SignatureDef message) {
    return new SignatureInfo(
        message.getMethodName(),
        mapped(message.getInputsMap(), Answers::declared),
        mapped(message.getOutputsMap(), Answers::declared));
  }

  private static TensorInfo declared(dev.sluice.proto.tensorflow.TensorInfo message) {
    return new TensorInfo(
        DataType.ofNumber(message.getDtypeValue()), dimensions(message.getTensorShape()));
  }

  private static @Nullable List<Long> dimensions(TensorShapeProto shape) {
    return shape.getUnknownRank()
        ? null
        : shape.getDimList().stream().map(TensorShapeProto.Dim::getSize).toList();
  }

  private static <V, T> Map<String, T> mapped(Map<String, V> messages, Function<V, T> each) {
    return messages.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> each.apply(entry.getValue())));
  }
}
