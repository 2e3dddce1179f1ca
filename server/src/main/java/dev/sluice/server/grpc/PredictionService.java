package dev.sluice.server.grpc;

import com.google.protobuf.Any;
import dev.sluice.batching.Call;
import dev.sluice.core.ServableHandle;
import dev.sluice.model.Model;
import dev.sluice.proto.serving.GetModelMetadataRequest;
import dev.sluice.proto.serving.GetModelMetadataResponse;
import dev.sluice.proto.serving.PredictionServiceGrpc;
import dev.sluice.protocol.PredictEnvelope;
import dev.sluice.protocol.PredictRequestReader;
import dev.sluice.server.Decoders;
import dev.sluice.server.Inference;
import dev.sluice.server.ModelMetadata;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.TimeUnit;

/** {@code tensorflow.serving.PredictionService}: Predict and GetModelMetadata. Thread-safe. */
final class PredictionService {

  /** Tensors that take more are made off the event loop, however small the message. */
  private static final long MAKE_IN_LOOP = 256 * 1024;

  private final Inference inference;
  private final boolean asTensorContent;
  private final Decoders decoders;

  /**
   * @param asTensorContent whether answers hold {@code tensor_content} instead of typed values
   * @param decoders runs the decoding of large messages
   */
  PredictionService(Inference inference, boolean asTensorContent, Decoders decoders) {
    this.inference = inference;
    this.asTensorContent = asTensorContent;
    this.decoders = decoders;
  }

  /** The service; methods that it does not have answer UNIMPLEMENTED. */
  ServerServiceDefinition definition() {
    return ServerServiceDefinition.builder(PredictionServiceGrpc.SERVICE_NAME)
        .addMethod(predictMethod(), Wire.owning(ServerCalls.asyncUnaryCall(this::predict)))
        .addMethod(
            PredictionServiceGrpc.getGetModelMetadataMethod(),
            ServerCalls.asyncUnaryCall(this::getModelMetadata))
        .build();
  }

  /** Predict with bytes for messages: the codec reads tensors straight from the wire. */
  private static MethodDescriptor<Wire.Message, byte[]> predictMethod() {
    return MethodDescriptor.<Wire.Message, byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(PredictionServiceGrpc.getPredictMethod().getFullMethodName())
        .setRequestMarshaller(Wire.REQUEST)
        .setResponseMarshaller(Wire.RESPONSE)
        .build();
  }

  private void predict(Wire.Message message, StreamObserver<byte[]> responses) {
    Client client = new Client((ServerCallStreamObserver<byte[]>) responses, deadline());
    if (message.size() <= Decoders.IN_LOOP_BYTES) {
      read(message, client);
      return;
    }
    try {
      decoders.execute(() -> read(message, client));
    } catch (StatusException full) {
      message.close();
      client.fail(full);
    }
  }

  /** Who asked, and until when an answer is of use. */
  private record Client(
      ServerCallStreamObserver<byte[]> observer, long deadline, CancelledCall cancelled) {

    Client(ServerCallStreamObserver<byte[]> observer, long deadline) {
      this(observer, deadline, new CancelledCall());
      observer.setOnCancelHandler(cancelled);
    }

    void fail(Throwable failure) {
      observer.onError(GrpcStatuses.exception(Status.of(failure)));
    }
  }

  /**
   * A small message may ask for large tensors, whose making is no work for an event loop either.
   */
  private void read(Wire.Message message, Client client) {
    try {
      PredictEnvelope envelope = PredictRequestReader.read(message.bytes());
      if (message.size() <= Decoders.IN_LOOP_BYTES && envelope.tensorBytes() > MAKE_IN_LOOP) {
        decoders.execute(() -> start(envelope, client));
      } else {
        start(envelope, client);
      }
    } catch (RuntimeException | Error failure) {
      client.fail(failure);
    }
  }

  private void start(PredictEnvelope envelope, Client client) {
    try {
      WirePredict predict = new WirePredict(envelope, asTensorContent, client.observer());
      Call call = inference.predict(predict.selector(), predict, client.deadline());
      client.cancelled().bind(call);
    } catch (RuntimeException | Error failure) {
      client.fail(failure);
    }
  }

  private static long deadline() {
    Deadline deadline = Context.current().getDeadline();
    return deadline == null
        ? Call.NO_DEADLINE
        : System.nanoTime() + deadline.timeRemaining(TimeUnit.NANOSECONDS);
  }

  private void getModelMetadata(
      GetModelMetadataRequest request, StreamObserver<GetModelMetadataResponse> client) {
    try {
      client.onNext(metadata(request));
      client.onCompleted();
    } catch (RuntimeException | Error failure) {
      client.onError(GrpcStatuses.exception(Status.of(failure)));
    }
  }

  private GetModelMetadataResponse metadata(GetModelMetadataRequest request) {
    if (!request.hasModelSpec()) {
      throw StatusException.invalidArgument("Missing ModelSpec");
    }
    if (request.getMetadataFieldCount() == 0) {
      throw StatusException.invalidArgument(
          "GetModelMetadataRequest must specify at least one metadata_field");
    }
    for (String field : request.getMetadataFieldList()) {
      if (!field.equals("signature_def")) {
        throw StatusException.invalidArgument("Metadata field %s is not supported", field);
      }
    }
    try (ServableHandle<Model> handle =
        inference.models().handle(ModelSpecs.selector(request.getModelSpec()))) {
      return GetModelMetadataResponse.newBuilder()
          .setModelSpec(ModelMetadata.spec(handle.id()))
          .putMetadata("signature_def", Any.pack(ModelMetadata.signatures(handle.servable())))
          .build();
    }
  }
}
