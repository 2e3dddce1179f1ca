package dev.sluice.server.grpc;

import io.grpc.ForwardingServerCall;
import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Calls that last until somebody ends them: a health check that watches, a reflection session. A
 * stop would wait for them in vain, so it ends them here. Thread-safe.
 */
final class StandingCalls implements ServerInterceptor {

  private final Set<Standing<?, ?>> open = ConcurrentHashMap.newKeySet();
  private volatile boolean ended;

  @Override
  public <Q, S> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
    Standing<Q, S> standing = new Standing<>(call);
    open.add(standing);
    ServerCall.Listener<Q> listener = next.startCall(standing, headers);
    if (ended) {
      standing.end();
    }
    return new ForwardingServerCallListener.SimpleForwardingServerCallListener<>(listener) {
      @Override
      public void onCancel() {
        open.remove(standing);
        super.onCancel();
      }

      @Override
      public void onComplete() {
        open.remove(standing);
        super.onComplete();
      }
    };
  }

  /** Ends all there are, and those that come. */
  void end() {
    ended = true;
    open.forEach(Standing::end);
  }

  /** May be closed from outside: what is sent or closed after that is dropped. */
  private static final class Standing<Q, S>
      extends ForwardingServerCall.SimpleForwardingServerCall<Q, S> {

    private boolean closed;

    Standing(ServerCall<Q, S> call) {
      super(call);
    }

    synchronized void end() {
      close(Status.UNAVAILABLE.withDescription("the server is shutting down"), new Metadata());
    }

    @Override
    public synchronized void sendHeaders(Metadata headers) {
      if (!closed) {
        super.sendHeaders(headers);
      }
    }

    @Override
    public synchronized void sendMessage(S message) {
      if (!closed) {
        super.sendMessage(message);
      }
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
      if (!closed) {
        closed = true;
        super.close(status, trailers);
      }
    }
  }
}
