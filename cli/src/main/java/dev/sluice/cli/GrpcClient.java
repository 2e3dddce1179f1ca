package dev.sluice.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.Int64Value;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.model.ArenaTensors;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.model.TensorSpec;
import dev.sluice.proto.serving.GetModelMetadataRequest;
import dev.sluice.proto.serving.GetModelMetadataResponse;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.protocol.JsonPredictRequest;
import dev.sluice.protocol.JsonPredictResponse;
import dev.sluice.protocol.TensorBudget;
import dev.sluice.protocol.TensorProtoReader;
import dev.sluice.protocol.TensorProtoWriter;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The gRPC API of a server. A request in JSON becomes tensors here, of the types that the model's
 * metadata names, and the answer becomes JSON again, by the code that the REST API uses.
 */
final class GrpcClient implements PredictClient {

  private static final TensorBudget BUDGET = new TensorBudget(Integer.MAX_VALUE);

  private final Endpoint endpoint;
  private final GrpcConnection connection;
  private final TensorAllocator tensors = new ArenaTensors();

  GrpcClient(Endpoint endpoint) {
    this.endpoint = endpoint;
    this.connection = new GrpcConnection(endpoint);
  }

  @Override
  public Signature signature(ModelTarget model, String name) {
    GetModelMetadataRequest request =
        GetModelMetadataRequest.newBuilder()
            .setModelSpec(spec(model, ""))
            .addMetadataField(Signatures.FIELD)
            .build();
    GetModelMetadataResponse metadata = call(stub -> stub.getModelMetadata(request));
    try {
      return Signatures.of(Signatures.of(metadata), name);
    } catch (InvalidProtocolBufferException | IllegalArgumentException other) {
      throw new StatusException(
          StatusCode.UNKNOWN,
          "expected the model's signatures from %s, got something else: %s"
              .formatted(endpoint, other.getMessage()),
          other);
    }
  }

  @Override
  public byte[] predict(ModelTarget model, byte[] body) {
    JsonPredictRequest json = JsonPredictRequest.scan(body);
    Signature signature = signature(model, json.signatureName());
    PredictRequest request = request(model, json, signature);
    return json(call(stub -> stub.predict(request)), signature, json.rowFormat());
  }

  private static ModelSpec spec(ModelTarget model, String signature) {
    ModelSpec.Builder spec =
        ModelSpec.newBuilder().setName(model.name()).setSignatureName(signature);
    if (model.version() != null) {
      spec.setVersion(Int64Value.of(model.version()));
    }
    if (model.label() != null) {
      spec.setVersionLabel(model.label());
    }
    return spec.build();
  }

  private PredictRequest request(ModelTarget model, JsonPredictRequest json, Signature signature) {
    PredictRequest.Builder request =
        PredictRequest.newBuilder().setModelSpec(spec(model, signature.name()));
    List<Tensor> inputs = json.tensors(signature, tensors, BUDGET);
    for (int i = 0; i < inputs.size(); i++) {
      try (Tensor input = inputs.get(i)) {
        request.putInputs(signature.inputs().get(i).name(), proto(input));
      }
    }
    return request.build();
  }

  private static TensorProto proto(Tensor tensor) {
    byte[] bytes = new byte[TensorProtoWriter.size(tensor, true)];
    TensorProtoWriter.write(tensor, true, bytes, 0);
    try {
      return TensorProto.parseFrom(bytes);
    } catch (InvalidProtocolBufferException ownFault) {
      throw new IllegalStateException(ownFault);
    }
  }

  /** The outputs in the signature's order, which is that of the REST API. */
  private byte[] json(PredictResponse response, Signature signature, boolean rowFormat) {
    List<String> names = new ArrayList<>();
    List<Tensor> outputs = new ArrayList<>();
    try {
      for (TensorSpec spec : signature.outputs()) {
        TensorProto output = response.getOutputsMap().get(spec.name());
        if (output != null) {
          ByteString bytes = output.toByteString();
          outputs.add(
              TensorProtoReader.read(
                  bytes.toByteArray(), 0, bytes.size(), spec.name(), tensors, BUDGET));
          names.add(spec.name());
        }
      }
      return JsonPredictResponse.write(names, outputs, rowFormat);
    } finally {
      outputs.forEach(Tensor::close);
    }
  }

  private <T> T call(Function<PredictionServiceBlockingStub, T> method) {
    try {
      return method.apply(connection.stub());
    } catch (StatusRuntimeException failure) {
      throw refusal(failure);
    }
  }

  private StatusException refusal(StatusRuntimeException failure) {
    if (GrpcConnection.isOfNobody(failure)) {
      return connection.noServer(failure);
    }
    StatusCode code = StatusCode.ofNumber(failure.getStatus().getCode().value());
    String message =
        code == StatusCode.DEADLINE_EXCEEDED
            ? "expected an answer from %s within %s, none came (gRPC %s)"
                .formatted(endpoint, endpoint.seconds(), code)
            : failure.getStatus().getDescription() + " (gRPC " + code + ")";
    return new StatusException(code, message, failure);
  }

  @Override
  public void close() {
    connection.close();
  }
}
