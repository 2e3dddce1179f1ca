package dev.sluice.load;

import java.nio.ByteBuffer;
import java.util.List;

/** Messages with gRPC's prefix. */
final class GrpcRequests implements LoadProtocol {

  /** A byte that says whether the message is compressed, and its length in four. */
  static final int PREFIX = 5;

  private final LoadTarget.Grpc target;
  private final List<byte[]> messages;

  GrpcRequests(LoadTarget.Grpc target, List<byte[]> messages) {
    this.target = target;
    this.messages = messages.stream().map(GrpcRequests::prefixed).toList();
  }

  LoadTarget.Grpc target() {
    return target;
  }

  /** Prefix and message. */
  byte[] get(int request) {
    return messages.get(request);
  }

  @Override
  public LoadConnection connection(LoadLoop load) {
    return new GrpcConnection(load, this);
  }

  @Override
  public void close() {}

  private static byte[] prefixed(byte[] message) {
    return ByteBuffer.allocate(PREFIX + message.length)
        .put((byte) 0)
        .putInt(message.length)
        .put(message)
        .array();
  }
}
