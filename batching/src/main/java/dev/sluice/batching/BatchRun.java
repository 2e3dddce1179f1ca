package dev.sluice.batching;

import dev.sluice.batching.BatchQueue.Batch;
import dev.sluice.batching.BatchQueue.Piece;
import dev.sluice.batching.CallObserver.Stage;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs one batch by the rules of TensorFlow Serving: puts the inputs together, calls the model,
 * takes the outputs apart and answers. Whatever goes wrong goes wrong for all tasks of the batch.
 *
 * <p>Deadlines are looked at once, here: if all have passed there is no run, and if one has not,
 * all are run, for as long as the last of them has time. A call that was answered meanwhile, since
 * its client went away, kept its place in the queue and is left out of the run.
 *
 * <p><b>Threading.</b> Belongs to one thread.
 */
final class BatchRun {

  /**
   * What all runs share.
   *
   * @param timer answers calls whose time is over while the model still runs
   */
  record Surroundings(
      LongSupplier nanoTime, ScheduledExecutorService timer, BatchObserver observer) {}

  private static final System.Logger LOG = System.getLogger(BatchRun.class.getName());

  /** What the batch holds of a task. */
  private static final class Member {
    final BatchTask task;
    final long from;
    final long rows;
    boolean ended;

    Member(Piece<BatchTask> piece) {
      this.task = piece.task();
      this.from = piece.from();
      this.rows = piece.rows();
    }

    Call call() {
      return task.call();
    }

    boolean isPiece() {
      return rows < task.rows();
    }

    void fail(Throwable why) {
      if (!ended) {
        end(() -> task.failed(rows, why));
      }
    }

    void succeed(List<Tensor> outputs) {
      end(() -> task.succeeded(from, rows, outputs));
    }

    /** A receiver must not throw; if one does, the others are answered, and the log says so. */
    private void end(Runnable answering) {
      ended = true;
      try {
        answering.run();
      } catch (RuntimeException | Error failure) {
        LOG.log(Level.ERROR, "answering a call failed", failure);
      }
    }
  }

  private final Surroundings surroundings;
  private final BatchingParameters parameters;
  private final List<Member> members = new ArrayList<>();
  private long rows;

  private BatchRun(Surroundings surroundings, BatchingParameters parameters) {
    this.surroundings = surroundings;
    this.parameters = parameters;
  }

  /** Runs a batch; when this returns, each of its tasks has its outcome for the rows in it. */
  static void run(
      Surroundings surroundings, BatchingParameters parameters, Batch<BatchTask> batch) {
    new BatchRun(surroundings, parameters).run(batch);
  }

  private void run(Batch<BatchTask> batch) {
    long now = surroundings.nanoTime().getAsLong();
    batch.pieces().forEach(piece -> join(new Member(piece), now));
    try {
      if (members.isEmpty()) {
        return;
      }
      if (members.stream().allMatch(member -> member.call().isExpired(now))) {
        expire();
      } else {
        runJoined(now);
      }
    } finally {
      members.forEach(member -> member.call().ran());
    }
  }

  private void join(Member member, long now) {
    long waited = now - member.task.sinceNanos();
    surroundings.observer().queued(waited);
    if (member.call().running()) {
      members.add(member);
      rows += member.rows;
      member.call().observer().observe(Stage.QUEUE, waited);
    } else {
      member.fail(new StatusException(StatusCode.CANCELLED, "answered before its run"));
    }
  }

  private void expire() {
    StatusException expired =
        StatusException.resourceExhausted("Run() timeout exceeded while waiting in batching queue");
    for (Member member : members) {
      member.task.queue().counter().expired();
      member.fail(expired);
    }
  }

  private void runJoined(long now) {
    List<List<Tensor>> answers;
    try (OwnedInputs own = new OwnedInputs(allocator())) {
      answers = answers(own, now);
    } catch (RuntimeException | Error failure) {
      members.forEach(member -> member.fail(failure));
      return;
    }
    for (int i = 0; i < members.size(); i++) {
      members.get(i).succeed(answers.get(i));
    }
  }

  private List<List<Tensor>> answers(OwnedInputs own, long now) {
    List<List<Tensor>> inputs = new ArrayList<>();
    for (Member member : members) {
      inputs.add(own.inputs(member));
    }
    long executed = rows == 0 ? 0 : parameters.roundedUp(rows);
    observe(inputs, executed);
    BatchInput.Form form =
        new BatchInput.Form(lead().key().inputs(), parameters.padVariableLengthInputs(), executed);
    try (BatchInput input = BatchInput.of(allocator(), inputs, form)) {
      long inputRows = input.tensors().get(0).shape().dimension(0);
      return split(execute(input, now), inputRows);
    }
  }

