package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import io.grpc.CallOptions;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client that has none of our classes: what it knows of the services it learnt by asking. */
class GrpcReflectionTest {

  private static TestServer server;

  @BeforeAll
  static void start(@TempDir Path models) throws Exception {
    server = TestServer.of("half_plus_two", Models.copyTo(models, Models.HALF_PLUS_TWO));
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  private static ServerReflectionResponse ask(ServerReflectionRequest request) throws Exception {
    CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> requests =
        ServerReflectionGrpc.newStub(server.channel())
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerReflectionResponse response) {
                    answer.complete(response);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    answer.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(request);
    ServerReflectionResponse response = answer.get(30, TimeUnit.SECONDS);
    requests.onCompleted();
    return response;
  }

  private static FileDescriptor fileOf(String symbol) throws Exception {
    List<ByteString> files =
        ask(ServerReflectionRequest.newBuilder().setFileContainingSymbol(symbol).build())
            .getFileDescriptorResponse()
            .getFileDescriptorProtoList();
    Map<String, FileDescriptorProto> protos = new LinkedHashMap<>();
    for (ByteString file : files) {
      FileDescriptorProto proto = FileDescriptorProto.parseFrom(file);
      protos.put(proto.getName(), proto);
    }
    return built(protos.values().iterator().next(), protos);
  }

  private static FileDescriptor built(
      FileDescriptorProto proto, Map<String, FileDescriptorProto> others) throws Exception {
    FileDescriptor[] imports = new FileDescriptor[proto.getDependencyCount()];
    for (int i = 0; i < imports.length; i++) {
      String name = proto.getDependency(i);
      FileDescriptorProto known = others.get(name);
      imports[i] = built(known == null ? byName(name) : known, others);
    }
    return FileDescriptor.buildFrom(proto, imports);
  }

  private static FileDescriptorProto byName(String file) throws Exception {
    return FileDescriptorProto.parseFrom(
        ask(ServerReflectionRequest.newBuilder().setFileByFilename(file).build())
            .getFileDescriptorResponse()
            .getFileDescriptorProto(0));
  }

  /** Calls a method with a message in JSON, as a generic client does. */
  private static String call(String service, String method, String json) throws Exception {
    FileDescriptor file = fileOf(service);
    ServiceDescriptor described =
        file.findServiceByName(service.substring(service.lastIndexOf('.') + 1));
    MethodDescriptor found = described.findMethodByName(method);
    DynamicMessage.Builder request = DynamicMessage.newBuilder(found.getInputType());
    JsonFormat.parser().merge(json, request);
    DynamicMessage answer =
        ClientCalls.blockingUnaryCall(
            server.channel(),
            descriptor(service + '/' + method, found.getInputType(), found.getOutputType()),
            CallOptions.DEFAULT,
            request.build());
    return JsonFormat.printer().omittingInsignificantWhitespace().print(answer);
  }

  private static io.grpc.MethodDescriptor<DynamicMessage, DynamicMessage> descriptor(
      String name, Descriptor input, Descriptor output) {
    return io.grpc.MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder()
        .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(name)
        .setRequestMarshaller(ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(input)))
        .setResponseMarshaller(ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(output)))
        .build();
  }

  @Test
  @Spec("V04")
  void everyServiceIsListedAndSessionServiceIsNot() throws Exception {
    assertThat(
            ask(ServerReflectionRequest.newBuilder().setListServices("").build())
                .getListServicesResponse()
                .getServiceList())
        .extracting(ServiceResponse::getName)
        .containsExactlyInAnyOrder(
            "tensorflow.serving.PredictionService",
            "tensorflow.serving.ModelService",
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection");
  }

  @Test
  void genericClientPredictsClassifiesAndAsks() throws Exception {
    String spec = "\"modelSpec\": {\"name\": \"half_plus_two\", \"version\": \"2\"";
    String service = "tensorflow.serving.PredictionService";
    assertThat(
            call(
                service,
                "Predict",
                "{"
                    + spec
                    + "}, \"inputs\": {\"x\": {\"dtype\": \"DT_FLOAT\", \"tensorShape\":"
                    + " {\"dim\": [{\"size\": \"2\"}]}, \"floatVal\": [1.0, 2.0]}}}"))
        .contains("\"floatVal\":[3.5,4.0]");
    assertThat(
            call(
                service,
                "Classify",
                "{"
                    + spec
                    + ", \"signatureName\": \"classify_x_to_y\"}, \"input\":"
                    + " {\"exampleList\": {\"examples\": [{\"features\": {\"feature\": {\"x\":"
                    + " {\"floatList\": {\"value\": [2.0]}}}}}]}}}"))
        .contains("\"score\":4.0");
    assertThat(call("tensorflow.serving.ModelService", "GetModelStatus", "{" + spec + "}}"))
        .contains("\"state\":\"AVAILABLE\"");
    assertThat(call("grpc.health.v1.Health", "Check", "{}")).contains("SERVING");
  }

  @Test
  void olderReflectionAnswersToo() throws Exception {
    CompletableFuture<Integer> services = new CompletableFuture<>();
    StreamObserver<io.grpc.reflection.v1alpha.ServerReflectionRequest> requests =
        io.grpc.reflection.v1alpha.ServerReflectionGrpc.newStub(server.channel())
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(io.grpc.reflection.v1alpha.ServerReflectionResponse response) {
                    services.complete(response.getListServicesResponse().getServiceCount());
                  }

                  @Override
                  public void onError(Throwable failure) {
                    services.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(
        io.grpc.reflection.v1alpha.ServerReflectionRequest.newBuilder()
            .setListServices("")
            .build());
    assertThat(services.get(30, TimeUnit.SECONDS)).isEqualTo(5);
    requests.onCompleted();
  }
}
