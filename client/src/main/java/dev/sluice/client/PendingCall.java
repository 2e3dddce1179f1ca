package dev.sluice.client;

import com.google.protobuf.MessageLite;
import dev.sluice.status.StatusCode;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A call from its start to its one outcome, over as many attempts as the policy allows.
 *
 * <p>Attempts follow each other: the next one begins when the one before has ended, so one thread
 * at a time is here; which one changes. The {@link #future} may be completed by anybody at any time
 * (cancelled, say), and whatever is on its way then is given up. The order that makes this safe: an
 * attempt, or the pause before it, is published and then the future is looked at; who completes the
 * future does it the other way round.
 */
final class PendingCall<Q extends MessageLite, P, A> implements Connection.Task {

  /**
   * What is asked.
   *
   * @param model the model's name
   * @param decoded makes the answer of the message
   */
  record Question<Q extends MessageLite, P, A>(
      Rpc<Q, P> rpc, Q message, String model, Function<P, A> decoded) {}

  /**
   * What goes on: an attempt, or the pause before one.
   *
   * @param order grows from step to step; a step may be published after the next one
   */
  private record Step(int order, Runnable giveUp) {}

  private final Connection connection;
  private final Question<Q, P, A> question;
  private final Duration limit;
  private final Deadline deadline;
  private final CompletableFuture<A> future = new CompletableFuture<>();

  private final AtomicReference<Step> latest = new AtomicReference<>(new Step(0, () -> {}));

  private PendingCall(Connection connection, Question<Q, P, A> question, Duration limit) {
    this.connection = connection;
    this.question = question;
    this.limit = limit;
    this.deadline = Deadline.after(limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Starts it.
   *
   * @throws IllegalStateException if the client is closed
   */
  static <Q extends MessageLite, P, A> CompletableFuture<A> start(
      Connection connection, Question<Q, P, A> question, Duration limit) {
    PendingCall<Q, P, A> pending = new PendingCall<>(connection, question, limit);
    connection.begin(pending);
    var _ = pending.future.whenComplete((_, _) -> pending.ended());
    if (pending.fits()) {
      pending.attempt(1);
    }
    return pending.future;
  }

  private boolean fits() {
    int bytes = question.message().getSerializedSize();
    int most = connection.maxMessageBytes();
    if (bytes > most) {
      String text = "a request of %d bytes, expected at most %d".formatted(bytes, most);
      future.completeExceptionally(exception(StatusCode.RESOURCE_EXHAUSTED, text, false, null));
    }
    return bytes <= most;
  }

  @Override
  public boolean cancel() {
    return future.cancel(false);
  }

  /** The future has an outcome: nothing may go on, and the client may close. */
  private void ended() {
    latest.get().giveUp().run();
    connection.end(this);
  }

  private void publish(Step step) {
    var _ = latest.accumulateAndGet(step, (old, now) -> now.order() > old.order() ? now : old);
    if (future.isDone()) {
      step.giveUp().run();
    }
  }

  private void attempt(int number) {
    if (future.isDone()) {
      return;
    }
    try {
      ClientCall<Q, P> attempt = sent(number);
      // Cancelling does nothing to a call that has ended.
      publish(new Step(2 * number, () -> attempt.cancel("the caller does not wait", null)));
    } catch (RuntimeException fault) { // else nobody would ever end this call
      String text = "the call cannot be made: " + fault;
      var _ = future.completeExceptionally(exception(StatusCode.INTERNAL, text, true, fault));
    }
  }

  private ClientCall<Q, P> sent(int number) {
    Journey journey = new Journey();
    CallOptions options =
        CallOptions.DEFAULT.withDeadline(deadline).withStreamTracerFactory(journey);
    if (number > 1) {
      connection.reconnect();
    }
    ClientCall<Q, P> attempt = connection.newCall(question.rpc().method(), options);
    attempt.start(new Answer(number, journey), new Metadata());
    attempt.request(2); // a second message would be an error, and gRPC says so
    attempt.sendMessage(question.message());
    attempt.halfClose();
    return attempt;
  }

  /** What comes of one attempt; gRPC calls it from one thread at a time. */
  private final class Answer extends ClientCall.Listener<P> {
    private final int number;
    private final Journey journey;
    private @Nullable P message;

    Answer(int number, Journey journey) {
      this.number = number;
      this.journey = journey;
    }

    @Override
    public void onMessage(P received) {
      message = received;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      P received = message;
      if (!status.isOk()) {
        failed(status, journey, number);
      } else if (received == null) {
        failed(Status.INTERNAL.withDescription("an answer without a message"), journey, number);
      } else {
        answered(received);
      }
    }
  }

  private void answered(P message) {
    A answer;
    try {
      answer = question.decoded().apply(message);
    } catch (RuntimeException malformed) {
      String text = "the answer is not understood: " + malformed.getMessage();
      future.completeExceptionally(exception(StatusCode.INTERNAL, text, true, malformed));
      return;
    }
    future.complete(answer);
  }

  private void failed(Status status, Journey journey, int number) {
    if (future.isDone()) {
      return;
    }
    RetryPolicy policy = connection.retries();
    if (status.getCode() == Status.Code.UNAVAILABLE
        && number < policy.attempts()
        && mayRepeat(policy, journey)) {
      Duration delay = policy.delay(number, connection.random());
      if (delay.toNanos() < deadline.timeRemaining(TimeUnit.NANOSECONDS)) {
        pause(delay, number + 1);
        return;
      }
    }
    StatusCode code = StatusCode.ofNumber(status.getCode().value());
    String text = journey.answered() ? description(status) : unanswered(status, journey);
    future.completeExceptionally(exception(code, text, journey.sent(), status.getCause()));
  }

  private boolean mayRepeat(RetryPolicy policy, Journey journey) {
    return !question.rpc().runs()
        || !journey.sent()
        || (policy.refusedRuns() && journey.answered());
  }

  private void pause(Duration delay, int next) {
    Future<?> waiting = connection.after(delay, () -> attempt(next));
    publish(new Step(2 * next - 1, () -> waiting.cancel(false)));
  }

  private SluiceException exception(
      StatusCode code, String text, boolean sent, @Nullable Throwable cause) {
    return new SluiceException(
        new SluiceException.Failure(code, text, question.model(), sent), cause);
  }

  /** What became of a call to which no server said anything. */
  private String unanswered(Status status, Journey journey) {
    return switch (status.getCode()) {
      case DEADLINE_EXCEEDED ->
          "no answer from %s within %d ms".formatted(connection, limit.toMillis());
      case UNAVAILABLE ->
          (journey.sent() ? "the connection to %s was lost: %s" : "no server at %s: %s")
              .formatted(connection, reason(status));
      default -> description(status);
    };
  }

  private static String description(Status status) {
    String description = status.getDescription();
    return description == null ? "" : description;
  }

  /** The first line of the innermost words; gRPC adds pages about its own insides. */
  private static String reason(Status status) {
    String reason = description(status);
    for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
      String message = cause.getMessage();
      reason = message == null ? reason : message;
    }
    return reason.lines().findFirst().orElse("");
  }
}
