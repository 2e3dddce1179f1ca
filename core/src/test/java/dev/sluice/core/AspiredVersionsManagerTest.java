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
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** Streams A and B, each with versions 0 and 1 loaded; steps are taken by hand. */
@ParameterizedClass(name = "{0} load threads, {1} unload threads, reload failed {2}")
@CsvSource({
  "0, 0, false",
  "2, 0, false",
  "0, 2, false",
  "4, 4, false",
  "0, 0, true",
  "2, 0, true",
  "0, 2, true",
  "4, 4, true"
})
class AspiredVersionsManagerTest {

  private static final Set<HarnessState> SETTLED =
      EnumSet.of(HarnessState.NEW, HarnessState.READY, HarnessState.DISABLED, HarnessState.ERROR);

  @Parameter(0)
  int loadThreads;

  @Parameter(1)
  int unloadThreads;

  @Parameter(2)
  boolean reloadFailed;

  private final EventBus<ServableState> bus = new EventBus<>();
  private final ServableStateMonitor monitor = new ServableStateMonitor(bus, 1000);
  private final Map<ServableId, FakeLoader> loaders = new HashMap<>();
  private final List<List<VersionSnapshot>> asked = new ArrayList<>();
  private AspiredVersionsManager manager;

  @BeforeEach
  void loadBothStreams() {
    AvailabilityPreservingPolicy policy = new AvailabilityPreservingPolicy();
    manager =
        new AspiredVersionsManager(
            ManagerOptions.defaults()
                .withLoadThreads(loadThreads)
                .withUnloadThreads(unloadThreads)
                .withReloadFailed(reloadFailed)
                .withMaxLoadRetries(1)
                .withRetryInterval(Duration.ZERO)
                .withManageInterval(Duration.ZERO)
                .withPolicy(versions -> {
                  asked.add(versions);
                  return policy.next(versions);
                }),
            bus);
    aspire("A", 0, 1);
    aspire("B", 0, 1);
    steps(4);
    assertThat(available()).containsExactly("A0", "A1", "B0", "B1");
  }

  @AfterEach
  void close() {
    manager.close();
    manager.close();
  }

  private static ServableId id(String name, long version) {
    return new ServableId(name, version);
  }

  private void aspire(String name, long... versions) {
    manager.aspire(
        name, Arrays.stream(versions).mapToObj(v -> data(id(name, v), FakeLoader.good())).toList());
  }

  private void aspire(String name, long version, FakeLoader loader) {
    manager.aspire(name, List.of(data(id(name, version), loader)));
  }

  private ServableData<Loader> data(ServableId id, FakeLoader loader) {
    loaders.put(id, loader);
    return ServableData.of(id, loader);
  }

  private static FakeLoader failing() {
    return FakeLoader.failing(StatusException.internal("broken model"));
  }

  private void steps(int count) {
    for (int i = 0; i < count; i++) {
      manager.tick();
      settle();
    }
  }

