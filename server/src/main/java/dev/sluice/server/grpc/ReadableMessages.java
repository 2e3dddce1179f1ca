package dev.sluice.server.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.BindableService;
import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/**
 * Answers a message that is none with INVALID_ARGUMENT, in services whose messages grpc makes
 * objects of. On its own it would say UNKNOWN, and write a stack trace for each that comes.
 * Thread-safe.
 */
final class ReadableMessages implements ServerInterceptor {

  private ReadableMessages() {}

  /** The service, with its messages made where a failure can be caught. */
  static ServerServiceDefinition of(BindableService service) {
    return ServerInterceptors.intercept(
        ServerInterceptors.useInputStreamMessages(service.bindService()), new ReadableMessages());
  }

  @Override
  public <Q, S> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
    return new Listener<>(call, next.startCall(call, headers));
  }

  private static final class Listener<Q>
      extends ForwardingServerCallListener.SimpleForwardingServerCallListener<Q> {

    private final ServerCall<Q, ?> call;
    private boolean refused;

    Listener(ServerCall<Q, ?> call, ServerCall.Listener<Q> listener) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (refused) {
        return;
      }
      try {
        super.onMessage(message);
      } catch (StatusRuntimeException unreadable) {
        refused = true;
        call.close(status(unreadable), new Metadata());
      }
    }

    private static Status status(StatusRuntimeException unreadable) {
      return unreadable.getCause() instanceof InvalidProtocolBufferException malformed
          ? Status.INVALID_ARGUMENT.withDescription("Malformed request: " + malformed.getMessage())
          : unreadable.getStatus();
    }

    @Override
    public void onHalfClose() {
      if (!refused) {
        super.onHalfClose();
      }
    }
  }
}
