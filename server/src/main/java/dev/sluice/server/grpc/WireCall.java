package dev.sluice.server.grpc;

import dev.sluice.batching.Call;
import dev.sluice.protocol.WireBytes;
import dev.sluice.server.Decoders;
import dev.sluice.server.InFlightBytes;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

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

  private final ServerCallStreamObserver<Wire.Reply> client;
  private final InFlightBytes.Lease lease;
  private final Runnable share;
  private final CancelledCall cancelled = new CancelledCall();
  private final long deadlineNanos = deadline();

  private WireCall(ServerCallStreamObserver<Wire.Reply> client, InFlightBytes.Lease lease) {
    this.client = client;
    this.lease = lease;
    this.share = lease.share();
    client.setOnCancelHandler(cancelled);
  }

  private static long deadline() {
    Deadline deadline = Context.current().getDeadline();
    return deadline == null
        ? Call.NO_DEADLINE
        : System.nanoTime() + deadline.timeRemaining(TimeUnit.NANOSECONDS);
  }

  /**
   * Has a request handled: a small one at once, a large one by a decoder. To be called in the rpc's
   * own context, which knows the deadline.
   */
  static void receive(
      Wire.Message message,
      StreamObserver<Wire.Reply> responses,
      Decoders decoders,
      Handler handler) {
    WireCall call = new WireCall((ServerCallStreamObserver<Wire.Reply>) responses, message.lease());
    Runnable reading = () -> call.run(() -> message.read(bytes -> handler.handle(bytes, call)));
    if (message.isSmall()) {
      reading.run();
      return;
    }
    try {
      decoders.execute(reading);
    } catch (StatusException full) {
      message.close();
      call.over();
      call.fail(Status.of(full));
    }
  }

  /** Does something for this call; what it throws is the answer. */
  void run(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error failure) {
      over();
      fail(Status.of(failure));
    }
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

  /** Answers with what the encoding gives, or with why it failed. */
  void answer(Supplier<Wire.Reply> encoding) {
    if (client.isCancelled()) {
      return;
    }
    Wire.Reply response;
    try {
      response = encoding.get();
    } catch (RuntimeException | Error failure) {
      fail(Status.of(failure));
      return;
    }
    lease.add(response.size());
    client.onNext(response);
    client.onCompleted();
  }
}