  /** Waits until nothing moves, but for versions that are out of look-ups and held by handles. */
  private void settle(ServableId... pinned) {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!manager.snapshots().stream().allMatch(v -> isSettled(v, List.of(pinned)))) {
      assertThat(System.nanoTime()).as("%s", manager.snapshots()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private boolean isSettled(VersionSnapshot version, List<ServableId> pinned) {
    return SETTLED.contains(version.state())
        || (pinned.contains(version.id())
            && version.state() == HarnessState.QUIESCING
            && !manager.available().contains(version.id()));
  }

  private List<String> available() {
    return manager.available().stream().map(id -> id.name() + id.version()).toList();
  }

  private long latest(String name) {
    try (ServableHandle<Served> handle =
        manager.handle(ServableRequest.latest(name), Served.class)) {
      assertThat(handle.servable().open).isTrue();
      return handle.id().version();
    }
  }

  private Optional<HarnessState> state(String name, long version) {
    return manager.snapshots().stream()
        .filter(v -> v.id().equals(id(name, version)))
        .map(VersionSnapshot::state)
        .findFirst();
  }

  private void assertEnds(ServableId id, Status health) throws InterruptedException {
    monitor.waitUntilServablesReach(List.of(ServableRequest.of(id)), Stage.END);
    assertThat(monitor.state(id).orElseThrow().health()).isEqualTo(health);
  }

  @Test
  void unknownServableIsNotFound() { // AV-1
    for (ServableRequest request :
        List.of(ServableRequest.latest("foo"), ServableRequest.specific("A", 9))) {
      assertThatThrownBy(() -> manager.handle(request, Served.class))
          .isInstanceOfSatisfying(
              StatusException.class,
              failure -> assertThat(failure.code()).isEqualTo(StatusCode.NOT_FOUND))
          .hasMessage("Servable not found for request: " + request);
    }
    assertThatThrownBy(() -> manager.handle(ServableRequest.latest("A"), String.class))
        .hasMessage("Servable type doesn't match the asked for type.");
  }

  @Test
  void newVersionReplacesTheOldOnes() { // AV-2, AV-5
    aspire("A", 2);
    steps(3);
    assertThat(available()).containsExactly("A2", "B0", "B1");
    assertThat(latest("A")).isEqualTo(2);
  }

  @Test
  void versionZeroAloneIsTheLatest() { // AV-3, AV-9
    aspire("A", 0);
    steps(1);
    assertThat(available()).containsExactly("A0", "B0", "B1");
    assertThat(latest("A")).isZero();
  }

  @Test
  void failedVersionIsLoadedAgainOnlyIfThatIsWanted() { // AV-4
    aspire("B", 7, failing());
    steps(3);
    FakeLoader second = FakeLoader.good();
    aspire("B", 7, second);
    steps(3);
    assertThat(second.loads).hasValue(reloadFailed ? 1 : 0);
    assertThat(state("B", 7)).contains(reloadFailed ? HarnessState.READY : HarnessState.ERROR);
  }

  @Test
  void versionThatIsReadyIsNotReloaded() {
    FakeLoader second = FakeLoader.good();
    FakeLoader first = loaders.get(id("A", 1));
    manager.aspire(
        "A", List.of(ServableData.of(id("A", 0), FakeLoader.good()), data(id("A", 1), second)));
    steps(3);
    assertThat(second.loads).hasValue(0);
    assertThat(first.unloads).hasValue(0);
  }

  @Test
  void actionsAreTakenInTheGivenOrder() { // AV-13
    try (AspiredVersionsManager own =
        new AspiredVersionsManager(
            ManagerOptions.defaults()
                .withLoadThreads(loadThreads)
                .withUnloadThreads(unloadThreads)
                .withManageInterval(Duration.ZERO)
                .withActionOrder(Comparator.comparing(action -> action.id().name().equals("A"))),
            bus)) {
      AspiredVersionsManager standard = manager;
      manager = own;
      try {
        aspire("A", 0, 1);
        aspire("B", 0, 1);
        steps(4);
        aspire("A", 1);
        aspire("B", 0, 1, 2);
        steps(1);
        assertThat(available()).containsExactly("A0", "A1", "B0", "B1", "B2");
        steps(1);
        assertThat(available()).containsExactly("A1", "B0", "B1", "B2");
      } finally {
        manager = standard;
      }
    }
  }

  @Test
  void handlesOfATypeAreOfWhatIsAvailable() { // AV-7
    aspire("A", 7, failing());
    steps(3);
    aspire("A");
    steps(4);
    assertThat(manager.handles(String.class)).isEmpty();
    var handles = manager.handles(Served.class);
    assertThat(handles).containsOnlyKeys(id("B", 0), id("B", 1));
    handles.values().forEach(ServableHandle::close);
  }

  @Test
  void failedAndWithdrawnStreamHasNothing() { // AV-6
    aspire("A", 7, failing());
    steps(3);
    aspire("A");
    steps(4);
    assertThat(available()).containsExactly("B0", "B1");
  }

  @Test
  void withdrawnStreamUnloadsLowestFirst() { // AV-8
    aspire("A");
    steps(1);
    assertThat(available()).containsExactly("A1", "B0", "B1");
    steps(1);
    assertThat(available()).containsExactly("B0", "B1");
    steps(1);
    assertThat(state("A", 0)).isEmpty();
    assertThat(state("A", 1)).isEmpty();
    assertThat(loaders.get(id("A", 0)).unloads).hasValue(1);
  }

  @Test
  void rollBackLoadsTheOldBeforeTheNewGoes() { // AV-10
    aspire("A", 1);
    steps(2);
    assertThat(available()).containsExactly("A1", "B0", "B1");
    aspire("A", 0);
    steps(1);
    assertThat(available()).containsExactly("A0", "A1", "B0", "B1");
    steps(1);
    assertThat(available()).containsExactly("A0", "B0", "B1");
  }

  @Test
  void aspiredVersionIsNotFoundBeforeItsStep() { // AV-11
    aspire("A", 0, 1, 2);
    assertThat(available()).doesNotContain("A2");
    assertThat(state("A", 2)).isEmpty();
  }

  @Test
  void unloadGoesBeforeLoad() { // AV-12
    aspire("A", 1);
    aspire("B", 0, 1, 2);
    steps(1);
    assertThat(available()).containsExactly("A1", "B0", "B1");
    steps(1);
    assertThat(available()).containsExactly("A1", "B0", "B1", "B2");
  }

  @Test
  void versionsOfOneListLoadHighestFirst() {
    aspire("C", 1, 3, 2);
    steps(1);
    assertThat(available()).contains("C3").doesNotContain("C1", "C2");
    steps(1);
    assertThat(available()).contains("C3", "C2").doesNotContain("C1");
  }

  @Test
  void errorItemIsNeverLoaded() throws InterruptedException { // AV-14, AV-16
    Status broken = new Status(StatusCode.UNKNOWN, "broken");
    manager.aspire("C", List.of(ServableData.error(id("C", 1), broken)));
    steps(2);
    assertThat(state("C", 1)).contains(HarnessState.ERROR);
    assertEnds(id("C", 1), broken);
    assertThat(monitor.log().stream().filter(e -> e.id().name().equals("C"))).hasSize(1);
  }

  @Test
  void servableIsDestroyedOnAManagerThread() { // AV-15
    FakeLoader pinned = loaders.get(id("A", 0));
    ServableHandle<Served> handle = manager.handle(ServableRequest.specific("A", 0), Served.class);
    aspire("A", 1);
    manager.tick();
    settle(id("A", 0));
    assertThat(handle.servable().open).isTrue();
    Thread releasing = Waiting.start(handle::close);
    Waiting.on(releasing);
    steps(1);
    assertThat(pinned.unloads).hasValue(1);
    assertThat(pinned.unloadedBy).isNotSameAs(releasing);
  }

  @Test
  void eventsTellTheLifeOfAVersion() throws InterruptedException { // AV-16
    aspire("C", 1);
    steps(1);
    aspire("C");
    steps(1);
    assertEnds(id("C", 1), Status.OK);
    assertThat(monitor.log().stream().filter(e -> e.id().name().equals("C")))
        .extracting(ServableState::stage)
        .containsExactly(Stage.START, Stage.LOADING, Stage.AVAILABLE, Stage.UNLOADING, Stage.END);
    aspire("D", 1, failing());
    steps(1);
    assertEnds(id("D", 1), new Status(StatusCode.INTERNAL, "broken model"));
  }

  @Test
  void retryAfterAFailureSucceeds() { // AV-18
    aspire(
        "C",
        1,
        FakeLoader.good()
            .onLoad(number -> {
              if (number == 1) {
                throw StatusException.unavailable("first");
              }
            }));
    steps(1);
    assertThat(latest("C")).isEqualTo(1);
  }

  @Test
  void oldVersionServesOnWhenTheNewOneFails() { // AV-19
    aspire("A", 7, failing());
    steps(1);
    assertThat(available()).containsExactly("A1", "B0", "B1");
    steps(3);
    assertThat(state("A", 7)).contains(HarnessState.ERROR);
    assertThat(latest("A")).isEqualTo(1);
    aspire("A", 8);
    steps(1);
    assertThat(available()).containsExactly("A1", "A8", "B0", "B1");
    steps(1);
    assertThat(available()).containsExactly("A8", "B0", "B1");
  }

  @Test
  void versionAspiredAgainWaitsUntilItsOldSelfIsGone() { // AV-20
    FakeLoader old = loaders.get(id("A", 1));
    ServableHandle<Served> pin = manager.handle(ServableRequest.specific("A", 1), Served.class);
    aspire("A");
    for (int i = 0; i < 2; i++) {
      manager.tick();
      settle(id("A", 1));
    }
    FakeLoader fresh = FakeLoader.good();
    aspire("A", 1, fresh);
    for (int i = 0; i < 3; i++) {
      manager.tick();
    }
    assertThat(old.unloads).hasValue(0);
    assertThat(fresh.loads).hasValue(0);
    assertThat(state("A", 1)).contains(HarnessState.QUIESCING);

    pin.close();
    steps(2);
    assertThat(old.unloads).hasValue(1);
    steps(1);
    assertThat(fresh.loads).hasValue(1);
    assertThat(latest("A")).isEqualTo(1);
  }

  @Test
  void otherStreamsDoNotWaitForAPinnedOne() {
    try (ServableHandle<Served> pin =
        manager.handle(ServableRequest.specific("A", 0), Served.class)) {
      aspire("A", 1);
      manager.tick();
      settle(id("A", 0));
      aspire("B", 2);
      for (int i = 0; i < 3; i++) {
        manager.tick();
        settle(id("A", 0));
      }
      assertThat(available()).containsExactly("A1", "B2");
      assertThat(pin.servable().open).isTrue();
    }
  }

  @Test
  void failedVersionAspiredAgainLoadsAfterItWasForgotten() { // AV-21
    aspire("C", 7, failing());
    steps(1);
    aspire("C");
    steps(1);
    FakeLoader fresh = FakeLoader.good();
    aspire("C", 7, fresh);
    steps(1);
    assertThat(fresh.loads).hasValue(1);
    assertThat(latest("C")).isEqualTo(7);
  }

  @Test
  void newVersionDroppedAndAspiredAgainLoadsItsNewLoader() { // AV-22
    aspire("A", 1);
    FakeLoader never = FakeLoader.good();
    aspire("C", 5, never);
    steps(1);
    assertThat(state("C", 5)).contains(HarnessState.NEW);
    FakeLoader fresh = FakeLoader.good();
    aspire("C");
    aspire("A");
    steps(1);
    aspire("C", 5, fresh);
    steps(2);
    assertThat(never.loads).hasValue(0);
    assertThat(fresh.loads).hasValue(1);
  }

  @Test
  void policySeesAllVersionsOfAStreamAtOnce() { // AV-23
    asked.clear();
    manager.tick();
    assertThat(asked)
        .extracting(
            versions -> versions.stream().map(v -> v.id().name() + v.id().version()).toList())
        .containsExactly(List.of("A0", "A1"), List.of("B0", "B1"));
  }

  @Test
  void itemOfAnotherStreamIsDropped() { // AV-24
    FakeLoader stray = FakeLoader.good();
    manager.aspire(
        "C",
        List.of(
            ServableData.of(id("X", 1), stray), ServableData.of(id("C", 1), FakeLoader.good())));
    steps(2);
    assertThat(available()).contains("C1");
    assertThat(state("X", 1)).isEmpty();
  }

  @Test
  void sameVersionListedTwiceUsesTheFirst() {
    FakeLoader first = FakeLoader.good();
    FakeLoader second = FakeLoader.good();
    manager.aspire(
        "C", List.of(ServableData.of(id("C", 1), first), ServableData.of(id("C", 1), second)));
    steps(2);
    assertThat(first.loads).hasValue(1);
    assertThat(second.loads).hasValue(0);
  }

  @Test
  void versionDroppedWhileItLoadsIsUnloadedAndNeverAvailable() throws InterruptedException {
    FakeLoader loader =
        FakeLoader.good()
            .onLoad(_ -> {
              aspire("C");
              // A step within this load: on a thread of its own, as this one may be stepping.
              if (loadThreads > 0) {
                Thread stepping = Waiting.start(manager::tick);
                Waiting.on(stepping);
              }
            });
    aspire("C", 1, loader);
    manager.tick();
    if (loadThreads > 0) {
      assertEnds(id("C", 1), new Status(StatusCode.CANCELLED, "Loading of servable cancelled"));
      assertThat(monitor.log())
          .noneMatch(e -> e.id().name().equals("C") && e.stage() == Stage.AVAILABLE);
    } else {
      steps(2);
      assertEnds(id("C", 1), Status.OK);
    }
    assertThat(loader.unloads).hasValue(1);
    steps(2);
    assertThat(state("C", 1)).isEmpty();
  }

  @Test
  void brokenListenerDoesNotStopTheManager() {
    bus.subscribe(_ -> {
      throw new IllegalStateException("broken listener");
    });
    monitor.addListener(_ -> {
      throw new AssertionError("another");
    });
    aspire("C", 1);
    steps(1);
    assertThat(latest("C")).isEqualTo(1);
  }

  @Test
  void nothingAspiredAfterTheCloseCounts() {
    manager.close();
    aspire("A", 9);
    manager.tick();
    assertThat(available()).isEmpty();
    assertThat(Stream.of(0L, 1L).map(v -> loaders.get(id("A", v)).unloads.get())).containsOnly(1);
    assertThat(loaders.get(id("A", 9)).loads).hasValue(0);
  }

  @Test
  void stepWithinAStepIsRefused() {
    List<Throwable> seen = new ArrayList<>();
    aspire("C", 1);
    monitor.addListener(event -> {
      if (event.stage() == Stage.START) {
        try {
          manager.tick();
        } catch (IllegalStateException refusal) {
          seen.add(refusal);
        }
      }
    });
    manager.tick();
    assertThat(seen).hasSize(1);
  }
}
