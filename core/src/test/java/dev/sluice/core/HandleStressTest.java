package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.FakeLoader.Served;
import dev.sluice.core.ServableState.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;

/**
 * Borrowers against version swaps. The model beside it: for each version, how many loans are out;
 * an unload must find none, a loan must find an open servable, and while versions only go up no
 * borrower may miss or go back.
 */
class HandleStressTest {

  private static final String NAME = "m";

  private final EventBus<ServableState> bus = new EventBus<>();
  private final ServableStateMonitor monitor = new ServableStateMonitor(bus);
  private final ConcurrentHashMap<Long, AtomicInteger> loans = new ConcurrentHashMap<>();
  private final AtomicReference<Throwable> violation = new AtomicReference<>();
  private final AtomicBoolean over = new AtomicBoolean();

  @RepeatedTest(3)
  void swapsNeverLoseOrCloseAServableInUse(RepetitionInfo round) // FR-2
      throws InterruptedException {
    run(round.getCurrentRepetition(), 40, 4);
  }

  @Tag("stress")
  @RepeatedTest(20)
  void manySwapsNeverLoseOrCloseAServableInUse(RepetitionInfo round) throws InterruptedException {
    run(1000 + round.getCurrentRepetition(), 500, 8);
  }

  private void run(long seed, int versions, int borrowers) throws InterruptedException {
    SplittableRandom random = new SplittableRandom(seed);
    ManagerOptions options =
        ManagerOptions.defaults()
            .withLoadThreads(random.nextInt(3))
            .withUnloadThreads(random.nextInt(3))
            .withManageInterval(Duration.ofNanos(100_000));
    List<FakeLoader> loaders = new ArrayList<>();
    try (AspiredVersionsManager manager = new AspiredVersionsManager(options, bus)) {
      swapTo(manager, 1, loaders);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < borrowers; i++) {
        SplittableRandom own = random.split();
        threads.add(Waiting.start(() -> borrow(manager, own)));
      }
      for (long version = 2; version <= versions && violation.get() == null; version++) {
        swapTo(manager, version, loaders);
      }
      over.set(true);
      threads.forEach(Waiting::on);
    }
    assertThat(violation.get()).as("seed %d", seed).isNull();
    assertThat(loaders).allMatch(loader -> loader.unloads.get() == 1);
  }

  private void swapTo(AspiredVersionsManager manager, long version, List<FakeLoader> loaders)
      throws InterruptedException {
    AtomicInteger out = loans.computeIfAbsent(version, _ -> new AtomicInteger());
    FakeLoader loader =
        FakeLoader.good()
            .onUnload(() -> check(out.get() == 0, "unloaded with loans out: " + version));
    loaders.add(loader);
    ServableId id = new ServableId(NAME, version);
    manager.aspire(NAME, List.of(ServableData.of(id, loader)));
    var outcome =
        monitor.waitUntilServablesReach(
            List.of(ServableRequest.of(id)), Stage.AVAILABLE, Duration.ofSeconds(30));
    check(outcome.reached(), "not available in time: " + version);
  }

  private void borrow(AspiredVersionsManager manager, SplittableRandom random) {
    long last = 0;
    while (!over.get() && violation.get() == null) {
      try (ServableHandle<Served> handle =
          manager.handle(ServableRequest.latest(NAME), Served.class)) {
        long version = handle.id().version();
        AtomicInteger out = loans.get(version);
        out.incrementAndGet();
        check(version >= last, "went back from " + last + " to " + version);
        last = version;
        for (int i = random.nextInt(50); i >= 0; i--) {
          check(handle.servable().open.get(), "closed while on loan: " + version);
        }
        out.decrementAndGet();
      } catch (RuntimeException miss) {
        violation.compareAndSet(null, miss);
      }
    }
  }

  private void check(boolean condition, String what) {
    if (!condition) {
      violation.compareAndSet(null, new AssertionError(what));
    }
  }
}
