package dev.sluice.batching;

import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A model whose run is whatever the test says; it counts what is open. */
final class FakeModel implements Model {

  /** What a run does. */
  interface Body {
    List<Tensor> run() throws Exception;
  }

  private static final Signature SIGNATURE =
      new Signature("serving_default", "", List.of(), List.of(), new byte[0]);

  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger loans = new AtomicInteger();
  private final AtomicInteger closedTwice = new AtomicInteger();
  private final List<RunOptions> runs = new CopyOnWriteArrayList<>();
  private volatile Body body = this::outputs;

  void body(Body next) {
    body = next;
  }

  /** Lets runs begin and none end until it is released. */
  Held hold() {
    Held held = new Held();
    body(() -> {
      held.begun.countDown();
      held.release.await();
      return outputs();
    });
    return held;
  }

  /** An engine in the middle of its runs. */
  static final class Held {
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);

    void awaitRun() throws InterruptedException {
      begun.await();
    }

    void release() {
      release.countDown();
    }
  }

  List<Tensor> outputs() {
    List<Tensor> outputs = new ArrayList<>();
    outputs.add(new FakeTensor(open, closedTwice));
    return outputs;
  }

  Call call(long deadlineNanos, Call.Receiver receiver) {
    return call(deadlineNanos, CallObserver.NONE, receiver);
  }

  Call call(long deadlineNanos, CallObserver observer, Call.Receiver receiver) {
    loans.incrementAndGet();
    Tensor input = new FakeTensor(open, closedTwice);
    return new Call(
        new Call.Request(this, SIGNATURE, List.of(input)),
        loans::decrementAndGet,
        deadlineNanos,
        observer,
        receiver);
  }

  int openTensors() {
    return open.get();
  }

  int loans() {
    return loans.get();
  }

  int closedTwice() {
    return closedTwice.get();
  }

  List<RunOptions> runs() {
    return runs;
  }

  @Override
  public SortedMap<String, Signature> signatures() {
    return new TreeMap<>();
  }

  @Override
  public TensorAllocator tensors() {
    throw new IllegalStateException("not needed");
  }

  @Override
  public List<Tensor> run(Signature signature, List<Tensor> inputs, RunOptions options) {
    runs.add(options);
    try {
      return body.run();
    } catch (RuntimeException failure) {
      throw failure;
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }
}
