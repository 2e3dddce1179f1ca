package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.FakeLoader.Served;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** Ten bytes for all versions. */
@ParameterizedClass(name = "{0} load threads, {1} unload threads")
@CsvSource({"2, 2", "1, 1", "0, 2", "2, 0"})
class AdmissionTest {

  private static final long BUDGET = 10;

  @Parameter(0)
  int loadThreads;

  @Parameter(1)
  int unloadThreads;

  private final EventBus<ServableState> bus = new EventBus<>();
  private final ServableStateMonitor monitor = new ServableStateMonitor(bus, 1000);
  private Workers workers;
  private BasicManager manager;

  @BeforeEach
  void open() {
    manager = manager(0);
  }

  private BasicManager manager(int retries) {
    ManagerOptions options =
        ManagerOptions.defaults()
            .withLoadThreads(loadThreads)
            .withUnloadThreads(unloadThreads)
            .withMaxLoadRetries(retries)
            .withRetryInterval(Duration.ZERO)
            .withMemoryBudget(BUDGET);
    workers = new Workers(options, loadThreads + unloadThreads == 0, () -> {});
    return new BasicManager(options, LoadRetry.Pause.TIMED, bus, workers);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private static ServableId id(long version) {
    return new ServableId("m", version);
  }

  private FakeLoader managed(long version, FakeLoader loader) {
    manager.manage(ServableData.of(id(version), loader));
    return loader;
  }

  private CompletableFuture<Status> load(long version, FakeLoader loader) {
    managed(version, loader);
    CompletableFuture<Status> outcome = new CompletableFuture<>();
    manager.load(id(version), outcome::complete);
    return outcome;
  }

  /** Returns when the load stands in the line. */
  private CompletableFuture<Status> loadThatWaits(long version, FakeLoader loader) {
    try (RecordedLog log = RecordedLog.of(Admission.class)) {
      CompletableFuture<Status> outcome = load(version, loader);
      while (log.lines().stream().noneMatch(line -> line.contains("waits for room"))) {
        Thread.onSpinWait();
      }
      return outcome;
    }
  }

  private CompletableFuture<Status> unload(long version) {
    CompletableFuture<Status> outcome = new CompletableFuture<>();
    manager.unload(id(version), outcome::complete);
    return outcome;
  }

  private static Status outcome(CompletableFuture<Status> future) {
    return future.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private static FakeLoader taking(long bytes) {
    return FakeLoader.good().takes(bytes);
  }

  private static Status noRoom(long version) {
    return new Status(
        StatusCode.RESOURCE_EXHAUSTED, "Insufficient resources to load servable " + id(version));
  }

  @Test
  void twoLoadsThatFitTogetherBothLoad() { // BR-1, RS-3
    CompletableFuture<Status> first = load(1, taking(5));
    CompletableFuture<Status> second = load(2, taking(5));
    assertThat(outcome(first)).isEqualTo(Status.OK);
    assertThat(outcome(second)).isEqualTo(Status.OK);
    assertThat(manager.lookUps().available()).containsExactly(id(1), id(2));
  }

  @Test
  void loadWithoutRoomIsRefusedAndStaysManaged() { // BR-2
    outcome(load(1, taking(10)));
    FakeLoader loader = taking(1);
    assertThat(outcome(load(2, loader))).isEqualTo(noRoom(2));
    assertThat(loader.loads).hasValue(0);
    assertThat(manager.find(id(2)).orElseThrow().state()).isEqualTo(HarnessState.ERROR);
    assertThat(monitor.state(id(2)).orElseThrow().health()).isEqualTo(noRoom(2));
    assertThat(monitor.log())
        .extracting(e -> e.id().version() + " " + e.stage())
        .endsWith("2 START", "2 END");
  }

  @Test
  void failedLoadGivesItsRoomBack() { // BR-3
    Status failed =
        outcome(load(1, FakeLoader.failing(StatusException.unavailable("disk")).takes(10)));
    assertThat(failed.message()).isEqualTo("disk");
    assertThat(outcome(load(2, taking(10)))).isEqualTo(Status.OK);
  }

  @Test
  void smallerEstimateAfterTheLoadFreesRoom() { // BR-4, RS-2
    AtomicInteger bytes = new AtomicInteger(10);
    FakeLoader shrinking = FakeLoader.good().takes(bytes::get).onLoad(_ -> bytes.set(5));
    outcome(load(1, shrinking));
    assertThat(outcome(load(2, taking(5)))).isEqualTo(Status.OK);
    assertThat(outcome(load(3, taking(1)))).isEqualTo(noRoom(3));
  }

  @Test
  void largerEstimateAfterTheLoadCountsAsTheOneBefore() {
    AtomicInteger bytes = new AtomicInteger(5);
    outcome(load(1, FakeLoader.good().takes(bytes::get).onLoad(_ -> bytes.set(100))));
    assertThat(outcome(load(2, taking(5)))).isEqualTo(Status.OK);
  }

  @Test
  void loadWaitsForAnUnloadThatMakesRoom() { // BR-5
    outcome(load(1, taking(10)));
    ServableHandle<Served> handle =
        manager.lookUps().handle(ServableRequest.of(id(1)), Served.class);
    CompletableFuture<Status> unloaded = unload(1);
    FakeLoader next = taking(10);
    CompletableFuture<Status> loaded = loadThatWaits(2, next);
    assertThat(next.loads).hasValue(0);
    assertThat(loaded).isNotDone();
    handle.close();
    workers.runHandedOver();
    assertThat(outcome(unloaded)).isEqualTo(Status.OK);
    workers.runHandedOver();
    assertThat(outcome(loaded)).isEqualTo(Status.OK);
  }

  @Test
  void smallLoadWaitsBehindALargeOneThatCameFirst() { // BR-6
    outcome(load(1, taking(6)));
    ServableHandle<Served> handle =
        manager.lookUps().handle(ServableRequest.of(id(1)), Served.class);
    CompletableFuture<Status> unloaded = unload(1);
    FakeLoader large = taking(10);
    FakeLoader small = taking(1);
    CompletableFuture<Status> largeLoaded = loadThatWaits(2, large);
    CompletableFuture<Status> smallLoaded = load(3, small);
    handle.close();
    workers.runHandedOver();
    outcome(unloaded);
    workers.runHandedOver();
    assertThat(outcome(largeLoaded)).isEqualTo(Status.OK);
    workers.runHandedOver();
    assertThat(outcome(smallLoaded)).isEqualTo(noRoom(3));
  }

  @Test
  void loadThatCanNeverFitIsRefusedWithoutWaiting() { // BR-6
    outcome(load(1, taking(10)));
    ServableHandle<Served> handle =
        manager.lookUps().handle(ServableRequest.of(id(1)), Served.class);
    CompletableFuture<Status> unloaded = unload(1);
    assertThat(outcome(load(2, taking(11)))).isEqualTo(noRoom(2));
    handle.close();
    workers.runHandedOver();
    outcome(unloaded);
    assertThat(outcome(load(3, taking(10)))).isEqualTo(Status.OK);
  }

  @Test
  void loadThatIsCancelledWhileItWaitsNeverBegins() {
    outcome(load(1, taking(10)));
    ServableHandle<Served> handle =
        manager.lookUps().handle(ServableRequest.of(id(1)), Served.class);
    CompletableFuture<Status> unloaded = unload(1);
    FakeLoader waiting = taking(10);
    CompletableFuture<Status> loaded = loadThatWaits(2, waiting);
    manager.cancelLoad(id(2));
    workers.runHandedOver();
    assertThat(outcome(loaded).code()).isEqualTo(StatusCode.CANCELLED);
    assertThat(waiting.loads).hasValue(0);
    handle.close();
    workers.runHandedOver();
    outcome(unloaded);
  }

  @Test
  void closeEndsLoadsThatWait() {
    outcome(load(1, taking(10)));
    ServableHandle<Served> handle =
        manager.lookUps().handle(ServableRequest.of(id(1)), Served.class);
    var _ = unload(1);
    CompletableFuture<Status> loaded = load(2, taking(10));
    Thread closing = Waiting.start(manager::close);
    assertThat(outcome(loaded).code()).isEqualTo(StatusCode.CANCELLED);
    handle.close();
    Waiting.on(closing);
  }

  @Test
  void failedEstimateEndsTheVersionWithTheReason() { // BR-7
    FakeLoader loader =
        FakeLoader.good()
            .takes(() -> {
              throw StatusException.notFound("no files");
            });
    Status expected =
        new Status(
            StatusCode.NOT_FOUND,
            "Error while attempting to reserve resources to load servable"
                + " {name: m version: 1}: no files");
    assertThat(outcome(load(1, loader))).isEqualTo(expected);
    assertThat(monitor.state(id(1)).orElseThrow().health()).isEqualTo(expected);
    assertThat(loader.loads).hasValue(0);
    assertThat(outcome(load(2, taking(10)))).isEqualTo(Status.OK);
  }

  @Test
  void estimateIsTriedAsOftenAsALoad() { // BR-8
    manager.close();
    manager = manager(1);
    assertThat(outcome(load(1, failingEstimates(1)))).isEqualTo(Status.OK);
    assertThat(outcome(load(2, failingEstimates(2))).code()).isEqualTo(StatusCode.UNAVAILABLE);
  }

  private static FakeLoader failingEstimates(int failures) {
    AtomicInteger asked = new AtomicInteger();
    return FakeLoader.good()
        .takes(() -> {
          if (asked.incrementAndGet() <= failures) {
            throw StatusException.unavailable("not yet");
          }
          return 1;
        });
  }

  @Test
  void negativeEstimateIsAFailureAndTakesNoRoom() { // RS-5
    FakeLoader loader = taking(-1);
    assertThat(outcome(load(1, loader)).code()).isEqualTo(StatusCode.INTERNAL);
    assertThat(loader.loads).hasValue(0);
    assertThat(outcome(load(2, taking(10)))).isEqualTo(Status.OK);
  }

  @Test
  void loadThatTakesNothingFitsWhereNothingIsLeft() { // RS-9
    assertThat(outcome(load(1, taking(10)))).isEqualTo(Status.OK);
    assertThat(outcome(load(2, taking(0)))).isEqualTo(Status.OK);
    assertThat(outcome(load(3, taking(1)))).isEqualTo(noRoom(3));
  }

  @Test
  void withoutABudgetNoLoaderIsAsked() {
    ManagerOptions options = ManagerOptions.defaults().withLoadThreads(loadThreads);
    Workers own = new Workers(options, true, () -> {});
    BasicManager unlimited = new BasicManager(options, LoadRetry.Pause.TIMED, bus, own);
    unlimited.manage(
        ServableData.of(
            id(9),
            FakeLoader.good()
                .takes(() -> {
                  throw new AssertionError("asked");
                })));
    CompletableFuture<Status> outcome = new CompletableFuture<>();
    unlimited.load(id(9), outcome::complete);
    assertThat(outcome(outcome)).isEqualTo(Status.OK);
    unlimited.close();
  }

  @Test
  void loadsThatFitRunAtOnceOnAsManyThreadsAsThereAre() { // BR-1
    CountDownLatch together = new CountDownLatch(Math.max(1, loadThreads));
    FakeLoader.Attempt meet =
        _ -> {
          together.countDown();
          Waiting.on(together);
        };
    CompletableFuture<Status> first = load(1, taking(5).onLoad(meet));
    CompletableFuture<Status> second = load(2, taking(5).onLoad(meet));
    assertThat(List.of(outcome(first), outcome(second))).containsOnly(Status.OK);
  }
}
