package dev.sluice.server.grpc;

import dev.sluice.server.InFlightBytes;
import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * Counts the messages of methods that are no hot path, and bounds their length, since grpc makes
 * objects of them on the event loop. Thread-safe.
 */
record AdmittedCalls(InFlightBytes budget) implements ServerInterceptor {

  /** Four MiB, what gRPC servers take by default. */
  static final int MOST = 4 << 20;

  @Override
  public <Q, S> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
    InFlightBytes.Lease lease = budget.lease();
    Admission.announce(new Inbound(call, lease, MOST));
    return new ForwardingServerCallListener.SimpleForwardingServerCallListener<>(
        next.startCall(call, headers)) {
      @Override
      public void onCancel() {
        super.onCancel();
        lease.release();
      }

      @Override
      public void onComplete() {
        super.onComplete();
        lease.release();
      }
    };
  }
}
