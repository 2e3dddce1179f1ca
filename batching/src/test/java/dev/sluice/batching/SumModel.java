package dev.sluice.batching;

import dev.sluice.model.DataType;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.RunTraits;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A model of rows: gives the sum of each row, and one more than that, as two outputs. A row with a
 * NaN fails its run. What it costs is what the test says, in the test's own time or in real time.
 */
final class SumModel implements Model {

  /** Computes only, row by row. */
  static final RunTraits CHEAP = new RunTraits(true, true, "every op is row-wise");

  /** Computes only, and not row by row. */
  static final RunTraits COUPLED = new RunTraits(false, true, "the op Sum mixes rows");

  /** Row by row, and it may wait. */
  static final RunTraits WAITING = new RunTraits(true, false, "an op waits");

  /** One run that was made. */
  record Run(long rows, RunOptions options, Thread thread) {}

  /** Something that happens inside each run. */
  interface Body {
    void run(long rows) throws Exception;
  }

  static final Signature SIGNATURE =
      new Signature("serving_default", "", List.of(), List.of(), new byte[0]);

  final CountedTensors tensors = new CountedTensors();
  private final AtomicInteger loans = new AtomicInteger();
  private final AtomicInteger going = new AtomicInteger();
  private final AtomicInteger mostGoing = new AtomicInteger();
  private final AtomicLong rowsRun = new AtomicLong();
  private final List<Run> runs = new CopyOnWriteArrayList<>();
  private final RunTraits traits;
  private volatile boolean records = true;
  private volatile Body body = rows -> {};

  /** Rows that an output has too many; it makes a batch's outputs useless. */
  private volatile int extraRows;

  SumModel(RunTraits traits) {
    this.traits = traits;
  }

  SumModel body(Body next) {
    body = next;
    return this;
  }

  void extraRows(int count) {
    extraRows = count;
  }

  SumModel withoutRecord() {
    records = false;
    return this;
  }

  /** Lets runs begin and none end until it is released. */
  Held hold() {
    Held held = new Held(body);
    body(rows -> {
      held.begun.release();
      held.release.await();
      held.usual.run(rows);
    });
    return held;
  }

  /** An engine in the middle of its runs. */
  final class Held {
    private final Semaphore begun = new Semaphore(0);
    private final CountDownLatch release = new CountDownLatch(1);
    private final Body usual;

    Held(Body usual) {
      this.usual = usual;
    }

    /** Waits until one more has begun. */
    void awaitRun() throws InterruptedException {
      begun.acquire();
    }

    /** Lets them end, and later ones not even wait. */
    void release() {
      release(usual);
    }

    /** Lets them end, and later ones do this. */
    void release(Body next) {
      body(next);
      release.countDown();
    }

    /** Lets them end, if that has not been done. */
    void end() {
      release.countDown();
    }
  }

  Call call(Call.Receiver receiver, float... row) {
    return call(Call.NO_DEADLINE, receiver, row);
  }

  Call call(long deadlineNanos, Call.Receiver receiver, float... row) {
    return callOf(1, deadlineNanos, receiver, row);
  }

  Call callOf(int rows, long deadlineNanos, Call.Receiver receiver, float... values) {
    Tensor input = tensors.allocate(DataType.FLOAT, Shape.of(rows, values.length / rows));
    MemorySegment.copy(values, 0, input.data(), ValueLayout.JAVA_FLOAT, 0, values.length);
    return call(deadlineNanos, receiver, List.of(input));
  }

  Call call(long deadlineNanos, Call.Receiver receiver, List<Tensor> inputs) {
    loans.incrementAndGet();
    return new Call(
        new Call.Request(this, SIGNATURE, inputs),
        loans::decrementAndGet,
        deadlineNanos,
        CallObserver.NONE,
        receiver);
  }

  List<Run> runs() {
    return runs;
  }

  List<Long> rowsOfRuns() {
    return runs.stream().map(Run::rows).toList();
  }

