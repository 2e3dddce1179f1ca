package dev.sluice.batching;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Time that passes when the test says so. */
final class FakeClock implements LongSupplier {

  private final AtomicLong now = new AtomicLong(1_000_000_000);

  void pass(long nanos) {
    now.addAndGet(nanos);
  }

  @Override
  public long getAsLong() {
    return now.get();
  }
}
