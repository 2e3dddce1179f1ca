package dev.sluice.batching;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.batching.BatchQueue.Piece;
import dev.sluice.batching.BatchQueues.Taken;
import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.status.StatusException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Batching by TensorFlow Serving's parameters: the queues of all models, and the threads that run
 * their batches.
 *
 * <p><b>Waiting without polling.</b> Of the threads that have nothing to do one watches the clock:
 * it sleeps until the next batch matures. The others sleep until they are woken. A thread that
 * leaves with a batch wakes another where there is something left to do or to watch.
 *
 * <p><b>Back-pressure.</b> In TensorFlow Serving a request holds a thread of its protocol from
 * before it is queued until it is answered, so a burst waits outside, and a queue that has room for
 * all of those threads never refuses. Here no request holds a thread. So that a queue does not
 * refuse what it would not have seen there, a call for which there is no room waits in line if as
 * many calls as there were threads are in already.
 *
 * <p><b>Threading.</b> Safe from any thread; one lock guards all queues and is held for look-ups
 * and changes of them only, never while a batch is formed, run or answered.
 */
final class ConfiguredBatching implements AutoCloseable {

  /**
   * When a call waits for room instead of being refused.
   *
   * @param from how many calls must be in
   * @param most how many may be in
   */
  record Line(int from, int most) {}

  private static final System.Logger LOG = System.getLogger(ConfiguredBatching.class.getName());

  private final BatchThreads threads;
  private final @Nullable BatchingParameters everywhere;
  private final Map<Model, BatchingParameters> ofModel = new ConcurrentHashMap<>();
  private final Line line;
  private final ScheduledThreadPoolExecutor timer;
  private final BatchRun.Surroundings surroundings;
  private final List<Thread> started = new ArrayList<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();
  private final Condition watch = lock.newCondition();

  @GuardedBy("lock") private final BatchQueues<Lane, BatchTask> queues = new BatchQueues<>(Lane::parameters);

  @GuardedBy("lock") private boolean watched;

  @GuardedBy("lock") private int calls;

  @GuardedBy("lock") private boolean closed;

