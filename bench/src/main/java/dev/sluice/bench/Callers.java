package dev.sluice.bench;

import dev.sluice.batching.Call;
import dev.sluice.batching.CallObserver;
import dev.sluice.batching.RunScheduler;
import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Callers within this process, without a thread of their own: each submits its next call, of one
 * row, when it has the answer to the last one.
 */
final class Callers {

  /**
   * Whom they call.
   *
   * @param count how many callers there are
   */
  record Target(RunScheduler scheduler, Model model, Signature signature, int count) {}

  private final Target target;
  private final SampleRows rows;
  private final CountDownLatch left;
  private final LongAdder answers = new LongAdder();
  private final AtomicReference<@Nullable Status> failure = new AtomicReference<>();
  private volatile boolean over;

  private Callers(Target target) {
    this.target = target;
    this.rows = SampleRows.of(target.model(), target.signature());
    this.left = new CountDownLatch(target.count());
  }

  /**
   * Lets them call for a time.
   *
   * @return answers per second
   * @throws StatusException INTERNAL if a call failed
   */
  static double perSecond(Target target, double seconds) throws InterruptedException {
    return new Callers(target).run(seconds);
  }

  private double run(double seconds) throws InterruptedException {
    long begin = System.nanoTime();
    for (int i = 0; i < target.count(); i++) {
      submit();
    }
    Thread.sleep((long) (seconds * 1000));
    double rate = answers.sum() * 1e9 / (System.nanoTime() - begin);
    over = true;
    left.await();
    Status failed = failure.get();
    if (failed != null) {
      throw StatusException.internal("a call failed: %s", failed);
    }
    return rate;
  }

  private void submit() {
    Call.Request request = new Call.Request(target.model(), target.signature(), rows.next());
    target
        .scheduler()
        .submit(new Call(request, () -> {}, Call.NO_DEADLINE, CallObserver.NONE, this::answered));
  }

  private void answered(@Nullable List<Tensor> outputs, Status status) {
    if (outputs == null) {
      failure.set(status);
    }
    answers.increment();
    if (over || outputs == null) {
      left.countDown();
    } else {
      submit();
    }
  }
}
