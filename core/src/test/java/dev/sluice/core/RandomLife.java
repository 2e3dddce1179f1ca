package dev.sluice.core;

import dev.sluice.core.LifecycleWatch.Servable;
import dev.sluice.core.LifecycleWatch.WatchedLoader;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * One manager's life under random demands. Of three streams one may be emptied at any time; the
 * others never are, so under the availability-preserving policy they must be answered from the
 * first answer on.
 */
final class RandomLife {

  private static final List<String> KEPT = List.of("a", "b");
  private static final String FREE = "c";
  private static final int BORROWERS = 3;
  private static final long BUDGET = 12;

  private final SplittableRandom random;
  private final boolean preserving;
  private final LifecycleWatch watch;
  private final EventBus<ServableState> bus = new EventBus<>();
  private final List<WatchedLoader> loaders = new ArrayList<>();
  private final ConcurrentLinkedQueue<CountDownLatch> slow = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicBoolean hasty = new AtomicBoolean();
  private final String options;
  private final ManagerOptions managerOptions;
  private long fresh = 100;

  RandomLife(long seed) {
    random = new SplittableRandom(seed);
    preserving = random.nextInt(4) > 0;
    boolean budgeted = random.nextBoolean();
    watch = new LifecycleWatch(budgeted ? BUDGET : Long.MAX_VALUE);
    int loadThreads = random.nextInt(4);
    int unloadThreads = random.nextInt(3);
    boolean reload = random.nextBoolean();
    managerOptions =
        ManagerOptions.defaults()
            .withPolicy(
                preserving ? new AvailabilityPreservingPolicy() : new ResourcePreservingPolicy())
            .withLoadThreads(loadThreads)
            .withUnloadThreads(unloadThreads)
            .withMaxLoadRetries(random.nextInt(3))
            .withRetryInterval(Duration.ZERO)
            .withReloadFailed(reload)
            .withMemoryBudget(budgeted ? BUDGET : ManagerOptions.NO_BUDGET)
            .withManageInterval(Duration.ofNanos(200_000));
    options =
        "%d load threads, %d unload threads, preserving %s, budgeted %s, reload %s"
            .formatted(loadThreads, unloadThreads, preserving, budgeted, reload);
  }

  String options() {
    return options;
  }

  Throwable violation() {
    return watch.violation();
  }

  void run(int steps) throws InterruptedException {
    List<Thread> borrowers = new ArrayList<>();
    try (AspiredVersionsManager manager = new AspiredVersionsManager(managerOptions, bus)) {
      bus.subscribe(event -> watch.event(event, manager));
      for (int i = 0; i < BORROWERS; i++) {
        SplittableRandom own = random.split();
        borrowers.add(Waiting.start(() -> borrow(manager, own)));
      }
      for (int step = 0; step < steps && violation() == null; step++) {
        step(manager, step);
      }
      converge(manager);
      over.set(true);
      release();
      borrowers.forEach(Waiting::on);
    } finally {
      over.set(true);
      release();
    }
    watch.check(loaders.stream().noneMatch(WatchedLoader::isLeft), "something is left loaded");
  }

  private void step(AspiredVersionsManager manager, int step) {
    switch (random.nextInt(10)) {
      case 0 -> releaseOne();
      case 1 -> manager.tick();
      case 2 -> LockSupport.parkNanos(random.nextInt(500_000));
      default -> aspire(manager);
    }
    if (step % 40 == 39) {
      converge(manager);
    }
    if (random.nextInt(30) == 0) {
      hasty.set(true);
      release(); // a change of threads waits for the loads of before
      manager.setLoadThreads(random.nextInt(4));
      hasty.set(false);
    }
  }

