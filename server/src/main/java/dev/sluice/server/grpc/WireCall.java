package dev.sluice.server.grpc;

import dev.sluice.batching.Call;
import dev.sluice.core.ServableId;
import dev.sluice.protocol.WireBytes;
import dev.sluice.server.Decoders;
import dev.sluice.server.InFlightBytes;
import dev.sluice.server.Inference;
import dev.sluice.server.metrics.Measured;
import dev.sluice.server.metrics.Protocol;
import dev.sluice.server.metrics.RequestKind;
import dev.sluice.server.metrics.ServerMetrics;
import dev.sluice.server.trace.RequestTrace;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An rpc whose messages are bytes: who asked, and until when an answer is of use. Answered once.
 * Thread-safe.
 */
final class WireCall {

  /** Reads a request and starts it; what it throws is the answer. */
  @FunctionalInterface
  interface Handler {
    void handle(WireBytes message, WireCall call);
  }

  /**
   * A method of the service.
   *
   * @param kind what its requests ask for
   */
  record Method(RequestKind kind, Handler handler) {}

  /**
   * What the calls of a service share.
   *
   * @param logged whether they are told of to a {@link LoggedCall}
   * @param traced whether calls may be traced
   */
  record Services(Decoders decoders, ServerMetrics metrics, boolean logged, boolean traced) {}

  private final ServerCallStreamObserver<Wire.Reply> client;
  private final RequestKind kind;
  private final ServerMetrics metrics;
  private final @Nullable LoggedCall logged;
  private final InFlightBytes.Lease lease;
  private final Runnable share;
  private final CancelledCall cancelled = new CancelledCall();
  private final long begunNanos = System.nanoTime();
  private final long deadlineNanos = deadline(begunNanos);
  private final @Nullable RequestTrace trace;
  private String model = "";

  private WireCall(
      ServerCallStreamObserver<Wire.Reply> client,
      InFlightBytes.Lease lease,
      RequestKind kind,
      Services services) {
    this.client = client;
    this.lease = lease;
    this.kind = kind;
    this.metrics = services.metrics();
    this.logged = services.logged() ? LoggedCall.current() : null;
    this.trace = services.traced() ? TracedCalls.trace() : null;
    this.share = lease.share();
    client.setOnCancelHandler(cancelled);
  }

  private static long deadline(long now) {
    Deadline deadline = Context.current().getDeadline();
    return deadline == null ? Call.NO_DEADLINE : now + deadline.timeRemaining(TimeUnit.NANOSECONDS);
  }

  /**
   * Has a request handled: a small one at once, a large one by a decoder. To be called in the rpc's
   * own context, which knows the deadline.
   */
  static void receive(
      Wire.Message message,
      StreamObserver<Wire.Reply> responses,
      Method method,
      Services services) {
    WireCall call =
        new WireCall(
            (ServerCallStreamObserver<Wire.Reply>) responses,
            message.lease(),
            method.kind(),
            services);
    Runnable reading =
        () -> call.run(() -> message.read(bytes -> method.handler().handle(bytes, call)));
    if (message.isSmall()) {
      reading.run();
      return;
    }
    try {
      services.decoders().execute(reading);
    } catch (StatusException full) {
      message.close();
      call.refuse(Status.of(full));
    }
  }

  /** Does something for this call; what it throws is the answer. */
  void run(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error failure) {
      refuse(Status.of(failure));
    }
  }

  /** Answers with why there is no run. */
  private void refuse(Status why) {
    over();
    metrics.refused(Protocol.GRPC, kind, model, why.code());
    fail(why);
  }

  /** The request was read so far that it is known which model it asks. */
  void asks(String name) {
    model = name;
    if (logged != null) {
      logged.asks(name);
    }
    if (trace != null) {
      trace.asks(name);
    }
  }

  /** This version answers. */
  void answers(ServableId id) {
    if (logged != null) {
      logged.answers(id);
    }
  }

  /** Where it came from. */
  Inference.Origin origin() {
    return new Inference.Origin(Protocol.GRPC, begunNanos, trace);
  }

  /** Its trace; null where it is not traced. */
  @Nullable RequestTrace trace() {
    return trace;
  }

  /** When it came, in terms of {@link System#nanoTime}. */
  long begunNanos() {
    return begunNanos;
  }

  /**
   * The request takes so many bytes more.
   *
   * @throws StatusException if there is no room for them
   */
  void take(long bytes) {
    lease.take(bytes);
  }

  /** The request's tensors are given back, or there never were any. */
  void over() {
    share.run();
  }

  /** As {@link Call} takes it. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  /** The call that is under way: cancelled when the client cancels, or at once if it has. */
  void bind(Call started) {
    cancelled.bind(started::cancel);
  }

  /** Answers with a failure. */
  void fail(Status status) {
    if (!client.isCancelled()) { // else nobody is there to tell
      client.onError(GrpcStatuses.exception(status));
    }
  }

  /**
   * Answers with what the encoding gives, or with why it failed.
   *
   * @param measured is told which
   */
  void answer(Supplier<Wire.Reply> encoding, Measured measured) {
    if (client.isCancelled()) {
      measured.encoded(StatusCode.CANCELLED);
      return;
    }
    Wire.Reply response;
    try {
      response = encoding.get();
    } catch (RuntimeException | Error failure) {
      Status told = Status.of(failure);
      measured.encoded(told.code());
      fail(told);
      return;
    }
    measured.encoded(StatusCode.OK);
    send(response);
  }

  /** Answers with this, unless nobody is there to get it. */
  void answer(Wire.Reply response) {
    if (!client.isCancelled()) {
      send(response);
    }
  }

  private void send(Wire.Reply response) {
    lease.add(response.size());
    client.onNext(response);
    client.onCompleted();
  }
}
