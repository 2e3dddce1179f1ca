package dev.sluice.client;

import io.grpc.Attributes;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;

/**
 * How far one attempt of a call came, as gRPC's streams report it. Thread-safe.
 *
 * <p>gRPC may make several streams for an attempt: where it knows that a server never looked at one
 * it makes another by itself. What counts is the furthest of them.
 */
final class Journey extends ClientStreamTracer.Factory {

  private volatile boolean sent;
  private volatile boolean answered;

  @Override
  public ClientStreamTracer newClientStreamTracer(
      ClientStreamTracer.StreamInfo info, Metadata headers) {
    return new ClientStreamTracer() {
      @Override
      public void streamCreated(Attributes transport, Metadata headers) {
        sent = true;
      }

      @Override
      public void inboundTrailers(Metadata trailers) {
        answered = true;
      }
    };
  }

  /** Whether there was a connection for it, so that a server may have it. */
  boolean sent() {
    return sent;
  }

  /** Whether the status is a server's word, not what became of the connection. */
  boolean answered() {
    return answered;
  }
}
