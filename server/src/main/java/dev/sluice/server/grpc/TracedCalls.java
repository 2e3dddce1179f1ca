package dev.sluice.server.grpc;

import dev.sluice.server.trace.RequestTrace;
import dev.sluice.server.trace.Traces;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall;
import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Traces calls, each of which finds its trace in its context. Thread-safe. */
record TracedCalls(Traces traces) implements ServerInterceptor {

  private static final Context.Key<RequestTrace> TRACE = Context.key("sluice-trace");
  private static final Metadata.Key<String> PARENT = key("traceparent");
  private static final Metadata.Key<String> STATE = key("tracestate");

  /** Codes for which OpenTelemetry blames the server, not the client. */
  private static final Set<Status.Code> FAULTS =
      Set.of(
          Status.Code.UNKNOWN,
          Status.Code.DEADLINE_EXCEEDED,
          Status.Code.UNIMPLEMENTED,
          Status.Code.INTERNAL,
          Status.Code.UNAVAILABLE,
          Status.Code.DATA_LOSS);

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  /** The trace of the call in whose context this is; null where it is not traced. */
  static @Nullable RequestTrace trace() {
    return TRACE.get();
  }

  @Override
  public <Q, S> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
    Iterable<String> states = headers.getAll(STATE);
    RequestTrace trace =
        traces.rpc(
            call.getMethodDescriptor().getFullMethodName(),
            new Traces.Caller(
                headers.get(PARENT), states == null ? null : String.join(",", states)),
            System.nanoTime());
    if (trace == null) {
      return next.startCall(call, headers);
    }
    Traced<Q, S> traced = new Traced<>(call, trace);
    Context context = Context.current().withValue(TRACE, trace);
    return traced.listening(Contexts.interceptCall(context, traced, headers, next));
  }

  /** Tells the trace how the call was closed, and when it is over. */
  private static final class Traced<Q, S>
      extends ForwardingServerCall.SimpleForwardingServerCall<Q, S> {

    private final RequestTrace trace;
    private volatile boolean closed;

    Traced(ServerCall<Q, S> call, RequestTrace trace) {
      super(call);
      this.trace = trace;
    }

    @Override
    public void close(Status status, Metadata trailers) {
      answered(status);
      super.close(status, trailers);
    }

    private void answered(Status status) {
      Status.Code code = status.getCode();
      String detail = status.getDescription();
      trace.answered(
          code.value(), FAULTS.contains(code) ? code.name() : null, detail == null ? "" : detail);
      closed = true;
    }

    ServerCall.Listener<Q> listening(ServerCall.Listener<Q> listener) {
      return new ForwardingServerCallListener.SimpleForwardingServerCallListener<>(listener) {
        @Override
        public void onCancel() {
          super.onCancel();
          if (!closed) {
            answered(Status.CANCELLED);
          }
          trace.end();
        }

        @Override
        public void onComplete() {
          super.onComplete();
          trace.end();
        }
      };
    }
  }
}
