package dev.sluice.bench;

import dev.sluice.core.AspiredVersionsManager;
import dev.sluice.core.EventBus;
import dev.sluice.core.Loader;
import dev.sluice.core.ManagerOptions;
import dev.sluice.core.ServableData;
import dev.sluice.core.ServableHandle;
import dev.sluice.core.ServableId;
import dev.sluice.core.ServableRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** A look-up of the latest version and the return of its handle, by 1 to 8 threads; stated only. */
final class LookUpRow implements Row {

  private static final int NAMES = 12;
  private static final List<Integer> THREADS = List.of(1, 2, 4, 8);
  private static final int TURNS = 1000;

  /** A servable that is nothing but there. */
  private static final class Nothing implements Loader {
    @Override
    public long estimateBytes() {
      return 0;
    }

    @Override
    public void load(ServableId id) {}

    @Override
    public void unload() {}

    @Override
    public Object servable() {
      return this;
    }
  }

  private record Table(AspiredVersionsManager manager) implements Servers.Started {

    static Table open() {
      Table table =
          new Table(
              new AspiredVersionsManager(
                  ManagerOptions.defaults().withManageInterval(Duration.ZERO), new EventBus<>()));
      for (int i = 0; i < NAMES; i++) {
        ServableId id = new ServableId("model" + i, 1);
        table.manager.aspire(id.name(), List.of(ServableData.of(id, new Nothing())));
      }
      for (int i = 0; i < NAMES; i++) {
        table.manager.tick();
      }
      return table;
    }

    @Override
    public void close() {
      manager.close();
    }
  }

  @Override
  public String name() {
    return "look-up";
  }

  @Override
  public String title() {
    return "Look-up of a model and return of its handle, all threads the same model";
  }

  @Override
  public List<Check> checks() {
    return List.of();
  }

  @Override
  public Contest open(Workshop workshop) throws Exception {
    return ServerContest.open(
        workshop,
        servers -> {
          Table table = servers.add(Table.open());
          return THREADS.stream()
              .map(threads ->
                  new Side(
                      threads == 1 ? "1 thread" : threads + " threads",
                      seconds -> measure(table.manager(), threads, seconds)))
              .toList();
        });
  }

  private static Sample measure(AspiredVersionsManager manager, int threads, double seconds)
      throws InterruptedException {
    AtomicLong done = new AtomicLong();
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    List<Thread> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      running.add(Thread.ofPlatform().start(() -> done.addAndGet(lookUpUntil(manager, end))));
    }
    for (Thread thread : running) {
      thread.join();
    }
    double elapsed = System.nanoTime() - start;
    return Sample.EMPTY
        .with(Measure.LOOK_UP, elapsed / done.get())
        .with(Measure.LOOK_UPS, done.get() / elapsed * 1e3);
  }

  private static long lookUpUntil(AspiredVersionsManager manager, long end) {
    long done = 0;
    while (System.nanoTime() < end) {
      for (int i = 0; i < TURNS; i++) {
        try (ServableHandle<Nothing> handle =
            manager.handle(ServableRequest.latest("model7"), Nothing.class)) {
          done += handle.id().version();
        }
      }
    }
    return done;
  }
}
