package dev.sluice.core;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** A loader of a {@link Served} object that can be told to fail or to wait. */
final class FakeLoader implements Loader {

  /** The servable: knows whether it may still be used. */
  static final class Served {
    final ServableId id;
    final AtomicBoolean open = new AtomicBoolean(true);

    Served(ServableId id) {
      this.id = id;
    }
  }

  final AtomicInteger loads = new AtomicInteger();
  final AtomicInteger unloads = new AtomicInteger();
  volatile Thread loadedBy;
  volatile Thread unloadedBy;
  volatile ServableId loadedAs;
  private volatile Served served;
  private volatile LongSupplier estimate = () -> 1;
  private volatile Attempt onLoad = _ -> {};
  private volatile Runnable onUnload = () -> {};

  /** What happens at the n-th attempt, counted from 1. */
  interface Attempt {
    void run(int number);
  }

  static FakeLoader good() {
    return new FakeLoader();
  }

  static FakeLoader failing(RuntimeException failure) {
    return good()
        .onLoad(_ -> {
          throw failure;
        });
  }

  FakeLoader onLoad(Attempt action) {
    onLoad = action;
    return this;
  }

  /** How many bytes it says it takes, whenever asked. */
  FakeLoader takes(LongSupplier bytes) {
    estimate = bytes;
    return this;
  }

  /** How many bytes it takes, from the start to the end. */
  FakeLoader takes(long bytes) {
    return takes(() -> bytes);
  }

  FakeLoader onUnload(Runnable action) {
    onUnload = action;
    return this;
  }

  @Override
  public long estimateBytes() {
    return estimate.getAsLong();
  }

  @Override
  public void load(ServableId id) {
    loadedBy = Thread.currentThread();
    loadedAs = id;
    onLoad.run(loads.incrementAndGet());
    served = new Served(id);
  }

  @Override
  public void unload() {
    unloadedBy = Thread.currentThread();
    unloads.incrementAndGet();
    served.open.set(false);
    onUnload.run();
  }

  @Override
  public Object servable() {
    return served;
  }
}
