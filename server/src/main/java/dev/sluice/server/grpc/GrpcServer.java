package dev.sluice.server.grpc;

import dev.sluice.server.Decoders;
import dev.sluice.server.Inference;
import dev.sluice.server.Transport;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The listener of the gRPC services. */
public final class GrpcServer implements AutoCloseable {

  /**
   * How it is made.
   *
   * @param address where to listen; port 0 for any free one
   * @param asTensorContent whether Predict answers with {@code tensor_content}
   * @param decoders runs the decoding of large messages, which would hold an event loop
   */
  public record Options(InetSocketAddress address, boolean asTensorContent, Decoders decoders) {}

  private final Server server;

  private GrpcServer(Server server) {
    this.server = server;
  }

  /**
   * Opens the port.
   *
   * @throws StatusException INVALID_ARGUMENT with the text of TensorFlow Serving if it cannot be
   *     bound
   */
  public static GrpcServer open(Transport transport, Inference inference, Options options) {
    Server server =
        NettyServerBuilder.forAddress(options.address())
            .channelType(transport.channel())
            .bossEventLoopGroup(transport.acceptors())
            .workerEventLoopGroup(transport.workers())
            .directExecutor()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .addService(
                new PredictionService(inference, options.asTensorContent(), options.decoders())
                    .definition())
            .addService(new ModelService(inference.models()))
            .build();
    try {
      return new GrpcServer(server.start());
    } catch (IOException failure) {
      throw new StatusException(
          StatusCode.INVALID_ARGUMENT,
          "Failed to BuildAndStart gRPC server: cannot listen on "
              + options.address()
              + " ("
              + rootMessage(failure)
              + ")",
          failure);
    }
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  /** The port that was bound. */
  public int port() {
    return server.getPort();
  }

  /** Takes no further connection or call. */
  public void stopAccepting() {
    server.shutdown();
  }

  /** Waits until every call has ended. False if that takes longer. */
  public boolean awaitIdle(Duration limit) throws InterruptedException {
    return server.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Closes the port and every connection. */
  @Override
  public void close() {
    server.shutdownNow();
  }
}
