package dev.sluice.batching;

import dev.sluice.batching.CallObserver.Stage;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes native runs of calls of one signature and answers them. A batch of one is fed as it is; a
 * larger one is gathered by one copy, and each call gets its rows of the outputs.
 *
 * <p>Every call that comes here has been told {@link Call#running}, and is told {@link Call#ran}
 * here, once, whatever happens, unless it is handed back to be run again.
 *
 * <p><b>Threading.</b> Safe from any thread.
 */
final class BatchRuns {

  private static final System.Logger LOG = System.getLogger(BatchRuns.class.getName());
  private static final RunOptions IN_CALLER = new RunOptions(0, true);

  /** Who learns of each run. */
  record Notes(Planner planner, QueueCounter counter, LongSupplier nanoTime) {}

  private final Model model;
  private final Signature signature;
  private final Planner planner;
  private final QueueCounter counter;
  private final LongSupplier nanoTime;

  BatchRuns(Model model, Signature signature, Notes notes) {
    this.model = model;
    this.signature = signature;
    this.planner = notes.planner();
    this.counter = notes.counter();
    this.nanoTime = notes.nanoTime();
  }

  /** The inputs of one native run, and how it is to be made. */
  private record Attempt(
      List<Tensor> inputs, Manner manner, int calls, long rows, double elements) {}

  /**
   * How a run is to be made.
   *
   * @param turn at the end of which it is; null on a runner
   */
  private record Manner(RunOptions options, @Nullable Turn turn) {

    /** Whether the loop's thread has computed for a good part of a run that was slow. */
    boolean computed(long nanos) {
      // An engine may share the work among threads, so the caller's part may be small.
      return turn != null && nanos > TurnPolicy.SLOW_NANOS && turn.computedNanos() >= nanos / 4;
    }
  }

  /** Makes a native run, and lets everyone know how it went who wants to. */
  private List<Tensor> run(Attempt attempt, List<QueuedCall> members) {
    long start = nanoTime.getAsLong();
    List<Tensor> outputs = null;
    try {
      outputs = model.run(signature, attempt.inputs(), attempt.manner().options());
      return outputs;
    } finally {
      long end = nanoTime.getAsLong();
      counter.ran(attempt.calls(), attempt.rows(), end - start);
      if (outputs == null) {
        counter.failed();
      } else {
        planner.ran(
            new Planner.Run(
                attempt.manner().options().inCaller(),
                attempt.rows(),
                attempt.elements(),
                end - start,
                attempt.manner().computed(end - start)),
            end);
      }
      CallObserver.Run run = new CallObserver.Run(end, end - start, members.size(), attempt.rows());
      for (int i = 0; i < members.size(); i++) {
        observeRun(members.get(i), run);
      }
    }
  }

  /** Runs a call by itself and answers it. */
  void runAlone(QueuedCall entry, @Nullable Turn turn) {
    try {
      List<Tensor> inputs = entry.call.request().inputs();
      List<QueuedCall> one = List.of(entry);
      Manner manner = manner(one, entry.elements, turn);
      complete(
          entry, run(new Attempt(inputs, manner, 1, entry.countedRows(), entry.elements), one));
    } catch (Throwable failure) {
      fail(entry, failure);
    } finally {
      entry.call.ran();
    }
  }

  /**
   * Runs several calls as one and answers them.
   *
   * @param members at least two that may share a run
   * @return false if the run failed, or gave no rows that could be told apart: nobody was answered,
   *     and {@link #isolate} must follow
   */
  boolean runTogether(List<QueuedCall> members, @Nullable Turn turn) {
    long rows = 0;
    double elements = 0;
    long[] rowsEach = new long[members.size()];
    List<List<Tensor>> parts = new ArrayList<>(members.size());
    for (int i = 0; i < rowsEach.length; i++) {
      QueuedCall member = members.get(i);
      rowsEach[i] = member.rows;
      rows += member.rows;
      elements += member.elements;
      parts.add(member.call.request().inputs());
    }
    Manner manner = manner(members, elements, turn);
    List<Tensor> outputs;
    try {
      List<Tensor> inputs = Gathering.join(model.tensors(), parts);
      try {
        outputs = run(new Attempt(inputs, manner, rowsEach.length, rows, elements), members);
      } finally {
        Gathering.close(inputs);
      }
    } catch (Throwable failure) {
      return gaveUp(failure, manner) && failAll(members, failure);
    }
    return answer(members, outputs, rowsEach, rows);
  }

  /** True iff the run was ended by our own limit: then nobody has any time left. */
  private static boolean gaveUp(Throwable failure, Manner manner) {
    return manner.options().timeoutMillis() > 0
        && failure instanceof StatusException status
        && status.code() == StatusCode.DEADLINE_EXCEEDED;
  }

  private boolean failAll(List<QueuedCall> members, Throwable failure) {
    for (QueuedCall member : members) {
      fail(member, failure);
      member.call.ran();
    }
    return true;
  }

  private boolean answer(
      List<QueuedCall> members, List<Tensor> outputs, long[] rowsEach, long rows) {
    String mismatch = Slicing.mismatch(outputs, rows);
    if (mismatch != null) {
      outputs.forEach(Tensor::close);
      planner.stopMerging(mismatch);
      return false;
    }
    List<List<Tensor>> slices;
    try {
      slices = Slicing.slice(outputs, rowsEach);
    } catch (Throwable failure) { // no heap is left, say
      outputs.forEach(Tensor::close);
      return failAll(members, failure);
    }
    for (int i = 0; i < rowsEach.length; i++) {
      complete(members.get(i), slices.get(i));
      members.get(i).call.ran();
    }
    return true;
  }

  /**
   * Finds out by halves who makes a run fail: those who don't are answered as if the others had
   * never been with them.
   */
  void isolate(List<QueuedCall> members) {
    List<QueuedCall> alive = new ArrayList<>(members.size());
    for (QueuedCall member : members) {
      if (member.call.state() == Call.State.ANSWERED) {
        member.call.ran();
      } else {
        alive.add(member);
      }
    }
    if (alive.size() == 1 || !planner.plan().merging()) {
      alive.forEach(member -> runAlone(member, null));
    } else if (!alive.isEmpty()) {
      int half = alive.size() / 2;
      isolateHalf(alive.subList(0, half));
      isolateHalf(alive.subList(half, alive.size()));
    }
  }

  private void isolateHalf(List<QueuedCall> half) {
    if (half.size() == 1) {
      runAlone(half.get(0), null);
    } else if (!runTogether(half, null)) {
      isolate(half);
    }
  }

  /**
   * Runs the next rows of a call that is run in pieces.
   *
   * @return false if there are more to come; true if the call was answered or has been, and {@link
   *     Call#ran} was told
   */
  boolean runPiece(QueuedCall entry, Pieces pieces, long most) {
    long rows = Math.min(most, entry.rows - pieces.done());
    boolean over = true;
    try {
      if (entry.call.state() != Call.State.ANSWERED) {
        over = pieceRan(entry, pieces, rows);
      }
    } catch (Throwable failure) {
      fail(entry, failure);
    } finally {
      if (over) {
        pieces.discard();
        entry.call.ran();
      }
    }
    return over;
  }

  private boolean pieceRan(QueuedCall entry, Pieces pieces, long rows) {
    double elements = Math.max(1, entry.elements / entry.rows * rows);
    List<Tensor> inputs =
        Gathering.rows(model.tensors(), entry.call.request().inputs(), pieces.done(), rows);
    List<Tensor> outputs;
    try {
      Manner manner = manner(List.of(entry), elements, null);
      int calls = pieces.done() == 0 ? 1 : 0;
      outputs = run(new Attempt(inputs, manner, calls, rows, elements), List.of(entry));
    } finally {
      Gathering.close(inputs);
    }
    String mismatch = Slicing.mismatch(outputs, rows);
    if (mismatch == null && !pieces.fits(outputs)) {
      mismatch = "the outputs of two pieces of a request have different shapes";
    }
    if (mismatch != null) {
      outputs.forEach(Tensor::close);
      planner.stopMerging(mismatch);
      runWhole(entry);
      return true;
    }
    pieces.add(outputs, rows);
    if (pieces.done() < entry.rows) {
      return false;
    }
    complete(entry, pieces.join(model.tensors()));
    return true;
  }

  private void runWhole(QueuedCall entry) {
    List<QueuedCall> one = List.of(entry);
    Attempt whole =
        new Attempt(
            entry.call.request().inputs(),
            manner(one, entry.elements, null),
            1,
            entry.rows,
            entry.elements);
    complete(entry, run(whole, one));
  }

  private Manner manner(List<QueuedCall> members, double elements, @Nullable Turn turn) {
    return new Manner(turn != null ? IN_CALLER : options(members, elements), turn);
  }

  /** The engine is told the time that is left, so that an abandoned run ends where it can. */
  private RunOptions options(List<QueuedCall> members, double elements) {
    boolean inCaller = planner.prefersCaller(elements);
    long now = nanoTime.getAsLong();
    long longest = 1;
    for (QueuedCall member : members) {
      long deadline = member.call.deadlineNanos();
      if (deadline == Call.NO_DEADLINE) {
        return inCaller ? IN_CALLER : RunOptions.UNLIMITED;
      }
      longest = Math.max(longest, TimeUnit.NANOSECONDS.toMillis(deadline - now));
    }
    return new RunOptions(longest, inCaller);
  }

  /** A receiver must not throw; if one does, the others are answered and the log says so. */
  private static void complete(QueuedCall entry, List<Tensor> outputs) {
    try {
      var _ = entry.call.complete(outputs);
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "answering a call failed", failure);
    }
  }

  static void fail(QueuedCall entry, Throwable why) {
    try {
      var _ = entry.call.fail(why);
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "answering a call failed", failure);
    }
  }

  private static void observeRun(QueuedCall entry, CallObserver.Run run) {
    try {
      entry.call.observer().observeRun(run);
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "an observer failed", failure);
    }
  }

  static void observe(QueuedCall entry, Stage stage, long nanos) {
    try {
      entry.call.observer().observe(stage, nanos);
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "an observer failed", failure);
    }
  }
}
