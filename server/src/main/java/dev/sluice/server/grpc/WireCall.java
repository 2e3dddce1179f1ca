package dev.sluice.server.grpc;

import dev.sluice.batching.Call;
import dev.sluice.server.Decoders;
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
    void handle(byte[] message, WireCall call);
  }

  private final ServerCallStreamObserver<byte[]> client;
  private final CancelledCall cancelled = new CancelledCall();
  private final long deadlineNanos = deadline();

  private WireCall(ServerCallStreamObserver<byte[]> client) {
    this.client = client;
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
      Wire.Message message, StreamObserver<byte[]> responses, Decoders decoders, Handler handler) {
    WireCall call = new WireCall((ServerCallStreamObserver<byte[]>) responses);
    if (message.size() <= Decoders.IN_LOOP_BYTES) {
      call.run(() -> handler.handle(message.bytes(), call));
      return;
    }
    try {
      decoders.execute(() -> call.run(() -> handler.handle(message.bytes(), call)));
    } catch (StatusException full) {
      message.close();
      call.fail(Status.of(full));
    }
  }

  /** Does something for this call; what it throws is the answer. */
  void run(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error failure) {
      fail(Status.of(failure));
    }
  }

  /** As {@link Call} takes it. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  /** The call that is under way: cancelled when the client cancels, or at once if it has. */
  void bind(Call started) {
    cancelled.bind(started);
  }

  /** Answers with a failure. */
  void fail(Status status) {
    if (!client.isCancelled()) { // else nobody is there to tell
      client.onError(GrpcStatuses.exception(status));
    }
  }

  /** Answers with what the encoding gives, or with why it failed. */
  void answer(Supplier<byte[]> encoding) {
    if (client.isCancelled()) {
      return;
    }
    byte[] response;
    try {
      response = encoding.get();
    } catch (RuntimeException | Error failure) {
      fail(Status.of(failure));
      return;
    }
    client.onNext(response);
    client.onCompleted();
  }
}
