package dev.sluice.batching;

import dev.sluice.batching.CallObserver.Stage;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Takes calls and makes native runs of them: a free runner takes what has waited longest and runs
 * it at once.
 *
 * <p>Runners are platform threads, since a native run would pin a virtual one. A run holds one call
 * (the limit is 1); a runner that takes several and merges them changes {@link #take} and {@link
 * #run} and nothing else. A call that is expired or abandoned leaves the queue before it costs a
 * run; one that expires while the engine works on it is answered by a timer of ours, since an
 * engine's own time-out is cooperative, and the run's result is thrown away when it comes.
 *
 * <p><b>Threading.</b> Safe from any thread; {@link #submit} never blocks.
 */
public final class RunScheduler implements AutoCloseable {

  /**
   * How a scheduler is made.
   *
   * @param runners how many runs go on at once, at least 1
   * @param capacity how many calls may wait, at least 1; a further one is refused
   * @param nanoTime what deadlines are measured against; {@link System#nanoTime} outside of tests
   */
  public record Options(int runners, int capacity, LongSupplier nanoTime) {

    public Options {
      if (runners < 1 || capacity < 1) {
        throw new IllegalArgumentException(
            "runners " + runners + ", capacity " + capacity + ", expected at least 1 of each");
      }
    }
  }

  private static final System.Logger LOG = System.getLogger(RunScheduler.class.getName());

  private record Entry(Call call, long sinceNanos) {}

  private final Options options;
  private final BlockingQueue<Entry> queue;
  private final ScheduledThreadPoolExecutor timer;
  private final List<Thread> runners = new ArrayList<>();
  private volatile boolean closed;

  /** Starts the runners. */
  public RunScheduler(Options options) {
    this.options = options;
    this.queue = new LinkedBlockingQueue<>(options.capacity());
    this.timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("sluice-deadlines").factory());
    timer.setRemoveOnCancelPolicy(true);
    for (int i = 0; i < options.runners(); i++) {
      runners.add(Thread.ofPlatform().daemon().name("sluice-run-" + i).start(this::serve));
    }
  }

  /**
   * Takes a call over. It will be answered: with the run's outcome, with DEADLINE_EXCEEDED, or at
   * once with RESOURCE_EXHAUSTED where too many calls wait already, or with UNAVAILABLE where this
   * is closed.
   */
  public void submit(Call call) {
    long now = options.nanoTime().getAsLong();
    if (call.isExpired(now)) {
      call.expire();
      return;
    }
    Entry entry = new Entry(call, now);
    if (!watch(entry)) {
      call.fail(shuttingDown());
    } else if (!call.queued()) {
      return; // cancelled on the way here
    } else if (!queue.offer(entry)) {
      call.fail(
          StatusException.resourceExhausted(
              "%d requests wait for a run already, the limit is %d; retry later",
              options.capacity(), options.capacity()));
    } else if (call.state() == Call.State.ANSWERED) {
      queue.remove(entry); // answered before it was there to be removed
    } else if (closed && queue.remove(entry)) {
      // Nobody may be left to take it: the close has emptied the queue before we came.
      call.fail(shuttingDown());
    }
  }

  /**
   * Sets the alarm, and sees to it that a call that is answered while it waits leaves the queue: it
   * must not keep others out, nor its request in memory. False if this is closed.
   */
  private boolean watch(Entry entry) {
    Call call = entry.call();
    if (call.deadlineNanos() == Call.NO_DEADLINE) {
      call.onAnswered(before -> leaveQueue(entry, before));
      return !closed;
    }
    try {
      ScheduledFuture<?> alarm =
          timer.schedule(
              call::expire, call.deadlineNanos() - entry.sinceNanos(), TimeUnit.NANOSECONDS);
      call.onAnswered(before -> {
        alarm.cancel(false);
        leaveQueue(entry, before);
      });
      return true;
    } catch (RejectedExecutionException ended) {
      return false;
    }
  }

  private void leaveQueue(Entry entry, Call.State before) {
    if (before == Call.State.QUEUED) {
      queue.remove(entry);
    }
  }

  private static StatusException shuttingDown() {
    return StatusException.unavailable("the server is shutting down");
  }

  private void serve() {
    try {
      // An engine may swallow the interrupt that the close sends, so the flag is asked as well.
      while (!closed) {
        serve(take());
      }
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt(); // closed: the thread ends
    }
  }

  /** A receiver must not throw; if one does, the runner lives on and the log says so. */
  private void serve(Entry entry) {
    try {
      run(entry);
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "answering a call failed", failure);
      failQuietly(entry.call(), failure);
    }
  }

  /** Answers a call that may have been answered, where the answering itself may fail. */
  private static void failQuietly(Call call, Throwable why) {
    try {
      call.fail(why);
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "answering a call failed", failure);
    }
  }

  private Entry take() throws InterruptedException {
    return queue.take();
  }

  private void run(Entry entry) {
    Call call = entry.call();
    long start = options.nanoTime().getAsLong();
    call.observer().observe(Stage.QUEUE, start - entry.sinceNanos());
    if (call.isExpired(start)) {
      call.expire();
    }
    if (!call.running()) {
      return;
    }
    try {
      answer(call, start);
    } finally {
      call.ran();
    }
  }

  private void answer(Call call, long start) {
    List<Tensor> outputs;
    try {
      Call.Request request = call.request();
      outputs = request.model().run(request.signature(), request.inputs(), limits(call, start));
    } catch (Throwable failure) {
      call.observer().observe(Stage.RUN, options.nanoTime().getAsLong() - start);
      call.fail(failure);
      return;
    }
    try {
      call.observer().observe(Stage.RUN, options.nanoTime().getAsLong() - start);
    } finally {
      call.complete(outputs);
    }
  }

  /** The engine is told the time that is left, so that an abandoned run ends where it can. */
  private static RunOptions limits(Call call, long now) {
    if (call.deadlineNanos() == Call.NO_DEADLINE) {
      return RunOptions.UNLIMITED;
    }
    long left = TimeUnit.NANOSECONDS.toMillis(call.deadlineNanos() - now);
    return new RunOptions(Math.max(1, left), false);
  }

  /** How many calls wait for a run. */
  public int queued() {
    return queue.size();
  }

  /** Lets runs that go on end, refuses the calls that wait and those that come. */
  @Override
  public void close() {
    closed = true;
    for (Entry entry = queue.poll(); entry != null; entry = queue.poll()) {
      failQuietly(entry.call(), shuttingDown());
    }
    runners.forEach(Thread::interrupt);
    timer.shutdownNow();
    for (Thread runner : runners) {
      join(runner);
    }
    timer.close(); // it may still be giving back what an expired call held
  }

  private static void join(Thread runner) {
    try {
      runner.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
