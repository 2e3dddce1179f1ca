package dev.sluice.server.grpc;

import dev.sluice.core.ServableId;
import dev.sluice.server.log.AccessEntry;
import dev.sluice.server.log.AccessLog;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A call as the log of requests sees it, from its first header to its last word, whatever method it
 * is and however it ends. What it asks for is told it on the way by those who read that.
 *
 * <p>There are such only where there is such a log. Thread-safe.
 */
final class LoggedCall extends ServerStreamTracer {

  private static final Context.Key<LoggedCall> KEY = Context.key("sluice-logged-call");

  private final AccessLog log;
  private final String method;
  private final long begunNanos = System.nanoTime();
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private volatile @Nullable SocketAddress peer;
  private volatile AccessEntry.Served served = AccessEntry.Served.NOTHING;

  private LoggedCall(AccessLog log, String method) {
    this.log = log;
    this.method = method;
  }

  /** Makes one for each call. */
  static ServerStreamTracer.Factory into(AccessLog log) {
    return new ServerStreamTracer.Factory() {
      @Override
      public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
        return new LoggedCall(log, fullMethodName);
      }
    };
  }

  /** That of the call in whose context this thread is; null if there is none. */
  static @Nullable LoggedCall current() {
    return KEY.get();
  }

  /** The call in whose context this thread is asks for a model. */
  static void currentAsks(String model) {
    LoggedCall call = current();
    if (call != null) {
      call.asks(model);
    }
  }

  void asks(String model) {
    served = new AccessEntry.Served(model, null);
  }

  /** This version answers. */
  void answers(ServableId id) {
    served = new AccessEntry.Served(id.name(), id.version());
  }

  @Override
  public Context filterContext(Context context) {
    return context.withValue(KEY, this);
  }

  @Override
  public void serverCallStarted(ServerCallInfo<?, ?> call) {
    peer = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
  }

  @Override
  public void inboundWireSize(long bytes) {
    received.addAndGet(bytes);
  }

  @Override
  public void outboundWireSize(long bytes) {
    sent.addAndGet(bytes);
  }

  @Override
  public void streamClosed(Status status) {
    log.add(
        new AccessEntry(
            System.currentTimeMillis(),
            "grpc",
            peer,
            "",
            "/" + method,
            served,
            status.getCode().name(),
            received.get(),
            sent.get(),
            System.nanoTime() - begunNanos));
  }
}
