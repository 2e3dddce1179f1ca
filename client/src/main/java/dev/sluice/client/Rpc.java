package dev.sluice.client;

import com.google.protobuf.MessageLite;
import dev.sluice.proto.serving.ClassificationRequest;
import dev.sluice.proto.serving.ClassificationResponse;
import dev.sluice.proto.serving.GetModelMetadataRequest;
import dev.sluice.proto.serving.GetModelMetadataResponse;
import dev.sluice.proto.serving.GetModelStatusRequest;
import dev.sluice.proto.serving.GetModelStatusResponse;
import dev.sluice.proto.serving.ModelServiceGrpc;
import dev.sluice.proto.serving.MultiInferenceRequest;
import dev.sluice.proto.serving.MultiInferenceResponse;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.serving.PredictionServiceGrpc;
import dev.sluice.proto.serving.RegressionRequest;
import dev.sluice.proto.serving.RegressionResponse;
import io.grpc.MethodDescriptor;

/**
 * A method of a server.
 *
 * @param runs whether it runs a model, which may change the model's state; else it only reads
 */
record Rpc<Q extends MessageLite, P>(MethodDescriptor<Q, P> method, boolean runs) {

  static final Rpc<PredictRequest, PredictResponse> PREDICT =
      new Rpc<>(PredictionServiceGrpc.getPredictMethod(), true);
  static final Rpc<ClassificationRequest, ClassificationResponse> CLASSIFY =
      new Rpc<>(PredictionServiceGrpc.getClassifyMethod(), true);
  static final Rpc<RegressionRequest, RegressionResponse> REGRESS =
      new Rpc<>(PredictionServiceGrpc.getRegressMethod(), true);
  static final Rpc<MultiInferenceRequest, MultiInferenceResponse> MULTI_INFERENCE =
      new Rpc<>(PredictionServiceGrpc.getMultiInferenceMethod(), true);
  static final Rpc<GetModelMetadataRequest, GetModelMetadataResponse> METADATA =
      new Rpc<>(PredictionServiceGrpc.getGetModelMetadataMethod(), false);
  static final Rpc<GetModelStatusRequest, GetModelStatusResponse> STATUS =
      new Rpc<>(ModelServiceGrpc.getGetModelStatusMethod(), false);
}
