package dev.sluice.server.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.core.ServableHandle;
import dev.sluice.model.Model;
import dev.sluice.proto.serving.GetModelMetadataRequest;
import dev.sluice.proto.serving.GetModelMetadataResponse;
import dev.sluice.proto.serving.PredictionServiceGrpc;
import dev.sluice.protocol.ExampleEnvelope;
import dev.sluice.protocol.ExampleRequestReader;
import dev.sluice.protocol.InferenceResponseWriter;
import dev.sluice.protocol.MultiInferenceEnvelope;
import dev.sluice.protocol.PredictEnvelope;
import dev.sluice.protocol.PredictRequestReader;
import dev.sluice.protocol.RequestedModel;
import dev.sluice.protocol.WireBytes;
import dev.sluice.server.Decoders;
import dev.sluice.server.InFlightBytes;
import dev.sluice.server.Inference;
import dev.sluice.server.InferenceMethod;
import dev.sluice.server.ModelMetadata;
import dev.sluice.server.ModelSelector;
import dev.sluice.server.metrics.RequestKind;
import dev.sluice.status.StatusException;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.ServerCalls;
import java.util.List;

/** {@code tensorflow.serving.PredictionService}. Thread-safe. */
final class PredictionService {

  /** Tensors that take more are made off the event loop, however small the message. */
  private static final long MAKE_IN_LOOP = 256 * 1024;

  private final Inference inference;
  private final boolean asTensorContent;
  private final Decoders decoders;
  private final WireCall.Services services;
  private final InFlightBytes budget;

  /**
   * @param asTensorContent whether answers hold {@code tensor_content} instead of typed values
   */
  PredictionService(GrpcServer.Services services, boolean asTensorContent) {
    this.inference = services.inference();
    this.asTensorContent = asTensorContent;
    this.decoders = services.decoders();
    this.services =
        new WireCall.Services(
            decoders, inference.metrics(), services.access() != null, inference.traces() != null);
    this.budget = services.budget();
  }

  /** The service with all its methods, and the files that describe it, for reflection. */
  ServerServiceDefinition definition() {
    MethodDescriptor<Wire.Message, Wire.Reply> predict =
        wire(PredictionServiceGrpc.getPredictMethod());
    MethodDescriptor<Wire.Message, Wire.Reply> classify =
        wire(PredictionServiceGrpc.getClassifyMethod());
    MethodDescriptor<Wire.Message, Wire.Reply> regress =
        wire(PredictionServiceGrpc.getRegressMethod());
    MethodDescriptor<Wire.Message, Wire.Reply> multiInference =
        wire(PredictionServiceGrpc.getMultiInferenceMethod());
    MethodDescriptor<Wire.Message, Wire.Reply> metadata =
        wire(PredictionServiceGrpc.getGetModelMetadataMethod());
    ServiceDescriptor service =
        ServiceDescriptor.newBuilder(PredictionServiceGrpc.SERVICE_NAME)
            .setSchemaDescriptor(PredictionServiceGrpc.getServiceDescriptor().getSchemaDescriptor())
            .addMethod(predict)
            .addMethod(classify)
            .addMethod(regress)
            .addMethod(multiInference)
            .addMethod(metadata)
            .build();
    return ServerServiceDefinition.builder(service)
        .addMethod(predict, handler(RequestKind.PREDICT, this::predict))
        .addMethod(
            classify,
            handler(
                RequestKind.CLASSIFY,
                (message, call) -> infer(InferenceMethod.CLASSIFY, message, call)))
        .addMethod(
            regress,
            handler(
                RequestKind.REGRESS,
                (message, call) -> infer(InferenceMethod.REGRESS, message, call)))
        .addMethod(multiInference, handler(RequestKind.MULTI_INFERENCE, this::multiInference))
        .addMethod(
            metadata,
            handler(
                AdmittedCalls.MOST, new WireCall.Method(RequestKind.OTHER, this::getModelMetadata)))
        .build();
  }

  /** The method with bytes for messages: tensors and examples are read straight from the wire. */
  private static MethodDescriptor<Wire.Message, Wire.Reply> wire(MethodDescriptor<?, ?> method) {
    return method.toBuilder(Wire.REQUEST, Wire.RESPONSE).build();
  }

  private ServerCallHandler<Wire.Message, Wire.Reply> handler(
      RequestKind kind, WireCall.Handler handler) {
    return handler(Integer.MAX_VALUE, new WireCall.Method(kind, handler));
  }

  private ServerCallHandler<Wire.Message, Wire.Reply> handler(int most, WireCall.Method method) {
    return Wire.owning(
        budget,
        most,
        ServerCalls.asyncUnaryCall(
            (message, responses) -> WireCall.receive(message, responses, method, services)));
  }

  /**
   * A small message may ask for large tensors, whose making is no work for an event loop either.
   */
  private void predict(WireBytes message, WireCall call) {
    PredictEnvelope envelope = PredictRequestReader.read(message);
    call.asks(envelope.model().name());
    if (message.length() <= Decoders.IN_LOOP_BYTES && envelope.tensorBytes() > MAKE_IN_LOOP) {
      decoders.execute(() -> call.run(() -> start(envelope, call)));
    } else {
      start(envelope, call);
    }
  }

  private void start(PredictEnvelope envelope, WireCall call) {
    WirePredict predict = new WirePredict(envelope, asTensorContent, call);
    ModelSelector model = ModelSpecs.required(envelope.model());
    call.bind(inference.predict(model, predict, call.deadlineNanos()));
  }

  private void infer(InferenceMethod method, WireBytes message, WireCall call) {
    ExampleEnvelope envelope = ExampleRequestReader.read(message.array());
    RequestedModel asked = envelope.model();
    call.asks(asked.name());
    WireResults results =
        new WireResults(
            call, List.of(asked), answers -> InferenceResponseWriter.write(answers.getFirst()));
    call.bind(
        inference.infer(
            method,
            asked.signatureName(),
            new Inference.Examples(
                call.origin(),
                ModelSpecs.required(asked),
                envelope.examples(),
                call.deadlineNanos(),
                results,
                call::over)));
  }

  private void multiInference(WireBytes message, WireCall call) {
    MultiInferenceEnvelope envelope = ExampleRequestReader.readMultiInference(message.array());
    List<RequestedModel> asked =
        envelope.tasks().stream().map(MultiInferenceEnvelope.Task::model).toList();
    ModelSelector model =
        asked.isEmpty() ? ModelSelector.latest("") : ModelSpecs.selector(asked.getFirst());
    call.asks(model.name());
    WireResults results =
        new WireResults(call, asked, InferenceResponseWriter::writeMultiInference);
    call.bind(
        inference.multiInference(
            envelope.tasks(),
            new Inference.Examples(
                call.origin(),
                model,
                envelope.examples(),
                call.deadlineNanos(),
                results,
                call::over)));
  }

  private void getModelMetadata(WireBytes message, WireCall call) {
    GetModelMetadataRequest request;
    try {
      request = GetModelMetadataRequest.parseFrom(message.array());
    } catch (InvalidProtocolBufferException malformed) {
      throw StatusException.invalidArgument(
          "Malformed GetModelMetadataRequest: %s", malformed.getMessage());
    }
    LoggedCall.currentAsks(request.getModelSpec().getName());
    Wire.Reply reply = Wire.Reply.of(metadata(request).toByteArray());
    call.over();
    call.answer(reply);
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
