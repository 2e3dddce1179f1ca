package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.FakeLoader.Served;
import dev.sluice.core.ServableState.Stage;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

@ParameterizedClass(name = "{0} load threads, {1} unload threads")
@CsvSource({"0, 0", "4, 0", "0, 4", "4, 4"})
class BasicManagerTest {

  @Parameter(0)
  int loadThreads;

  @Parameter(1)
  int unloadThreads;

  private final EventBus<ServableState> bus = new EventBus<>();
  private final ServableStateMonitor monitor = new ServableStateMonitor(bus, 1000);
  private final List<AutoCloseable> opened = new ArrayList<>();

  private Workers workers;
  private BasicManager manager;

  private BasicManager manager() {
    return manager(ManagerOptions.defaults().withMaxLoadRetries(0));
  }

  private BasicManager manager(ManagerOptions options) {
    ManagerOptions threaded = options.withLoadThreads(loadThreads).withUnloadThreads(unloadThreads);
    workers = new Workers(threaded, true, () -> {});
    manager = new BasicManager(threaded, LoadRetry.Pause.TIMED, bus, workers);
    opened.add(manager::close);
    return manager;
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : opened) {
      resource.close();
    }
  }

  private static ServableId id(long version) {
    return new ServableId("m", version);
  }

  private FakeLoader managed(long version) {
    FakeLoader loader = FakeLoader.good();
    manager.manage(ServableData.of(id(version), loader));
    return loader;
  }

  private FakeLoader loaded(long version) {
    FakeLoader loader = managed(version);
    assertThat(load(version)).isEqualTo(Status.OK);
    return loader;
  }

  private Status load(long version) {
    return outcome(manager::load, version);
  }

  private Status unload(long version) {
    return outcome(manager::unload, version);
  }

  private static Status outcome(BiConsumer<ServableId, Consumer<Status>> action, long version) {
    CompletableFuture<Status> outcome = new CompletableFuture<>();
    action.accept(id(version), outcome::complete);
    return outcome.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private long found(ServableRequest request) {
    try (ServableHandle<Served> handle = manager.lookUps().handle(request, Served.class)) {
      assertThat(handle.servable().open).isTrue();
      assertThat(handle.servable().id).isEqualTo(handle.id());
      return handle.id().version();
    }
  }

  private void assertNotFound(ServableRequest request) {
    assertThatThrownBy(() -> found(request))
        .isInstanceOf(StatusException.class)
        .hasMessage("Servable not found for request: " + request);
  }

  private HarnessState state(long version) {
    return manager.find(id(version)).orElseThrow().state();
  }

  private Status error(StatusCode code, Runnable action) {
    try {
      action.run();
    } catch (StatusException failure) {
      assertThat(failure.code()).isEqualTo(code);
      return failure.status();
    }
    throw new AssertionError("expected " + code);
  }

  private List<String> events() {
    return monitor.log().stream()
        .map(e -> e.id().version() + " " + e.stage() + " " + e.health())
        .toList();
  }

  @Test
  void lookUpFindsWhatIsReadyOnly() { // BM-1, BM-2, BM-3, BM-5, BM-11, ID-7, ID-8
    manager();
    assertNotFound(ServableRequest.latest("m"));
    loaded(3);
    loaded(0);
    managed(9);
    assertThat(found(ServableRequest.latest("m"))).isEqualTo(3);
    assertThat(found(ServableRequest.earliest("m"))).isZero();
    assertThat(found(ServableRequest.specific("m", 3))).isEqualTo(3);
    assertNotFound(ServableRequest.specific("m", 9));
    assertNotFound(ServableRequest.specific("other", 3));
    assertThat(manager.lookUps().available()).containsExactly(id(0), id(3));
    assertThat(
            error(
                StatusCode.INVALID_ARGUMENT,
                () -> manager.lookUps().handle(ServableRequest.latest("m"), String.class)))
        .extracting(Status::message)
        .isEqualTo("Servable type doesn't match the asked for type.");
  }

  @Test
  void handlesOfATypeLeaveOutOthers() { // ID-11
    manager();
    loaded(1);
    loaded(2);
    assertThat(manager.lookUps().handles(String.class)).isEmpty();
    var handles = manager.lookUps().handles(Served.class);
    assertThat(handles).containsOnlyKeys(id(1), id(2));
    handles.values().forEach(ServableHandle::close);
    assertThat(unload(1)).isEqualTo(Status.OK);
  }

  @Test
  void versionZeroAloneIsTheLatest() { // BM-2
    manager();
    loaded(0);
    assertThat(found(ServableRequest.latest("m"))).isZero();
  }

  @Test
  void latestFallsBackWhenTheHighestGoes() { // BM-4
    manager();
    loaded(1);
    FakeLoader highest = loaded(2);
    assertThat(unload(2)).isEqualTo(Status.OK);
    assertThat(found(ServableRequest.latest("m"))).isEqualTo(1);
    assertThat(highest.unloads).hasValue(1);
    assertThat(state(2)).isEqualTo(HarnessState.DISABLED);
  }

  @Test
  void secondManageIsRefusedAndTheFirstLoaderKept() { // BM-6
    manager();
    FakeLoader first = managed(1);
    FakeLoader second = FakeLoader.good();
    assertThat(
            error(
                    StatusCode.FAILED_PRECONDITION,
                    () -> manager.manage(ServableData.of(id(1), second)))
                .message())
        .isEqualTo("This servable is already being managed: {name: m version: 1}");
    load(1);
    assertThat(first.loads).hasValue(1);
    assertThat(second.loads).hasValue(0);
  }

  @Test
  void onlyAVersionAtRestIsForgotten() { // BM-7
    manager();
    assertThat(error(StatusCode.FAILED_PRECONDITION, () -> manager.stopManaging(id(1))).message())
        .isEqualTo("This servable is not being managed: {name: m version: 1}");
    loaded(1);
    assertThat(error(StatusCode.FAILED_PRECONDITION, () -> manager.stopManaging(id(1))).message())
        .isEqualTo(
            "This servable is not in a new or end state and we cannot stop managing it:"
                + " {name: m version: 1} ready");
    assertThat(found(ServableRequest.latest("m"))).isEqualTo(1);
    unload(1);
    manager.stopManaging(id(1));
    assertThat(manager.snapshots()).isEmpty();
  }

  @Test
  void failedVersionStaysManagedInError() { // BM-8, BM-16, BM-29
    manager();
    manager.manage(ServableData.of(id(1), FakeLoader.failing(StatusException.unavailable("disk"))));
    assertThat(load(1)).isEqualTo(new Status(StatusCode.UNAVAILABLE, "disk"));
    assertThat(manager.snapshots("m"))
        .containsExactly(new VersionSnapshot(id(1), HarnessState.ERROR, true));
    assertThat(manager.lookUps().available()).isEmpty();
    assertThat(events()).containsExactly("1 START OK", "1 LOADING OK", "1 END UNAVAILABLE: disk");
    manager.stopManaging(id(1));
    assertThat(manager.snapshots()).isEmpty();
  }

  @Test
  void snapshotsAreByNameAndVersion() { // BM-9
    manager();
    managed(2);
    managed(1);
    manager.manage(ServableData.of(new ServableId("n", 1), FakeLoader.good()));
    assertThat(manager.names()).containsExactly("m", "n");
    assertThat(manager.snapshots("m"))
        .containsExactly(
            new VersionSnapshot(id(1), HarnessState.NEW, true),
            new VersionSnapshot(id(2), HarnessState.NEW, true));
    assertThat(manager.snapshots("x")).isEmpty();
  }

  @Test
  void erroneousDataGoesStraightToTheEnd() { // BM-10, BM-15
    manager();
    Status broken = new Status(StatusCode.UNKNOWN, "broken");
    manager.manage(ServableData.error(id(1), broken));
    assertThat(state(1)).isEqualTo(HarnessState.ERROR);
    assertThat(load(1)).isEqualTo(broken);
    assertThat(events()).containsExactly("1 END UNKNOWN: broken");
  }

  @Test
  void loadAndUnloadWorkOnce() { // BM-12, BM-13
    manager();
    assertThat(load(1))
        .isEqualTo(
            new Status(
                StatusCode.NOT_FOUND,
                "This servable is not being managed by the manager: {name: m version: 1}"));
    assertThat(unload(1).code()).isEqualTo(StatusCode.NOT_FOUND);
    managed(1);
    assertThat(unload(1).message()).contains("Servable not loaded");
    assertThat(load(1)).isEqualTo(Status.OK);
    assertThat(load(1).message()).contains("Duplicate load request");
    assertThat(unload(1)).isEqualTo(Status.OK);
    assertThat(unload(1).message()).contains("unload already requested/ongoing");
  }

  @Test
  void eventsComeInOrderAndAtTheRightTime() { // BM-17, BM-27
    List<String> seen = new ArrayList<>();
    manager(ManagerOptions.defaults().withPreLoadHook(id -> seen.add("hook " + id.version())));
    bus.subscribe(
        event -> seen.add(event.stage() + " found " + !manager.lookUps().available().isEmpty()));
    FakeLoader loader = managed(1);
    loader.onLoad(_ -> seen.add("load"));
    loader.onUnload(() -> seen.add("unload"));
    load(1);
    unload(1);
    assertThat(seen)
        .containsExactly(
            "START found false",
            "LOADING found false",
            "hook 1",
            "load",
            "AVAILABLE found true",
            "UNLOADING found true",
            "unload",
            "END found false");
  }

  @Test
  void versionCannotBeUnloadedBeforeItIsAnnounced() {
    manager();
    List<Status> refusals = new ArrayList<>();
    bus.subscribe(event -> {
      if (event.stage() == Stage.AVAILABLE) {
        manager.unload(id(1), refusals::add);
      }
    });
    loaded(1);
    assertThat(refusals).extracting(Status::code).containsExactly(StatusCode.FAILED_PRECONDITION);
  }

  @Test
  void cachesAreFlushedAfterEachLoadThatRunsAlone() { // BM-26
    AtomicInteger flushes = new AtomicInteger();
    manager(
        ManagerOptions.defaults()
            .withMaxLoadRetries(0)
            .withCacheFlush(() -> {
              flushes.incrementAndGet();
              throw new IllegalStateException("a flush that fails is not a load that fails");
            }));
    loaded(1);
    managed(2)
        .onLoad(_ -> {
          throw StatusException.unavailable("disk");
        });
    assertThat(load(2).code()).isEqualTo(StatusCode.UNAVAILABLE);
    assertThat(flushes).hasValue(loadThreads <= 1 ? 2 : 0);
  }

  @Test
  void throwingPreLoadHookIsAFailedLoad() {
    manager(
        ManagerOptions.defaults()
            .withPreLoadHook(_ -> {
              throw StatusException.unavailable("hook");
            }));
    FakeLoader loader = managed(1);
    assertThat(load(1).message()).isEqualTo("hook");
    assertThat(state(1)).isEqualTo(HarnessState.ERROR);
    assertThat(loader.loads).hasValue(0);
  }

  @Test
  void unloadWaitsForTheHandleAndRunsOnAManagerThread() { // BM-18
    manager();
    FakeLoader loader = loaded(1);
    ServableHandle<Served> handle =
        manager.lookUps().handle(ServableRequest.latest("m"), Served.class);
    CompletableFuture<Status> done = new CompletableFuture<>();
    manager.unload(id(1), done::complete);
    monitorReaches(Stage.UNLOADING);
    assertThat(done).isNotDone();
    assertThat(handle.servable().open).isTrue();

    Thread releasing = Waiting.start(handle::close);
    Waiting.on(releasing);
    workers.runHandedOver();
    assertThat(done.orTimeout(30, TimeUnit.SECONDS).join()).isEqualTo(Status.OK);
    assertThat(loader.unloadedBy).isNotSameAs(releasing);
    assertThat(loader.unloads).hasValue(1);
    handle.close();
    assertThatThrownBy(handle::servable).isInstanceOf(IllegalStateException.class);
  }

  private void monitorReaches(Stage stage) {
    CountDownLatch reached = new CountDownLatch(1);
    monitor.notifyWhenServablesReach(
        List.of(ServableRequest.of(id(1))), stage, _ -> reached.countDown());
    Waiting.on(reached);
  }

  @Test
  void manyConcurrentLoadsAndUnloadsAllSucceed() { // BM-19
    manager();
    for (long version = 0; version < 20; version++) {
      managed(version);
    }
    assertThat(atOnce(20, this::load)).containsOnly(Status.OK);
    assertThat(manager.lookUps().available()).hasSize(20);
    assertThat(atOnce(20, this::unload)).containsOnly(Status.OK);
    assertThat(manager.lookUps().available()).isEmpty();
  }

  private interface ByNumber {
    Status run(long number);
  }

  private static List<Status> atOnce(int threads, ByNumber action) {
    CyclicBarrier together = new CyclicBarrier(threads);
    List<CompletableFuture<Status>> outcomes = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int number = i;
      CompletableFuture<Status> outcome = new CompletableFuture<>();
      outcomes.add(outcome);
      Waiting.start(() -> {
        try {
          together.await();
          outcome.complete(action.run(number));
        } catch (Exception failure) {
          outcome.completeExceptionally(failure);
        }
      });
    }
    return outcomes.stream().map(o -> o.orTimeout(30, TimeUnit.SECONDS).join()).toList();
  }

  @Test
  void concurrentLoadsOfOneVersionOnlyOneSucceeds() { // BM-20
    manager();
    FakeLoader loader = managed(1);
    List<Status> outcomes = atOnce(4, _ -> load(1));
    assertThat(outcomes).filteredOn(Status::isOk).hasSize(1);
    assertThat(outcomes)
        .filteredOn(s -> !s.isOk())
        .allMatch(s -> s.message().contains("Duplicate load request"));
    assertThat(loader.loads).hasValue(1);
  }

  @Test
  void concurrentUnloadsOfOneVersionOnlyOneSucceeds() { // BM-21
    manager();
    FakeLoader loader = loaded(1);
    List<Status> outcomes = atOnce(4, _ -> unload(1));
    assertThat(outcomes).filteredOn(Status::isOk).hasSize(1);
    assertThat(outcomes)
        .filteredOn(s -> !s.isOk())
        .allMatch(s -> s.message().contains("unload already requested/ongoing"));
    assertThat(loader.unloads).hasValue(1);
  }

  @Test
  void retryAfterAFailureSucceeds() { // BM-28
    manager(ManagerOptions.defaults().withMaxLoadRetries(1).withRetryInterval(Duration.ZERO));
    managed(1)
        .onLoad(number -> {
          if (number == 1) {
            throw StatusException.unavailable("first");
          }
        });
    assertThat(load(1)).isEqualTo(Status.OK);
  }

  @Test
  void cancelDuringAFailingAttemptIsTheEnd() { // BM-30, BM-31
    manager(ManagerOptions.defaults().withMaxLoadRetries(10));
    FakeLoader loader = managed(1);
    loader.onLoad(_ -> {
      manager.cancelLoad(id(1));
      throw StatusException.unavailable("first");
    });
    assertThat(load(1).message()).isEqualTo("first");
    assertThat(loader.loads).hasValue(1);
    assertThat(events()).endsWith("1 END UNAVAILABLE: first");
    assertThat(load(1).isOk()).isFalse();
    manager.cancelLoad(id(99));
  }

  @Test
  void loadThatSucceedsAfterACancelIsNeverAvailable() { // LH-13
    manager();
    FakeLoader loader = managed(1);
    loader.onLoad(_ -> manager.cancelLoad(id(1)));
    assertThat(load(1).code()).isEqualTo(StatusCode.CANCELLED);
    assertThat(events())
        .containsExactly(
            "1 START OK", "1 LOADING OK", "1 END CANCELLED: Loading of servable cancelled");
    assertThat(loader.unloads).hasValue(1);
    assertNotFound(ServableRequest.latest("m"));
  }

  @Test
  void failureThatIsNotRetryableEndsAtOnce() { // BM-32
    manager(
        ManagerOptions.defaults()
            .withMaxLoadRetries(10)
            .withRetryable(status -> status.code() != StatusCode.UNIMPLEMENTED));
    manager.manage(
        ServableData.of(id(1), FakeLoader.failing(StatusException.unimplemented("never"))));
    assertThat(load(1).message()).isEqualTo("never");
    assertThat(events()).endsWith("1 END UNIMPLEMENTED: never");
  }

  @Test
  void unloadThatThrowsEndsInErrorAndTheManagerLives() {
    manager();
    loaded(1)
        .onUnload(() -> {
          throw new IllegalStateException("stuck");
        });
    assertThat(unload(1).message()).contains("stuck");
    assertThat(state(1)).isEqualTo(HarnessState.ERROR);
    assertThat(events().getLast()).startsWith("1 END INTERNAL");
    loaded(2);
    assertThat(found(ServableRequest.latest("m"))).isEqualTo(2);
  }

  @Test
  void errorsOfTheVirtualMachineEndOneVersionOnly() {
    manager();
    managed(1)
        .onLoad(_ -> {
          throw new OutOfMemoryError("native");
        });
    managed(2)
        .onLoad(_ -> {
          throw new UnsatisfiedLinkError("libx");
        });
    assertThat(load(1).code()).isEqualTo(StatusCode.INTERNAL);
    assertThat(load(2).code()).isEqualTo(StatusCode.INTERNAL);
    loaded(3);
    assertThat(found(ServableRequest.latest("m"))).isEqualTo(3);
  }

  @Test
  void loadersWithoutAServableFailAndAreUnloaded() { // ID-9
    manager();
    AtomicInteger unloads = new AtomicInteger();
    manager.manage(
        ServableData.of(
            id(1),
            new Loader() {
              @Override
              public long estimateBytes() {
                return 0;
              }

              @Override
              public void load(ServableId id) {}

              @Override
              public void unload() {
                unloads.incrementAndGet();
              }

              @Override
              public Object servable() {
                return null;
              }
            }));
    assertThat(load(1).code()).isEqualTo(StatusCode.INTERNAL);
    assertThat(unloads).hasValue(1);
  }

  @Test
  void closeUnloadsEverythingSilently() { // BM-25
    manager();
    FakeLoader first = loaded(1);
    FakeLoader second = loaded(2);
    int before = monitor.log().size();
    manager.close();
    assertThat(List.of(first.unloads.get(), second.unloads.get())).containsOnly(1);
    assertThat(monitor.log()).hasSize(before);
    assertNotFound(ServableRequest.latest("m"));
  }

  @Test
  void closeWaitsForHandles() {
    manager();
    FakeLoader loader = loaded(1);
    ServableHandle<Served> handle =
        manager.lookUps().handle(ServableRequest.latest("m"), Served.class);
    Thread closing = Waiting.start(manager::close);
    while (!manager.lookUps().available().isEmpty()) {
      Thread.onSpinWait();
    }
    assertThat(loader.unloads).hasValue(0);
    handle.close();
    Waiting.on(closing);
    assertThat(loader.unloads).hasValue(1);
  }

  @Test
  void interruptedCloseLeavesWhatIsInUse() {
    manager();
    FakeLoader loader = loaded(1);
    ServableHandle<Served> handle =
        manager.lookUps().handle(ServableRequest.latest("m"), Served.class);
    Thread closing = Waiting.start(manager::close);
    while (!manager.lookUps().available().isEmpty()) {
      Thread.onSpinWait();
    }
    closing.interrupt();
    Waiting.on(closing);
    assertThat(handle.servable().open).isTrue();
    assertThat(loader.unloads).hasValue(0);
    handle.close();
  }
}