  private void aspire(AspiredVersionsManager manager) {
    int which = random.nextInt(KEPT.size() + 1);
    String name = which < KEPT.size() ? KEPT.get(which) : FREE;
    int count = random.nextInt(name.equals(FREE) ? 0 : 1, 4);
    Set<Long> versions = new LinkedHashSet<>();
    for (int i = 0; i < count; i++) {
      versions.add((long) random.nextInt(1, 7));
    }
    manager.aspire(
        name, versions.stream().map(version -> data(new ServableId(name, version))).toList());
  }

  private ServableData<Loader> data(ServableId id) {
    return switch (random.nextInt(12)) {
      case 0 -> ServableData.error(id, new Status(StatusCode.UNKNOWN, "bad"));
      case 1, 2 -> ServableData.of(id, loader(random.nextInt(1, 6), () -> {}));
      case 3, 4 -> ServableData.of(id, loader(0, slowness()));
      default -> ServableData.of(id, loader(0, () -> {}));
    };
  }

  private WatchedLoader loader(int failures, Runnable before) {
    WatchedLoader loader = watch.new WatchedLoader(random.nextInt(0, 6), failures, before);
    loaders.add(loader);
    return loader;
  }

  /** Waits until somebody lets it go, unless all are in a hurry. */
  private Runnable slowness() {
    CountDownLatch latch = new CountDownLatch(1);
    return () -> {
      slow.add(latch);
      if (!over.get() && !hasty.get()) {
        Waiting.on(latch);
      }
    };
  }

  private void releaseOne() {
    CountDownLatch latch = slow.poll();
    if (latch != null) {
      latch.countDown();
    }
  }

  private void release() {
    for (CountDownLatch latch = slow.poll(); latch != null; latch = slow.poll()) {
      latch.countDown();
    }
  }

  /** When a new version of each stream is all that is wanted, then that is what is served. */
  private void converge(AspiredVersionsManager manager) {
    long version = fresh++;
    List<ServableId> expected =
        List.of(
            new ServableId("a", version),
            new ServableId("b", version),
            new ServableId(FREE, version));
    for (ServableId id : expected) {
      WatchedLoader loader = watch.new WatchedLoader(0, 0, () -> {});
      loaders.add(loader);
      manager.aspire(id.name(), List.of(ServableData.of(id, loader)));
    }
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!manager.available().equals(expected) && violation() == null) {
      release();
      watch.check(
          System.nanoTime() < deadline,
          "expected %s, available are %s, of %s",
          expected,
          manager.available(),
          manager.snapshots());
      LockSupport.parkNanos(50_000);
    }
  }

  private void borrow(AspiredVersionsManager manager, SplittableRandom random) {
    while (!over.get() && violation() == null) {
      String name = random.nextInt(3) == 0 ? FREE : KEPT.get(random.nextInt(KEPT.size()));
      try {
        if (random.nextInt(4) == 0) {
          borrowOne(manager, new ServableId(name, random.nextInt(1, 7)), random);
        } else {
          borrowLatest(manager, name, random);
        }
      } catch (RuntimeException | Error failure) {
        watch.fail(failure);
      }
    }
  }

  private void borrowOne(AspiredVersionsManager manager, ServableId id, SplittableRandom random) {
    try (var handle = manager.handle(ServableRequest.of(id), Servable.class)) {
      watch.check(handle.id().equals(id), "asked for %s, got %s", id, handle.id());
      watch.use(handle, random.nextInt(100));
    } catch (StatusException miss) {
      watch.check(miss.code() == StatusCode.NOT_FOUND, "%s", miss);
    }
  }

  private void borrowLatest(AspiredVersionsManager manager, String name, SplittableRandom random) {
    boolean must = watch.mustAnswer(name);
    try (var handle = manager.handle(ServableRequest.latest(name), Servable.class)) {
      watch.check(handle.id().name().equals(name), "asked for %s, got %s", name, handle.id());
      if (preserving && !name.equals(FREE)) {
        watch.answered(name);
      }
      watch.use(handle, random.nextInt(100));
    } catch (StatusException miss) {
      watch.check(miss.code() == StatusCode.NOT_FOUND && !must, "%s had no version", name);
    }
  }
}
