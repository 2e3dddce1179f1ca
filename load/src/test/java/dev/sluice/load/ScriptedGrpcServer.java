package dev.sluice.load;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A gRPC server on grpc-java that a test tells what to answer. */
final class ScriptedGrpcServer implements AutoCloseable {

  /** What to do with a request. */
  interface Script {
    /** Answers now or later; the number is that of the request, from 0, over all connections. */
    void answer(int number, byte[] request, StreamObserver<byte[]> answer);
  }

  static final String METHOD = "test.Service/Call";

  final AtomicInteger requests = new AtomicInteger();
  final Server server;

  private ScriptedGrpcServer(
      Script script, Consumer<Metadata> headers, UnaryOperator<NettyServerBuilder> settings)
      throws IOException {
    MethodDescriptor<byte[], byte[]> method =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodType.UNARY)
            .setFullMethodName(METHOD)
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();
    ServerCallHandler<byte[], byte[]> handler =
        ServerCalls.asyncUnaryCall(
            (request, answer) -> script.answer(requests.getAndIncrement(), request, answer));
    ServerCallHandler<byte[], byte[]> watched =
        new ServerCallHandler<>() {
          @Override
          public ServerCall.Listener<byte[]> startCall(
              ServerCall<byte[], byte[]> call, Metadata metadata) {
            headers.accept(metadata);
            return handler.startCall(call, metadata);
          }
        };
    server =
        settings
            .apply(
                NettyServerBuilder.forAddress(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
            .directExecutor()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .addService(
                ServerServiceDefinition.builder("test.Service").addMethod(method, watched).build())
            .build()
            .start();
  }

  static ScriptedGrpcServer start(Script script) throws IOException {
    return new ScriptedGrpcServer(script, headers -> {}, builder -> builder);
  }

  static ScriptedGrpcServer watching(Script script, Consumer<Metadata> headers) throws IOException {
    return new ScriptedGrpcServer(script, headers, builder -> builder);
  }

  static ScriptedGrpcServer with(Script script, UnaryOperator<NettyServerBuilder> settings)
      throws IOException {
    return new ScriptedGrpcServer(script, headers -> {}, settings);
  }

  /** Answers with the request. */
  static void echo(int number, byte[] request, StreamObserver<byte[]> answer) {
    answer.onNext(request);
    answer.onCompleted();
  }

  LoadTarget target() {
    return LoadTarget.grpc((InetSocketAddress) server.getListenSockets().getFirst(), METHOD);
  }

  @Override
  public void close() throws InterruptedException {
    server.shutdownNow().awaitTermination();
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }
}
