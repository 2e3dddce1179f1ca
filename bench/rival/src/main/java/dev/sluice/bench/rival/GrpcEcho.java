package dev.sluice.bench.rival;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

/**
 * Predict over gRPC on grpc-java and Netty, answered on the event loop: each request is read as
 * bytes and answered with the same small response. What a gRPC stack can't be faster than.
 */
public final class GrpcEcho implements EchoServer {

  static final MethodDescriptor<byte[], byte[]> PREDICT =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodType.UNARY)
          .setFullMethodName("tensorflow.serving.PredictionService/Predict")
          .setRequestMarshaller(new ByteArrayMarshaller())
          .setResponseMarshaller(new ByteArrayMarshaller())
          .build();

  /** A PredictResponse of model {@code default}, version 1: outputs = a 1 x 1 float tensor. */
  private static final byte[] PREDICTION =
      HexFormat.of()
          .parseHex(
              "0a1d0a076f75747075747312120801120812020801120208012a040000b441"
                  + "121e0a0764656661756c74120208011a0f73657276696e675f64656661756c74");

  private final EventLoops loops;
  private final Server server;

  private GrpcEcho(EventLoops loops, Server server) {
    this.loops = loops;
    this.server = server;
  }

  /** Serves until a signal comes; flags as {@link EchoOptions} reads them. */
  public static void main(String[] arguments) {
    EchoServer.run(EchoOptions.onPort(8500).with(arguments), GrpcEcho::start);
  }

  static GrpcEcho start(EchoOptions options) {
    EventLoops loops = EventLoops.start(options.threads());
    Server server =
        NettyServerBuilder.forAddress(options.address())
            .bossEventLoopGroup(loops.group())
            .workerEventLoopGroup(loops.group())
            .channelType(loops.channelType())
            .directExecutor()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .addService(service())
            .build();
    try {
      return new GrpcEcho(loops, server.start());
    } catch (IOException failure) {
      loops.close();
      throw new IllegalStateException("can't listen on " + options.address(), failure);
    }
  }

  private static ServerServiceDefinition service() {
    return ServerServiceDefinition.builder("tensorflow.serving.PredictionService")
        .addMethod(
            PREDICT,
            ServerCalls.asyncUnaryCall((request, response) -> {
              response.onNext(PREDICTION);
              response.onCompleted();
            }))
        .build();
  }

  @Override
  public InetSocketAddress address() {
    return (InetSocketAddress) server.getListenSockets().getFirst();
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      if (!server.awaitTermination(5, TimeUnit.SECONDS)) {
        throw new IllegalStateException("connections are still open after 5 s");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      loops.close();
    }
  }
}
