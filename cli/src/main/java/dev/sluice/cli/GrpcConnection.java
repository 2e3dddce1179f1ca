package dev.sluice.cli;

import dev.sluice.proto.serving.PredictionServiceGrpc;
import dev.sluice.proto.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.TimeUnit;

/** A connection to the gRPC API of a server, in clear text. Made when it is first used. */
final class GrpcConnection implements AutoCloseable {

  private final Endpoint endpoint;
  private final ManagedChannel channel;

  GrpcConnection(Endpoint endpoint) {
    this.endpoint = endpoint;
    this.channel =
        Grpc.newChannelBuilderForAddress(
                endpoint.host(), endpoint.port(), InsecureChannelCredentials.create())
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
  }

  /** For one call, which has to be over within the time of the endpoint from now on. */
  PredictionServiceBlockingStub stub() {
    return PredictionServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(endpoint.timeout().toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Whether there was nobody to refuse the call; what a connection says has a cause with it. */
  static boolean isOfNobody(StatusRuntimeException failure) {
    String text = String.valueOf(failure.getStatus().getDescription());
    return switch (failure.getStatus().getCode()) {
      case UNAVAILABLE, INTERNAL, UNKNOWN ->
          failure.getCause() != null || text.startsWith("Unable to resolve host");
      default -> false;
    };
  }

  /** What to tell of a failure that {@link #isOfNobody}. */
  StatusException noServer(StatusRuntimeException failure) {
    Throwable cause = failure.getCause();
    String reason = cause == null ? null : cause.getMessage();
    return new StatusException(
        StatusCode.ofNumber(failure.getStatus().getCode().value()),
        "expected a server's gRPC API at %s, none answers there (%s)"
            .formatted(endpoint, reason == null ? failure.getStatus().getDescription() : reason),
        failure);
  }

  @Override
  public void close() {
    var _ = channel.shutdownNow();
    try {
      var _ = channel.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
    }
  }
}