  private void observe(List<List<Tensor>> inputs, long executed) {
    BatchObserver observer = surroundings.observer();
    observer.filled(executed - rows, executed);
    observer.processed(executed);
    inputs.forEach(task -> task.forEach(tensor -> observer.input(tensor.shape().dimension(0))));
  }

  private Layout lead() {
    return members.get(0).task.layout();
  }

  private TensorAllocator allocator() {
    return lead().key().model().tensors();
  }

  private List<Tensor> execute(BatchInput input, long now) {
    Layout lead = lead();
    QueueCounter counter = members.get(0).task.queue().counter();
    ScheduledFuture<?> alarm = alarm(now);
    boolean well = false;
    try {
      List<Tensor> inputs = lead.toSignature(input.tensors());
      List<Tensor> outputs = lead.key().model().run(lead.signature(), inputs, options(now));
      well = true;
      return lead.wanted(outputs);
    } finally {
      if (alarm != null) {
        alarm.cancel(false);
      }
      long end = surroundings.nanoTime().getAsLong();
      counter.ran(members.size(), rows, end - now);
      if (!well) {
        counter.failed();
      }
      surroundings.observer().ran();
      CallObserver.Run run = new CallObserver.Run(end, end - now, members.size(), rows);
      members.forEach(member -> member.call().observer().observeRun(run));
    }
  }

  /** The last deadline of the batch. */
  private long deadlineNanos(long now) {
    long latest = now;
    for (Member member : members) {
      long deadline = member.call().deadlineNanos();
      if (deadline == Call.NO_DEADLINE) {
        return Call.NO_DEADLINE;
      }
      latest = deadline - latest > 0 ? deadline : latest;
    }
    return latest;
  }

  private RunOptions options(long now) {
    long deadline = deadlineNanos(now);
    return deadline == Call.NO_DEADLINE
        ? RunOptions.UNLIMITED
        : new RunOptions(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - now)), false);
  }

  /** An engine may be late at noticing that its time is over, so clients are told by a timer. */
  private @Nullable ScheduledFuture<?> alarm(long now) {
    long deadline = deadlineNanos(now);
    return deadline == Call.NO_DEADLINE
        ? null
        : surroundings
            .timer()
            .schedule(
                () -> members.forEach(member -> member.call().expire()),
                deadline - now,
                TimeUnit.NANOSECONDS);
  }

  /** The outputs of each member, of which this takes those of the batch over. */
  private List<List<Tensor>> split(List<Tensor> outputs, long inputRows) {
    try {
      outputs.forEach(output -> check(output, inputRows));
    } catch (StatusException unfit) {
      outputs.forEach(Tensor::close);
      throw unfit;
    }
    return Slicing.slice(outputs, members.stream().mapToLong(member -> member.rows).toArray());
  }

  private static void check(Tensor output, long inputRows) {
    if (output.shape().rank() == 0) {
      throw StatusException.failedPrecondition("Batched output tensor has 0 dimensions");
    }
    if (output.shape().dimension(0) != inputRows) {
      throw StatusException.failedPrecondition(
          "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes"
              + " of the input tensors");
    }
    String unfit = Slicing.mismatch(List.of(output), inputRows);
    if (unfit != null) {
      throw StatusException.internal("Tensor split operation failed: %s", unfit);
    }
  }

  /** The inputs of pieces, which are copies and so this run's own. */
  private static final class OwnedInputs implements AutoCloseable {
    private final TensorAllocator tensors;
    private final List<List<Tensor>> copies = new ArrayList<>();

    OwnedInputs(TensorAllocator tensors) {
      this.tensors = tensors;
    }

    /** Of a member, in the order of the batch. */
    List<Tensor> inputs(Member member) {
      List<Tensor> all = member.task.layout().toBatch(member.call().request().inputs());
      if (!member.isPiece()) {
        return all;
      }
      try {
        List<Tensor> rows = Gathering.rows(tensors, all, member.from, member.rows);
        copies.add(rows);
        return rows;
      } catch (StatusException failure) {
        throw StatusException.internal(
            "When splitting input, Tensor split operation failed: %s", failure.getMessage());
      }
    }

    @Override
    public void close() {
      copies.forEach(Gathering::close);
    }
  }
}
