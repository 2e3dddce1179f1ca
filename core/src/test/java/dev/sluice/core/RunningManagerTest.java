package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.FakeLoader.Served;
import dev.sluice.core.ServableState.Stage;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A manager with threads of its own. */
class RunningManagerTest {

  private static final ServableId M1 = new ServableId("m", 1);

  private final EventBus<ServableState> bus = new EventBus<>();
  private final ServableStateMonitor monitor = new ServableStateMonitor(bus, 100);

  private AspiredVersionsManager manager(ManagerOptions options) {
    return new AspiredVersionsManager(options.withManageInterval(Duration.ofMillis(1)), bus);
  }

  private void aspire(AspiredVersionsManager manager, ServableId id, Loader loader) {
    manager.aspire(id.name(), List.of(ServableData.of(id, loader)));
  }

  private Status reach(ServableId id, Stage goal) throws InterruptedException {
    var outcome =
        monitor.waitUntilServablesReach(
            List.of(ServableRequest.of(id)), goal, Duration.ofSeconds(30));
    assertThat(outcome.stages()).as("%s in time", goal).containsKey(id);
    return monitor.state(id).orElseThrow().health();
  }

  @Test
  void loadsAndUnloadsByItselfOnTheSerialWorker() throws InterruptedException {
    FakeLoader loader = FakeLoader.good();
    try (AspiredVersionsManager manager = manager(ManagerOptions.defaults())) {
      aspire(manager, M1, loader);
      reach(M1, Stage.AVAILABLE);
      try (var handle = manager.handle(ServableRequest.latest("m"), Served.class)) {
        assertThat(handle.id()).isEqualTo(M1);
      }
      manager.aspire("m", List.of());
      assertThat(reach(M1, Stage.END)).isEqualTo(Status.OK);
    }
    assertThat(loader.loadedBy.getName()).isEqualTo("sluice-load-serial-1");
    assertThat(loader.loadedBy.isDaemon()).isTrue();
    assertThat(loader.unloadedBy).isSameAs(loader.loadedBy);
  }

  @Test
  void unloadComesBeforeTheNextLoadOnTheSerialWorker() throws InterruptedException {
    // While A/2 loads, B/1 becomes due; after it A/1 may go, and goes first.
    CountDownLatch hold = new CountDownLatch(1);
    CountDownLatch loading = new CountDownLatch(1);
    try (AspiredVersionsManager manager = manager(ManagerOptions.defaults())) {
      ServableId a1 = new ServableId("a", 1);
      ServableId a2 = new ServableId("a", 2);
      ServableId b1 = new ServableId("b", 1);
      aspire(manager, a1, FakeLoader.good());
      reach(a1, Stage.AVAILABLE);
      aspire(
          manager,
          a2,
          FakeLoader.good()
              .onLoad(_ -> {
                loading.countDown();
                Waiting.on(hold);
              }));
      Waiting.on(loading);
      aspire(manager, b1, FakeLoader.good());
      reach(b1, Stage.START);
      hold.countDown();
      reach(b1, Stage.AVAILABLE);
      List<String> order =
          monitor.log().stream()
              .filter(e -> e.stage() == Stage.END || e.stage() == Stage.LOADING)
              .map(e -> e.stage() + " " + e.id().name() + e.id().version())
              .toList();
      assertThat(order).containsExactly("LOADING a1", "LOADING a2", "END a1", "LOADING b1");
    }
  }

  @Test
  void pausingLoadIsCancelledWhenItsVersionIsDropped() throws InterruptedException {
    CountDownLatch failed = new CountDownLatch(1);
    FakeLoader loader =
        FakeLoader.good()
            .onLoad(_ -> {
              failed.countDown();
              throw StatusException.unavailable("not yet");
            });
    try (AspiredVersionsManager manager =
        manager(ManagerOptions.defaults().withRetryInterval(Duration.ofDays(1)))) {
      aspire(manager, M1, loader);
      Waiting.on(failed);
      manager.aspire("m", List.of());
      assertThat(reach(M1, Stage.END)).isEqualTo(new Status(StatusCode.UNAVAILABLE, "not yet"));
    }
    assertThat(loader.loads).hasValue(1);
  }

  @Test
  void closeEndsPausesAndWaitsForRunningLoads() {
    for (int threads : new int[] {0, 2}) {
      CountDownLatch pausing = new CountDownLatch(1);
      CountDownLatch running = new CountDownLatch(1);
      CountDownLatch hold = new CountDownLatch(1);
      FakeLoader failing =
          FakeLoader.good()
              .onLoad(_ -> {
                pausing.countDown();
                throw StatusException.unavailable("not yet");
              });
      FakeLoader slow =
          FakeLoader.good()
              .onLoad(_ -> {
                running.countDown();
                Waiting.on(hold);
              });
      AspiredVersionsManager manager =
          manager(
              ManagerOptions.defaults()
                  .withLoadThreads(threads)
                  .withRetryInterval(Duration.ofDays(1)));
      aspire(manager, new ServableId("slow", 1), slow);
      Waiting.on(running);
      if (threads > 0) {
        aspire(manager, new ServableId("failing", 1), failing);
        Waiting.on(pausing);
      }
      Thread closing = Waiting.start(manager::close);
      assertThat(slow.unloads).hasValue(0);
      hold.countDown();
      Waiting.on(closing);
      assertThat(slow.unloads).hasValue(1);
      assertThat(manager.available()).isEmpty();
    }
  }