  long rowsRun() {
    return rowsRun.get();
  }

  int loans() {
    return loans.get();
  }

  /** How many runs went on at once at most. */
  int mostGoing() {
    return mostGoing.get();
  }

  @Override
  public SortedMap<String, Signature> signatures() {
    TreeMap<String, Signature> signatures = new TreeMap<>();
    signatures.put(SIGNATURE.name(), SIGNATURE);
    return signatures;
  }

  @Override
  public TensorAllocator tensors() {
    return tensors;
  }

  @Override
  public RunTraits traits(Signature signature) {
    return traits;
  }

  @Override
  public List<Tensor> run(Signature signature, List<Tensor> inputs, RunOptions options) {
    Tensor input = inputs.get(0);
    long rows = input.shape().rank() == 0 ? 1 : input.shape().dimension(0);
    rowsRun.addAndGet(rows);
    if (records) {
      runs.add(new Run(rows, options, Thread.currentThread()));
    }
    mostGoing.accumulateAndGet(going.incrementAndGet(), Math::max);
    try {
      body.run(rows);
      return compute(input, rows);
    } catch (RuntimeException failure) {
      throw failure;
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    } finally {
      going.decrementAndGet();
    }
  }

  private List<Tensor> compute(Tensor input, long rows) {
    MemorySegment data = input.data();
    long width = rows == 0 ? 0 : input.shape().elementCount() / rows;
    float[] sums = new float[(int) rows];
    for (int i = 0; i < rows; i++) {
      for (long j = 0; j < width; j++) {
        sums[i] += data.getAtIndex(ValueLayout.JAVA_FLOAT, i * width + j);
      }
      if (Float.isNaN(sums[i])) {
        throw StatusException.invalidArgument("NaN in the input");
      }
    }
    List<Tensor> outputs = new ArrayList<>();
    for (int add = 0; add < 2; add++) {
      Tensor output = tensors.allocate(DataType.FLOAT, Shape.of(rows + extraRows));
      for (int i = 0; i < rows; i++) {
        output.data().setAtIndex(ValueLayout.JAVA_FLOAT, i, sums[i] + add);
      }
      outputs.add(output);
    }
    return outputs;
  }

  /** What a receiver was told. */
  static final class Sums implements Call.Receiver {
    private final AtomicInteger count = new AtomicInteger();
    private final CountDownLatch told = new CountDownLatch(1);
    private volatile @Nullable Status status;
    private volatile float @Nullable [] sums;
    private volatile @Nullable Thread thread;
    private volatile @Nullable String wrong;

    @Override
    public void answered(@Nullable List<Tensor> outputs, Status outcome) {
      if (outputs != null) {
        float[] first = outputs.get(0).data().toArray(ValueLayout.JAVA_FLOAT);
        float[] second = outputs.get(1).data().toArray(ValueLayout.JAVA_FLOAT);
        for (int i = 0; i < first.length; i++) {
          if (second[i] != first[i] + 1 && (second[i] != 0 || first[i] != 0)) {
            wrong = "outputs of row " + i + " do not belong together";
          }
        }
        sums = first;
      }
      thread = Thread.currentThread();
      status = outcome;
      count.incrementAndGet();
      told.countDown();
    }

    Status await() throws InterruptedException {
      if (!told.await(30, TimeUnit.SECONDS)) {
        throw new AssertionError("not answered within 30 s");
      }
      return status();
    }

    Status status() {
      Status known = status;
      if (known == null) {
        throw new AssertionError("not answered");
      }
      return known;
    }

    boolean isAnswered() {
      return status != null;
    }

    int count() {
      return count.get();
    }

    float[] sums() throws InterruptedException {
      if (!await().isOk() || wrong != null) {
        throw new AssertionError(wrong == null ? status() : wrong);
      }
      return sums;
    }

    @Nullable Thread thread() {
      return thread;
    }
  }
}
