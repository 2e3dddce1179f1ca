package dev.sluice.batching;

import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Tensor;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Runs calls by themselves on the threads that bring them. The runs are counted, but nothing is
 * learnt from what they cost: these are the first runs of a model, on a thread of low priority.
 *
 * <p><b>Threading.</b> Safe from any thread.
 */
final class RunHere {

  private final QueueCounter counter;
  private final LongSupplier nanoTime;

  RunHere(QueueCounter counter, LongSupplier nanoTime) {
    this.counter = counter;
    this.nanoTime = nanoTime;
  }

  /** Runs a call that is in nobody's queue, and answers it; nobody uses it any more after that. */
  void run(Call call) {
    if (!call.queued() || !call.running()) {
      return; // answered meanwhile
    }
    try {
      var _ = call.complete(outputs(call));
    } catch (Throwable failure) {
      var _ = call.fail(failure);
    } finally {
      call.ran();
    }
  }

  private List<Tensor> outputs(Call call) {
    Call.Request request = call.request();
    long start = nanoTime.getAsLong();
    boolean well = false;
    try {
      List<Tensor> outputs =
          request.model().run(request.signature(), request.inputs(), options(call, start));
      well = true;
      return outputs;
    } finally {
      long rows = Math.max(1, RowShape.rows(request.inputs()));
      counter.ran(1, rows, nanoTime.getAsLong() - start);
      if (!well) {
        counter.failed();
      }
    }
  }

  /** In the caller where that can't make an op wait for itself. */
  private static RunOptions options(Call call, long now) {
    Model model = call.request().model();
    boolean inCaller = model.traits(call.request().signature()).neverWaits();
    long deadline = call.deadlineNanos();
    long millis =
        deadline == Call.NO_DEADLINE
            ? 0
            : Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - now));
    return new RunOptions(millis, inCaller);
  }
}