  @Test
  void closeByHandEndsAPauseOnTheCallersThread() {
    CountDownLatch failed = new CountDownLatch(1);
    AspiredVersionsManager manager =
        new AspiredVersionsManager(
            ManagerOptions.defaults()
                .withManageInterval(Duration.ZERO)
                .withRetryInterval(Duration.ofDays(1)),
            bus);
    aspire(
        manager,
        M1,
        FakeLoader.good()
            .onLoad(_ -> {
              failed.countDown();
              throw StatusException.unavailable("not yet");
            }));
    Thread stepping = Waiting.start(manager::tick);
    Waiting.on(failed);
    manager.close();
    Waiting.on(stepping);
  }

  @Test
  void errorsOfTheVirtualMachineLeaveTheManagerAlive() throws InterruptedException {
    try (AspiredVersionsManager manager =
        manager(ManagerOptions.defaults().withMaxLoadRetries(0))) {
      aspire(
          manager,
          M1,
          FakeLoader.good()
              .onLoad(_ -> {
                throw new OutOfMemoryError("native");
              }));
      assertThat(reach(M1, Stage.END).code()).isEqualTo(StatusCode.INTERNAL);
      aspire(manager, new ServableId("n", 1), FakeLoader.good());
      reach(new ServableId("n", 1), Stage.AVAILABLE);
    }
  }

  @Test
  void policyThatThrowsDoesNotStopTheSteps() throws InterruptedException {
    CountDownLatch asked = new CountDownLatch(3);
    VersionPolicy policy = new AvailabilityPreservingPolicy();
    try (AspiredVersionsManager manager =
        manager(
            ManagerOptions.defaults()
                .withPolicy(versions -> {
                  if (asked.getCount() > 0) {
                    asked.countDown();
                    throw new IllegalStateException("broken policy");
                  }
                  return policy.next(versions);
                }))) {
      aspire(manager, M1, FakeLoader.good());
      reach(M1, Stage.AVAILABLE);
    }
  }

  @Test
  void manyLoadThreadsLoadAtOnceAndGoAgain() throws InterruptedException {
    CountDownLatch together = new CountDownLatch(2);
    FakeLoader.Attempt meet =
        _ -> {
          together.countDown();
          Waiting.on(together);
        };
    try (AspiredVersionsManager manager = manager(ManagerOptions.defaults().withLoadThreads(8))) {
      aspire(manager, M1, FakeLoader.good().onLoad(meet));
      aspire(manager, new ServableId("n", 1), FakeLoader.good().onLoad(meet));
      reach(M1, Stage.AVAILABLE);
      reach(new ServableId("n", 1), Stage.AVAILABLE);
      manager.setLoadThreads(0);
      assertThat(manager.loadThreads()).isZero();
      FakeLoader later = FakeLoader.good();
      aspire(manager, new ServableId("o", 1), later);
      reach(new ServableId("o", 1), Stage.AVAILABLE);
    }
  }

  @Test
  void versionsOfASourceReachTheManagerThroughTheAdapter(@TempDir Path base) // AB-1
      throws Exception {
    Files.createDirectories(base.resolve("m/1"));
    List<Path> loadedFrom = new CopyOnWriteArrayList<>();
    FileSystemSource source =
        new FileSystemSource(
            new FileSystemSource.Options(
                Duration.ofSeconds(-1),
                List.of(
                    new MonitoredServable(
                        "m", "/models/m", base.resolve("m"), VersionChoice.LATEST)),
                false,
                true));
    FakeLoader loader = FakeLoader.good();
    try (AspiredVersionsManager manager = manager(ManagerOptions.defaults());
        source) {
      source.connect(
          new LoaderAdapter(
              (_, directory) -> {
                loadedFrom.add(directory);
                return loader;
              },
              manager));
      source.poll();
      reach(M1, Stage.AVAILABLE);
    }
    assertThat(loadedFrom).containsOnly(base.resolve("m/1"));
    assertThat(loader.unloads).hasValue(1);
  }

  @Test
  void streamSwapsWithinABudgetForOneVersionIfTheOldGoesFirst() throws InterruptedException {
    ManagerOptions options =
        ManagerOptions.defaults()
            .withMaxLoadRetries(0)
            .withMemoryBudget(10)
            .withPolicy(new ResourcePreservingPolicy());
    ServableId two = new ServableId("m", 2);
    try (AspiredVersionsManager manager = manager(options)) {
      aspire(manager, M1, FakeLoader.good().takes(10));
      reach(M1, Stage.AVAILABLE);
      aspire(manager, two, FakeLoader.good().takes(10));
      assertThat(reach(two, Stage.AVAILABLE)).isEqualTo(Status.OK);
      assertThat(manager.available()).containsExactly(two);
    }
  }

  @Test
  void oldVersionServesOnWhenThereIsNoRoomForTheNew() throws InterruptedException {
    ManagerOptions options = ManagerOptions.defaults().withMemoryBudget(10);
    ServableId two = new ServableId("m", 2);
    try (AspiredVersionsManager manager = manager(options)) {
      aspire(manager, M1, FakeLoader.good().takes(10));
      reach(M1, Stage.AVAILABLE);
      aspire(manager, two, FakeLoader.good().takes(10));
      assertThat(reach(two, Stage.END).code()).isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
      assertThat(manager.available()).containsExactly(M1);
    }
  }
}
