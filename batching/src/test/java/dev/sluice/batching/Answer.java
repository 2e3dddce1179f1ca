package dev.sluice.batching;

import dev.sluice.model.Tensor;
import dev.sluice.status.Status;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A receiver that remembers what it was told. */
final class Answer implements Call.Receiver {

  private final AtomicInteger count = new AtomicInteger();
  private final CountDownLatch told = new CountDownLatch(1);
  private volatile @Nullable Status status;
  private volatile boolean outputWasOpen;

  @Override
  public void answered(@Nullable List<Tensor> outputs, Status outcome) {
    count.incrementAndGet();
    status = outcome;
    outputWasOpen =
        outputs != null && outputs.stream().noneMatch(output -> ((FakeTensor) output).isClosed());
    told.countDown();
  }

  int count() {
    return count.get();
  }

  boolean outputWasOpen() {
    return outputWasOpen;
  }

  Status status() {
    Status known = status;
    if (known == null) {
      throw new AssertionError("not answered");
    }
    return known;
  }

  Status await() throws InterruptedException {
    if (!told.await(30, TimeUnit.SECONDS)) {
      throw new AssertionError("not answered within 30 s");
    }
    return status();
  }
}