  /** A queue's key, and the parameters that come with its model; these do not tell keys apart. */
  private record Lane(QueueKey key, BatchingParameters parameters) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Lane lane && lane.key.equals(key);
    }

    @Override
    public int hashCode() {
      return key.hashCode();
    }
  }

  /** Starts the threads. */
  static ConfiguredBatching start(Batching.Configured wanted, RunScheduler.Options options) {
    Line line = new Line(options.runners(), options.capacity());
    return new ConfiguredBatching(wanted, line, options);
  }

  private ConfiguredBatching(Batching.Configured wanted, Line line, RunScheduler.Options options) {
    this.threads = wanted.threads();
    this.everywhere = wanted.parameters();
    this.line = line;
    this.timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("sluice-batch-deadlines").factory());
    timer.setRemoveOnCancelPolicy(true);
    this.surroundings = new BatchRun.Surroundings(options.nanoTime(), timer, wanted.observer());
    Runnable work =
        () -> {
          options.onRunnerStart().run();
          serve();
        };
    for (int i = 0; i < threads.count(); i++) {
      started.add(Thread.ofPlatform().daemon().name(threads.name() + '-' + i).start(work));
    }
  }

  /** These are a model's own parameters; for where there are none for every model. */
  void configure(Model model, BatchingParameters parameters) {
    ofModel.put(model, parameters);
  }

  /** The way of a signature's calls into batches; null if its model is not batched. */
  @Nullable CallQueue open(Model model, Signature signature) {
    BatchingParameters parameters = everywhere != null ? everywhere : ofModel.get(model);
    return parameters == null
        ? null
        : new ConfiguredQueue(this, parameters, Layout.of(model, signature, List.of()));
  }

  /** The model unloads. */
  void forget(Model model) {
    ofModel.remove(model);
  }

  long now() {
    return surroundings.nanoTime().getAsLong();
  }

  BatchThreads threads() {
    return threads;
  }

  /**
   * Puts a task into its queue.
   *
   * @throws StatusException UNAVAILABLE if there is no room, or if this is closed
   */
  void add(BatchTask task) {
    Lane lane = new Lane(task.layout().key(), task.queue().parameters());
    lock.lock();
    try {
      if (closed) {
        throw StatusException.unavailable("the server is shutting down");
      }
      long now = now();
      long before = queues.nanosToNext(now);
      boolean mayWait = calls >= line.from() && calls < line.most();
      queues.add(lane, task, task.rows(), now, mayWait);
      calls++;
      task.queue().waits(1);
      if (queues.hasReady()) {
        wakeOne();
      } else if (queues.nanosToNext(now) < before) {
        watch.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock") private void wakeOne() {
    if (lock.hasWaiters(idle)) {
      idle.signal();
    } else {
      watch.signal();
    }
  }

  /** Runs a task on the calling thread, as the batches that it would be if nobody else came. */
  void runHere(BatchTask task) {
    BatchingParameters parameters = task.queue().parameters();
    BatchQueue<BatchTask> alone = new BatchQueue<>(parameters);
    alone.add(task, task.rows(), now());
    while (!alone.isEmpty()) {
      BatchRun.run(surroundings, parameters, alone.take(now()));
    }
  }

  private void serve() {
    for (Taken<Lane, BatchTask> taken = take(); taken != null; taken = take()) {
      BatchTask first = taken.batch().pieces().get(0).task();
      first.queue().runs(1);
      try {
        BatchRun.run(surroundings, taken.key().parameters(), taken.batch());
      } catch (RuntimeException | Error failure) {
        LOG.log(Level.ERROR, "running a batch failed", failure);
      } finally {
        first.queue().runs(-1);
        left(taken.batch().pieces());
      }
    }
  }

  /** Waits for a batch that may run; null when this is closed and there is none left. */
  private @Nullable Taken<Lane, BatchTask> take() {
    lock.lock();
    try {
      while (true) {
        long now = now();
        Taken<Lane, BatchTask> taken = queues.poll(now);
        if (taken != null) {
          taken.batch().pieces().forEach(ConfiguredBatching::leavesQueue);
          handOn();
          return taken;
        }
        if (closed && queues.isEmpty()) {
          idle.signalAll();
          return null;
        }
        if (watched) {
          idle.awaitUninterruptibly();
        } else {
          watched = true;
          watch(queues.nanosToNext(now));
          watched = false;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  // Called in a loop that looks at the queues again.
  @SuppressWarnings("WaitNotInLoop")
  @GuardedBy("lock") private void watch(long nanos) {
    try {
      var _ = watch.awaitNanos(nanos);
    } catch (InterruptedException notOurs) {
      // An engine or a receiver left it behind; these threads end by the flag and by nothing else.
      LOG.log(Level.DEBUG, "a batch thread was interrupted", notOurs);
    }
  }

  /** Who leaves with a batch sees to it that somebody takes the next one, or watches for it. */
  @GuardedBy("lock") private void handOn() {
    if (queues.hasReady()) {
      wakeOne();
    } else if (!watched) {
      idle.signal();
    }
  }

  private static void leavesQueue(Piece<BatchTask> piece) {
    if (piece.from() == 0) {
      piece.task().queue().waits(-1);
    }
  }

  /** Counts who is out: the last piece of a task is its end, as pieces leave in their order. */
  private void left(List<Piece<BatchTask>> pieces) {
    lock.lock();
    try {
      for (Piece<BatchTask> piece : pieces) {
        if (piece.from() + piece.rows() == piece.task().rows()) {
          calls--;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** From now on no batch waits for company; what comes is run at once. */
  void flush() {
    lock.lock();
    try {
      queues.flush();
      idle.signalAll();
      watch.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Runs what waits, refuses what comes, and returns when all has run. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    flush();
    for (Thread thread : started) {
      try {
        thread.join();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    timer.close(); // it may still be giving back what an expired call held
  }
}
