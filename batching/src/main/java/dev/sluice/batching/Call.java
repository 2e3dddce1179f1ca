package dev.sluice.batching;

import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through a model: received, queued, running, answered.
 *
 * <p>It is answered exactly once, by whoever comes first: the run ({@link #complete}, {@link
 * #fail}), the deadline, or the client that went away ({@link #cancel}). The others find it
 * answered and do nothing.
 *
 * <p><b>What it owns, and when that is given back.</b> A call holds its input tensors and a loan of
 * the model. Both must outlive the answer's writing, and both must outlive the native run, and
 * neither of the two ends is always last: a timed-out run goes on inside the engine long after the
 * client got its answer. So the call counts its users. The answer is one from the start; every run
 * adds itself before it touches a tensor and leaves when the engine has returned. Whoever leaves
 * last closes the tensors and the loan, once.
 *
 * <p>Output tensors belong to the receiver's turn only: they are closed when {@link
 * Receiver#answered} returns, or at once where the call was answered before the run ended.
 *
 * <p><b>Threading.</b> Safe from any thread. The receiver runs on the thread that answers.
 */
public final class Call {

  /** Where a call stands. */
  public enum State {
    /** Decoded, in nobody's queue. */
    RECEIVED,
    /** Waits for a run. */
    QUEUED,
    /** At least one run works on it. */
    RUNNING,
    /** The receiver has been told; a run may still be going on. */
    ANSWERED
  }

  /** Gets the answer. */
  public interface Receiver {

    /**
     * The call was answered. Called once. Must not block for long and must not throw.
     *
     * @param outputs in the order of the signature's outputs, valid until this returns; null if the
     *     call failed
     * @param status OK, or why it failed
     */
    void answered(@Nullable List<Tensor> outputs, Status status);
  }

  /**
   * What a call is made of.
   *
   * @param wanted which outputs the answer is made of, by their places in the signature; empty for
   *     all. The others are in the answer's list as well, but may be nothing that can be read
   */
  public record Request(
      Model model, Signature signature, List<Tensor> inputs, List<Integer> wanted) {

    public Request {
      wanted = List.copyOf(wanted);
    }

    /** A request that wants every output. */
    public Request(Model model, Signature signature, List<Tensor> inputs) {
      this(model, signature, inputs, List.of());
    }
  }

  /** The deadline of a call that has none. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  private final Request request;
  private final Runnable loan;
  private final long deadlineNanos;
  private final CallObserver observer;
  private final Receiver receiver;

  private final AtomicReference<State> state = new AtomicReference<>(State.RECEIVED);
  private final AtomicInteger users = new AtomicInteger(1);
  private volatile @Nullable Consumer<State> onAnswered;

  /**
   * Takes over the input tensors and the loan.
   *
   * @param loan gives the loan of the model back; run once, when the call and its runs are over
   * @param deadlineNanos in terms of {@link System#nanoTime}, or {@link #NO_DEADLINE}
   */
  public Call(
      Request request,
      Runnable loan,
      long deadlineNanos,
      CallObserver observer,
      Receiver receiver) {
    this.request = request;
    this.loan = loan;
    this.deadlineNanos = deadlineNanos;
    this.observer = observer;
    this.receiver = receiver;
  }

  public Request request() {
    return request;
  }

  public long deadlineNanos() {
    return deadlineNanos;
  }

  public CallObserver observer() {
    return observer;
  }

  public State state() {
    return state.get();
  }

  /** True iff there is a deadline and it has passed. */
  boolean isExpired(long nowNanos) {
    return deadlineNanos != NO_DEADLINE && deadlineNanos - nowNanos <= 0;
  }

  /** Entered a queue. False if it was answered meanwhile; then it must not be queued. */
  boolean queued() {
    return state.compareAndSet(State.RECEIVED, State.QUEUED);
  }

  /**
   * A run wants to begin; of a call that is run in pieces, there are several. False if the call was
   * answered meanwhile; then the run must not touch it. After true, the run calls {@link #ran} once
   * the engine has returned.
   */
  boolean running() {
    if (!hold()) {
      return false;
    }
    if (state.compareAndSet(State.QUEUED, State.RUNNING) || state.get() == State.RUNNING) {
      return true;
    }
    release();
    return false;
  }

  /**
   * Keeps the inputs and the loan for a while, until {@link #release}. False if they are gone
   * already.
   */
  boolean hold() {
    int now;
    do {
      now = users.get();
      if (now == 0) {
        return false;
      }
    } while (!users.compareAndSet(now, now + 1));
    return true;
  }

  /** The engine has returned from a run that {@link #running} allowed. */
  void ran() {
    release();
  }

  /**
   * What to do once the call is answered, by whomever, given the state it was in until then; at
   * once if it is answered already. One action at most. It may run twice, so it must be one for
   * which that is the same as once.
   */
  void onAnswered(Consumer<State> action) {
    onAnswered = action;
    if (state.get() == State.ANSWERED) {
      action.accept(State.ANSWERED);
    }
  }

  /**
   * Answers with outputs, which the call takes over.
   *
   * @return false if it was answered before
   */
  public boolean complete(List<Tensor> outputs) {
    try {
      return answer(outputs, Status.OK);
    } finally {
      outputs.forEach(Tensor::close);
    }
  }

  /**
   * Answers with a failure.
   *
   * @return false if it was answered before
   */
  public boolean fail(Throwable failure) {
    return answer(null, Status.of(failure));
  }

  /** Answers with DEADLINE_EXCEEDED and the engine's own text for it. */
  boolean expire() {
    return answer(
        null, new Status(StatusCode.DEADLINE_EXCEEDED, "Timed out waiting for notification"));
  }

  /**
   * The client is gone: nobody waits for an answer. A run that has not begun never will.
   *
   * @return false if it was answered before
   */
  public boolean cancel() {
    return answer(null, new Status(StatusCode.CANCELLED, "the client cancelled the call"));
  }

  private boolean answer(@Nullable List<Tensor> outputs, Status status) {
    State before = state.getAndSet(State.ANSWERED);
    if (before == State.ANSWERED) {
      return false;
    }
    try {
      Consumer<State> action = onAnswered;
      if (action != null) {
        action.accept(before);
      }
      receiver.answered(outputs, status);
    } finally {
      release();
    }
    return true;
  }

  /** Ends what {@link #hold} began. */
  void release() {
    if (users.decrementAndGet() == 0) {
      try {
        request.inputs().forEach(Tensor::close);
      } finally {
        loan.run();
      }
    }
  }
}
