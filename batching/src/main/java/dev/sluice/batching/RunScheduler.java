package dev.sluice.batching;

import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.status.StatusException;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes calls and makes native runs of them: the one door from requests to models.
 *
 * <p>Each signature of each model has a queue of its own, made at its first call, which decides how
 * its runs are made and learns from them; see {@code AutomaticQueue}. What they share is here: the
 * threads that make runs, the clock that ends waiting, and the room to wait in.
 *
 * <p>A call that is expired or abandoned leaves its queue before it costs a run; one that expires
 * while the engine works on it is answered by a timer of ours, since an engine's own time-out is
 * cooperative, and the run's result is thrown away when it comes.
 *
 * <p><b>Threading.</b> Safe from any thread. {@link #submit} never blocks; where the caller is an
 * event loop, the call may be run by it at the end of its turn.
 */
public final class RunScheduler implements AutoCloseable {

  /**
   * How a scheduler is made.
   *
   * @param runners how many runs of one model may go on at once outside of event loops, at least 1;
   *     a model that only computes gets no more than there are processors
   * @param capacity how many calls of one signature may wait, at least 1; a further one is refused
   * @param nanoTime what deadlines are measured against; {@link System#nanoTime} outside of tests
   * @param turns the turn of the calling thread if that is an event loop, else null; asked by each
   *     {@link #submit}
   * @param batching who decides which requests share runs
   * @param onRunnerStart what a thread that makes runs outside of event loops does first, such as
   *     lowering its priority
   */
  public record Options(
      int runners,
      int capacity,
      LongSupplier nanoTime,
      Supplier<@Nullable Turn> turns,
      Batching batching,
      Runnable onRunnerStart) {

    public Options {
      if (runners < 1 || capacity < 1) {
        throw new IllegalArgumentException(
            "runners " + runners + ", capacity " + capacity + ", expected at least 1 of each");
      }
    }

    /** Where threads need nothing before they run. */
    public Options(
        int runners,
        int capacity,
        LongSupplier nanoTime,
        Supplier<@Nullable Turn> turns,
        Batching batching) {
      this(runners, capacity, nanoTime, turns, batching, () -> {});
    }

    /** Where, besides, no call comes from an event loop. */
    public Options(int runners, int capacity, LongSupplier nanoTime) {
      this(runners, capacity, nanoTime, () -> null, new Batching.Automatic());
    }
  }

  /** Models that can have all the threads they may have, before others get only one each. */
  private static final int MODELS = 4;

  /** What may wait for one signature's runs, by size; a server bounds what all requests hold. */
  private static final long WAITING_BYTES = 1L << 30;

  private final Options options;
  private final @Nullable ConfiguredBatching configured;
  private final int cpus = Runtime.getRuntime().availableProcessors();
  private final QueueMap queues = new QueueMap(this::open);
  private final RunnerPool runners;
  private final DeadlineWheel deadlines;
  private final WaitingRoom room;
  private final IdentityHashMap<Model, RunnerPool.Share> shares = new IdentityHashMap<>();

  /** Starts the timer; runners come with work. */
  public RunScheduler(Options options) {
    this.options = options;
    this.runners = new RunnerPool(MODELS * options.runners(), options.onRunnerStart());
    this.deadlines = new DeadlineWheel(options.nanoTime()).start();
    this.room = new WaitingRoom(options.capacity(), WAITING_BYTES);
    this.configured =
        options.batching() instanceof Batching.Configured wanted
            ? ConfiguredBatching.start(wanted, options)
            : null;
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
   * Takes a call over. It will be answered: with the run's outcome, with DEADLINE_EXCEEDED, or with
   * UNAVAILABLE where too many calls wait already, where its deadline can't be met, or where this
   * is closed.
   */
  public void submit(Call call) {
    if (call.isExpired(options.nanoTime().getAsLong())) {
      var _ = call.expire();
      return;
    }
    CallQueue queue = queues.get(call.request().model(), call.request().signature());
    if (queue == null) {
      var _ = call.fail(shuttingDown());
    } else {
      queue.submit(call);
    }
  }

  /**
   * Takes a call over and runs it at once on the calling thread, which blocks, without waiting for
   * others: for a model that serves nobody yet. The run is counted; nothing is learnt from what it
   * costs. When this returns, the call was answered and its run is over.
   */
  public void runHere(Call call) {
    CallQueue queue = queues.get(call.request().model(), call.request().signature());
    if (queue == null) {
      var _ = call.fail(shuttingDown());
    } else {
      queue.runHere(call);
    }
  }

  /**
   * How many rows the runs of a signature will have: those of a request alone, if it may be alone,
   * and those of batches, if there will be any. Ascending; empty once closed.
   */
  public List<Long> usualRows(Model model, Signature signature) {
    CallQueue queue = queues.get(model, signature);
    return queue == null ? List.of() : queue.usualRows();
  }

  static StatusException shuttingDown() {
    return StatusException.unavailable("the server is shutting down");
  }

  private CallQueue open(Model model, Signature signature) {
    CallQueue asConfigured = configured == null ? null : configured.open(model, signature);
    return asConfigured != null ? asConfigured : automatic(model, signature);
  }

  private AutomaticQueue automatic(Model model, Signature signature) {
    int most = options.runners();
    // Runs that compute gain nothing from being more than the processors, and batches lose.
    int bound = model.traits(signature).neverWaits() ? Math.min(cpus, most) : most;
    return new AutomaticQueue(
        model,
        signature,
        options.batching() instanceof Batching.Automatic,
        new AutomaticQueue.Surroundings(
            runners, share(model), bound, deadlines, room, options.turns(), options.nanoTime()));
  }

  private RunnerPool.Share share(Model model) {
    synchronized (shares) {
      return shares.computeIfAbsent(model, key -> new RunnerPool.Share(options.runners()));
    }
  }

  /**
   * The model is about to be unloaded: drops what is known of it. There must be no loan of it any
   * more, and so no call.
   */
  public void forget(Model model) {
    queues.remove(model).forEach(CallQueue::retire);
    synchronized (shares) {
      shares.remove(model);
    }
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

  /** How many calls wait for a run. */
  public int queued() {
    return queues.all().stream().mapToInt(CallQueue::waiting).sum();
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
    queues.close().forEach(CallQueue::close);
    if (configured != null) {
      configured.close();
    }
    runners.close();
    deadlines.close(); // last: until then deadlines of runs that go on are kept
  }
}
