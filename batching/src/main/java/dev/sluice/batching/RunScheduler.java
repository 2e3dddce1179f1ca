package dev.sluice.batching;

import dev.sluice.batching.CallObserver.Stage;
import dev.sluice.batching.QueueReport.Way;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.RunTraits;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
   * @param turns the turn of the calling thread if that is an event loop, else null; asked by each
   *     {@link #submit}
   * @param batching who decides which requests share runs
   */
  public record Options(
      int runners,
      int capacity,
      LongSupplier nanoTime,
      Supplier<@Nullable Turn> turns,
      Batching batching) {

    public Options {
      if (runners < 1 || capacity < 1) {
        throw new IllegalArgumentException(
            "runners " + runners + ", capacity " + capacity + ", expected at least 1 of each");
      }
    }

    /** Where no call comes from an event loop. */
    public Options(int runners, int capacity, LongSupplier nanoTime) {
      this(runners, capacity, nanoTime, () -> null, new Batching.Automatic());
    }
  }

  private static final System.Logger LOG = System.getLogger(RunScheduler.class.getName());

  private record Entry(Call call, long sinceNanos, PlainQueue owner) {}

  /** One call a run. */
  private final class PlainQueue implements CallQueue {
    private final Signature signature;
    private final RunTraits traits;
    private final QueueCounter counter = new QueueCounter();

    PlainQueue(Signature signature, RunTraits traits) {
      this.signature = signature;
      this.traits = traits;
    }

    @Override
    public void submit(Call call) {
      enqueue(call, this);
    }

    @Override
    public int waiting() {
      return 0;
    }

    @Override
    public QueueReport report() {
      return new QueueReport(
          signature.name(), Way.RUNNER, false, traits.reason(), 1, 0, 0, counter.counts());
    }

    @Override
    public void retire() {}

    @Override
    public void close() {}
  }

  private final Options options;
  private final @Nullable ConfiguredBatching configured;
  private final QueueMap queues = new QueueMap(this::open);
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
    this.configured =
        options.batching() instanceof Batching.Configured wanted
            ? ConfiguredBatching.start(wanted, options)
            : null;
    for (int i = 0; i < options.runners(); i++) {
      runners.add(Thread.ofPlatform().daemon().name("sluice-run-" + i).start(this::serve));
    }
  }

  /**
   * Has a model batched by these parameters, where {@link Batching.Configured} has none for every
   * model. To be called before the first call; a model for which it is not is not batched.
   */
  public void configure(Model model, BatchingParameters parameters) {
    if (configured != null) {
      configured.configure(model, parameters.check());
    }
  }

  /**
   * Takes a call over. It will be answered: with the run's outcome, with DEADLINE_EXCEEDED, or at
   * once with RESOURCE_EXHAUSTED where too many calls wait already, or with UNAVAILABLE where this
   * is closed.
   */
  public void submit(Call call) {
    if (call.isExpired(options.nanoTime().getAsLong())) {
      call.expire();
      return;
    }
    CallQueue queue = queues.get(call.request().model(), call.request().signature());
    if (queue == null) {
      call.fail(shuttingDown());
    } else {
      queue.submit(call);
    }
  }

  private CallQueue open(Model model, Signature signature) {
    CallQueue asConfigured = configured == null ? null : configured.open(model, signature);
    if (asConfigured != null) {
      return asConfigured;
    }
    return new PlainQueue(signature, model.traits(signature));
  }

  /**
   * The model is about to be unloaded: drops what is known of it. There must be no loan of it any
   * more, and so no call.
   */
  public void forget(Model model) {
    queues.remove(model).forEach(CallQueue::retire);
    if (configured != null) {
      configured.forget(model);
    }
  }

  /**
   * What was decided for a model's signatures and what came of it, one for each signature that was
   * called, in order of their names.
   */
  public List<QueueReport> report(Model model) {
    return queues.of(model).stream()
        .map(CallQueue::report)
        .sorted(Comparator.comparing(QueueReport::signature))
        .toList();
  }

  private void enqueue(Call call, PlainQueue owner) {
    Entry entry = new Entry(call, options.nanoTime().getAsLong(), owner);
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
      entry.owner().counter.ran(1, 1, options.nanoTime().getAsLong() - start);
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

  /** The server is about to stop: no call waits for company any more. */
  public void drain() {
    if (configured != null) {
      configured.flush();
    }
  }

  /** Lets runs that go on end, refuses the calls that wait and those that come. */
  @Override
  public void close() {
    closed = true;
    queues.close().forEach(CallQueue::close);
    if (configured != null) {
      configured.close();
    }
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
