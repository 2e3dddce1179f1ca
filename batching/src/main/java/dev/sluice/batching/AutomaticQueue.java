package dev.sluice.batching;

import dev.sluice.batching.CallObserver.Stage;
import dev.sluice.batching.QueueReport.Way;
import dev.sluice.model.Model;
import dev.sluice.model.RunTraits;
import dev.sluice.model.Signature;
import dev.sluice.status.StatusException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The queue of a signature for which nothing is to be set.
 *
 * <p><b>Two ways.</b> A call that comes from an event loop, to a model whose runs are known to be
 * short, stays with the loop: it is collected for the end of the loop's {@link Turn}, run there
 * with the others of that turn, and answered there, so no thread hands it to another. Every other
 * call waits here for a runner, which takes what has queued up and runs it at once. Neither way
 * waits for company: batches are as large as the load makes them.
 *
 * <p><b>Who may touch a call.</b> It is in one place at a time: a turn's group, the waiting list,
 * the list of broken batches, or a runner's hands. Whoever takes it out of one owns it.
 * Cancellation and deadline come from elsewhere at any moment: they answer the call, and then its
 * {@link #answered} takes it out of the waiting list if it is there. If it is on the way in,
 * whoever puts it in looks after that whether it was answered, and takes it out himself. If it is
 * in somebody's hands, {@link Call#running} tells them, or {@link Call#complete} does.
 *
 * <p><b>Failure.</b> A batch that fails says nothing of its members, so it is run again by halves.
 * A loop does not do that: it hands the broken batch to a runner. So what one client sends can't
 * make a loop run the same calls again and again.
 *
 * <p><b>Threading.</b> Safe from any thread.
 */
final class AutomaticQueue implements CallQueue, RunnerPool.Work {

  private static final System.Logger LOG = System.getLogger(AutomaticQueue.class.getName());

  /** A turn that has run for so long leaves the rest to the runners. */
  private static final long OVERRUN_NANOS = 2_000_000;

  /** A request alone, and batches as they are seen under load. */
  private static final List<Long> MERGED_ROWS = List.of(1L, 8L, 32L);

  /** A call with more rows is run in pieces while it is not known what a row costs. */
  private static final long UNKNOWN_ROWS = 64;

  /**
   * What a queue shares with others.
   *
   * @param share that of its model
   * @param bound how many of this queue's runs may go on at once
   */
  record Surroundings(
      RunnerPool runners,
      RunnerPool.Share share,
      int bound,
      DeadlineWheel deadlines,
      WaitingRoom room,
      Supplier<@Nullable Turn> turns,
      LongSupplier nanoTime) {}

  private final Signature signature;
  private final Surroundings around;
  private final Planner planner;
  private final QueueCounter counter = new QueueCounter();
  private final BatchRuns runs;
  private final WaitingLine line;
  private volatile boolean closed;

  /**
   * @param mayMerge whether requests may share a run if the traits allow it
   */
  AutomaticQueue(Model model, Signature signature, boolean mayMerge, Surroundings around) {
    RunTraits traits = model.traits(signature);
    this.signature = signature;
    this.around = around;
    this.planner = new Planner(traits, mayMerge);
    this.runs =
        new BatchRuns(model, signature, new BatchRuns.Notes(planner, counter, around.nanoTime()));
    this.line = new WaitingLine(around.room(), around.bound());
  }

  /** The time that deadlines are measured against. */
  long now() {
    return around.nanoTime().getAsLong();
  }

  /** Whether two calls of this queue may share a run, apart from its size. */
  static boolean shareRun(QueuedCall one, QueuedCall other) {
    return one.rows > 0
        && other.rows > 0
        && RowShape.alike(one.call.request().inputs(), other.call.request().inputs());
  }

  @Override
  public void submit(Call call) {
    QueuedCall entry = new QueuedCall(call, this, now());
    if (!call.queued()) {
      return; // cancelled on the way here
    }
    Plan plan = planner.plan();
    if (plan.inTurns() && !closed) {
      Turn turn = around.turns().get();
      if (turn != null && turn.collect(entry, plan)) {
        return;
      }
    }
    enqueue(entry);
  }

  // ---- at the end of a turn

  /**
   * Runs calls that a turn has collected, as one, on the loop's thread.
   *
   * @param turn which has begun to run what it had collected
   */
  void runInTurn(List<QueuedCall> calls, Turn turn) {
    long now = now();
    if (closed || now - turn.startNanos() > OVERRUN_NANOS) {
      calls.forEach(this::enqueue);
      return;
    }
    List<QueuedCall> members = ready(calls, now, false);
    if (members.size() == 1) {
      runs.runAlone(members.get(0), turn);
    } else if (!members.isEmpty() && !runs.runTogether(members, turn)) {
      handOver(members);
    }
  }

  /** Those of the calls that are to be run, each of which was told so. */
  private List<QueuedCall> ready(List<QueuedCall> calls, long now, boolean othersWait) {
    CostCurve costs = planner.plan().best();
    List<QueuedCall> ready = new ArrayList<>(calls.size());
    for (int i = 0; i < calls.size(); i++) {
      QueuedCall entry = calls.get(i);
      BatchRuns.observe(entry, Stage.QUEUE, now - entry.sinceNanos);
      // One that can't be over in time is not begun where others would wait for it in vain.
      long needed = othersWait ? (long) costs.nanos(entry.elements) : 0;
      if (entry.call.isExpired(now + needed)) {
        expire(entry);
      } else if (entry.call.running()) {
        ready.add(entry);
      }
    }
    return ready;
  }

  /** A batch that failed in a turn outlives it: now its calls need their alarms. */
  private void handOver(List<QueuedCall> members) {
    if (line.enterFailed(members)) {
      members.forEach(this::watch);
      wake();
    } else {
      refuse(members);
    }
  }

  // ---- on the way in

  private void enqueue(QueuedCall entry) {
    if (!entry.call.hold()) {
      return; // answered, and its tensors are gone
    }
    entry.bytes = RowShape.bytes(entry.call.request().inputs());
    entry.call.release();
    StatusException refusal = line.enter(entry, planner.plan(), now());
    if (refusal != null) {
      counter.refused();
      BatchRuns.fail(entry, refusal);
      return;
    }
    watch(entry);
    wake();
  }

  /** Asks for a runner if one more would have something to do. */
  private void wake() {
    if (line.wantsRunner()) {
      around.runners().add(around.share(), this);
    }
  }

  /** From now on the call's deadline and its cancellation are noticed while it waits or runs. */
  private void watch(QueuedCall entry) {
    Call call = entry.call;
    call.onAnswered(entry);
    if (call.deadlineNanos() == Call.NO_DEADLINE) {
      return;
    }
    if (!around.deadlines().set(entry, call.deadlineNanos())) {
      expire(entry);
    } else if (call.state() == Call.State.ANSWERED) {
      around.deadlines().clear(entry); // answered before there was an alarm to clear
    }
  }

  /** Answers a call whose deadline has passed. */
  void expire(QueuedCall entry) {
    try {
      if (entry.call.expire()) {
        counter.expired();
      }
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "answering an expired call failed", failure);
    }
  }

  /** A call was answered: it must not keep others out, nor its request in memory. */
  void answered(QueuedCall entry, Call.State before) {
    around.deadlines().clear(entry);
    if (before != Call.State.RUNNING || entry.pieces != null) {
      drop(entry);
    }
  }

  private void drop(QueuedCall entry) {
    if (line.leave(entry)) {
      endPieces(entry);
    }
  }

  private static void endPieces(QueuedCall entry) {
    Pieces pieces = entry.pieces;
    if (pieces != null) {
      pieces.discard();
      entry.call.ran();
    }
  }

  // ---- on a runner

  @Override
  public void runOnce() {
    WaitingLine.Taken taken = line.take(planner.plan(), now());
    if (taken == null) {
      return;
    }
    try {
      if (taken.failed()) {
        runs.isolate(taken.calls());
      } else {
        run(taken.calls(), taken.othersWait());
      }
    } finally {
      line.ran();
      wake();
    }
  }

  private void run(List<QueuedCall> batch, boolean othersWait) {
    if (batch.get(0).pieces != null) {
      runPiece(batch.get(0));
      return;
    }
    List<QueuedCall> members = ready(batch, now(), othersWait);
    if (members.size() == 1) {
      runOne(members.get(0));
    } else if (!members.isEmpty() && !runs.runTogether(members, null)) {
      runs.isolate(members);
    }
  }

  private void runOne(QueuedCall entry) {
    if (isTooLarge(entry, planner.plan())) {
      counter.split();
      entry.pieces = new Pieces();
      runPiece(entry);
    } else {
      runs.runAlone(entry, null);
    }
  }

  private static boolean isTooLarge(QueuedCall entry, Plan plan) {
    if (!plan.merging() || entry.rows < 2) {
      return false;
    }
    return plan.isMeasured()
        ? plan.best().nanos(entry.elements) > LimitPolicy.LONGEST_RUN_NANOS
        : entry.rows > UNKNOWN_ROWS;
  }

  /** Runs some rows; the rest waits again, behind those that have come meanwhile. */
  private void runPiece(QueuedCall entry) {
    Pieces pieces = entry.pieces;
    if (pieces == null || runs.runPiece(entry, pieces, pieceRows(entry, planner.plan()))) {
      return;
    }
    if (!line.enterAgain(entry)) {
      BatchRuns.fail(entry, RunScheduler.shuttingDown());
    }
    if (entry.call.state() == Call.State.ANSWERED) {
      drop(entry); // answered while nobody could have taken it out
    }
    // The runner that is here now asks for the next one when it is done.
  }

  private static long pieceRows(QueuedCall entry, Plan plan) {
    if (!plan.isMeasured()) {
      return UNKNOWN_ROWS / 2;
    }
    double elementsPerRow = entry.elements / entry.rows;
    double elements = plan.best().sizeWithin(LimitPolicy.LONGEST_RUN_NANOS / 2);
    return Math.max(1, (long) (elements / elementsPerRow));
  }

  // ---- the rest

  @Override
  public void runHere(Call call) {
    new RunHere(counter, around.nanoTime()).run(call);
  }

  @Override
  public List<Long> usualRows() {
    return planner.plan().merging() ? MERGED_ROWS : List.of(1L);
  }

  @Override
  public int waiting() {
    return line.waiting();
  }

  @Override
  public QueueReport report() {
    Plan plan = planner.plan();
    return new QueueReport(
        signature.name(),
        plan.inTurns() ? Way.TICK : Way.RUNNER,
        plan.merging(),
        planner.grounds(),
        planner.limitRows(),
        line.waiting(),
        line.running(),
        counter.counts());
  }

  @Override
  public void retire() {
    // What waits is known to the runners, and nobody else holds anything of this queue.
  }

  @Override
  public void close() {
    closed = true;
    line.close().forEach(entry -> BatchRuns.fail(entry, RunScheduler.shuttingDown()));
    refuse(line.takeFailed());
  }

  /** For calls that were told that they run. */
  private static void refuse(List<QueuedCall> members) {
    for (QueuedCall entry : members) {
      BatchRuns.fail(entry, RunScheduler.shuttingDown());
      entry.call.ran();
    }
  }
}
