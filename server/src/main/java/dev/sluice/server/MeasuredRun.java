package dev.sluice.server;

import dev.sluice.batching.Call;
import dev.sluice.core.ServableHandle;
import dev.sluice.core.ServableId;
import dev.sluice.model.Model;
import dev.sluice.model.Shape;
import dev.sluice.server.metrics.Measured;
import dev.sluice.server.metrics.Meter;
import dev.sluice.server.record.RequestLog;
import dev.sluice.server.trace.RequestTrace;
import org.jspecify.annotations.Nullable;

/**
 * A request from its inputs to its answer: the receiver of its call, and the loan that the call
 * gives back, in one object, since each request has one.
 */
abstract class MeasuredRun extends Measured implements Call.Receiver, Runnable {

  private final ServableHandle<Model> handle;
  private final Call.Request request;
  private @Nullable RequestLog log;

  /**
   * Takes over nothing: the loan and the inputs go to the call.
   *
   * @param begunNanos when the request came, in terms of {@link System#nanoTime}
   */
  MeasuredRun(Meter meter, long begunNanos, ServableHandle<Model> handle, Call.Request request) {
    super(meter, begunNanos);
    this.handle = handle;
    this.request = request;
  }

  /** The call, to be submitted now. */
  final Call call(long deadlineNanos, long nowNanos) {
    decoded(nowNanos);
    RequestTrace trace = trace();
    if (trace != null) {
      trace.runs(handle.id(), request.signature().name(), rows());
    }
    return new Call(request, this, deadlineNanos, observer(), this);
  }

  /** Has it logged once it is answered well; to be said before it is submitted. */
  final void logTo(@Nullable RequestLog to) {
    log = to;
  }

  /** Who logs it; null for nobody. */
  final @Nullable RequestLog log() {
    return log;
  }

  /** Those of the first input; 1 where it has none. */
  private long rows() {
    if (request.inputs().isEmpty()) {
      return 1;
    }
    Shape shape = request.inputs().getFirst().shape();
    return shape.rank() == 0 ? 1 : shape.dimension(0);
  }

  /** Which version runs. */
  final ServableId id() {
    return handle.id();
  }

  final Call.Request request() {
    return request;
  }

  /** Gives the loan of the model back, and tells whoever waits for that. */
  @Override
  public final void run() {
    handle.close();
    over();
  }

  /** The request holds no tensor any more. */
  abstract void over();
}
