package dev.sluice.batching;

import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import dev.sluice.status.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A receiver that copies the outputs that it was told; null where one was not asked for. */
final class RowAnswer implements Call.Receiver {

  private final AtomicInteger count = new AtomicInteger();
  private final CountDownLatch told = new CountDownLatch(1);
  private final List<float @Nullable []> values = new ArrayList<>();
  private final List<@Nullable Shape> shapes = new ArrayList<>();
  private volatile @Nullable Status status;

  @Override
  public void answered(@Nullable List<Tensor> outputs, Status outcome) {
    count.incrementAndGet();
    if (outputs != null) {
      for (Tensor output : outputs) {
        boolean wanted = output != UnwantedTensor.INSTANCE;
        values.add(wanted ? RowModel.floats(output) : null);
        shapes.add(wanted ? output.shape() : null);
      }
    }
    status = outcome;
    told.countDown();
  }

  boolean isAnswered() {
    return status != null;
  }

  int count() {
    return count.get();
  }

  Status await() throws InterruptedException {
    if (!told.await(30, TimeUnit.SECONDS)) {
      throw new AssertionError("not answered within 30 s");
    }
    Status known = status;
    if (known == null) {
      throw new AssertionError("not answered");
    }
    return known;
  }

  /** The only output, of a call that must have gone well. */
  float[] floats() throws InterruptedException {
    return floats(0);
  }

  float[] floats(int output) throws InterruptedException {
    if (!await().isOk()) {
      throw new AssertionError(await().toString());
    }
    float[] known = values.get(output);
    if (known == null) {
      throw new AssertionError("output " + output + " was not asked for");
    }
    return known;
  }

  @Nullable Shape shape(int output) {
    return shapes.get(output);
  }
}
