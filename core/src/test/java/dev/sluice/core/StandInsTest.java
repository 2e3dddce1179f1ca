package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.FakeLoader.Served;
import dev.sluice.core.ServableState.Stage;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the reference has classes of its own for, which are not here, through those that play their
 * part: adapters that add errors, sources of one path, simple loaders, a manager without a bus, a
 * static manager.
 */
@ParameterizedClass(name = "{0} load threads, {1} unload threads")
@CsvSource({"0, 0", "1, 1", "4, 4"})
class StandInsTest {

  @Parameter(0)
  int loadThreads;

  @Parameter(1)
  int unloadThreads;

  @TempDir Path root;

  private final EventBus<ServableState> bus = new EventBus<>();
  private final ServableStateMonitor monitor = new ServableStateMonitor(bus);
  private AspiredVersionsManager manager;

  @BeforeEach
  void open() {
    manager = new AspiredVersionsManager(options(), bus);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private ManagerOptions options() {
    return ManagerOptions.defaults()
        .withLoadThreads(loadThreads)
        .withUnloadThreads(unloadThreads)
        .withMaxLoadRetries(0)
        .withManageInterval(Duration.ZERO);
  }

  private static ServableId id(long version) {
    return new ServableId("m", version);
  }

  private static ServableData<Loader> data(long version, Loader loader) {
    return ServableData.of(id(version), loader);
  }

  /** Takes steps until something is so. */
  private void stepUntil(BooleanSupplier reached) {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!reached.getAsBoolean()) {
      assertThat(System.nanoTime()).as("%s", manager.snapshots()).isLessThan(deadline);
      manager.tick();
      Thread.yield();
    }
  }

  private void stepUntilServed(long version) {
    stepUntil(() -> manager.available().contains(id(version)));
  }

  private FakeLoader serve(long version) {
    FakeLoader loader = FakeLoader.good();
    manager.aspire("m", List.of(data(version, loader)));
    stepUntilServed(version);
    return loader;
  }

  private Status end(long version) {
    ServableState state = monitor.state(id(version)).orElseThrow();
    assertThat(state.stage()).isEqualTo(Stage.END);
    return state.health();
  }

  /** Looks at storage once, when it is connected. */
  private FileSystemSource once(Long... versions) {
    return new FileSystemSource(
        new FileSystemSource.Options(
            Duration.ZERO,
            List.of(
                new MonitoredServable(
                    "m", root.toString(), root, new VersionChoice.Specific(List.of(versions)))),
            false,
            false));
  }

  @Test
  void failedLookUpLendsNothing() { // ID-10
    FakeLoader loader = serve(1);
    assertThatThrownBy(() -> manager.handle(ServableRequest.latest("m"), String.class))
        .isInstanceOf(StatusException.class);
    assertThatThrownBy(() -> manager.handle(ServableRequest.specific("m", 9), Served.class))
        .isInstanceOf(StatusException.class);
    manager.aspire("m", List.of());
    stepUntil(() -> loader.unloads.get() == 1);
  }

  @Test
  void handleThatIsHeldOutlivesAFailedLookUp() { // ID-10
    FakeLoader loader = serve(1);
    try (ServableHandle<Served> held = manager.handle(ServableRequest.latest("m"), Served.class)) {
      assertThatThrownBy(() -> manager.handle(ServableRequest.specific("m", 9), Served.class))
          .isInstanceOf(StatusException.class);
      manager.aspire("m", List.of());
      stepUntil(() -> manager.available().isEmpty());
      assertThat(held.servable().open).isTrue();
      assertThat(loader.unloads).hasValue(0);
    }
    stepUntil(() -> loader.unloads.get() == 1);
  }

  @Test
  void versionsComeOnceAndNotBeforeThereIsAReceiver() throws IOException { // AD-2, SP-1
    Files.createDirectories(root.resolve("3"));
    Files.createDirectories(root.resolve("4"));
    List<String> made = new ArrayList<>();
    try (FileSystemSource source = once(3L)) {
      source.poll();
      assertThat(made).isEmpty();
      source.connect(
          new LoaderAdapter(
              (id, directory) -> {
                made.add(id + " " + directory);
                return FakeLoader.good();
              },
              manager));
      stepUntilServed(3);
      assertThat(made).containsExactly("{name: m version: 3} " + root.resolve("3"));
      assertThat(manager.available()).containsExactly(id(3));
    }
  }

  @Test
  void errorOfTheFactoryBecomesThatOfEachGoodItemAndOfNoBadOne() { // AD-4
    Status injected = new Status(StatusCode.CANCELLED, "injected error");
    Status own = new Status(StatusCode.UNKNOWN, "broken upstream");
    LoaderAdapter adapter =
        new LoaderAdapter(
            (_, _) -> {
              throw injected.toException();
            },
            manager);
    adapter.aspire("m", List.of(ServableData.of(id(1), root), ServableData.error(id(2), own)));
    manager.tick();
    assertThat(end(1)).isEqualTo(injected);
    assertThat(end(2)).isEqualTo(own);
  }

  @Test
  void versionLoadsAndUnloadsAfterItsSourceIsClosed() throws IOException { // AD-7
    Files.createDirectories(root.resolve("1"));
    FakeLoader loader = FakeLoader.good();
    try (FileSystemSource source = once(1L)) {
      source.connect(new LoaderAdapter((_, _) -> loader, manager));
    }
    stepUntilServed(1);
    manager.aspire("m", List.of());
    stepUntil(() -> loader.unloads.get() == 1);
  }

  @Test
  void estimateIsAskedOnceBeforeTheLoadAndOnceAfterIt() { // SL-3
    manager.close();
    manager = new AspiredVersionsManager(options().withMemoryBudget(10), bus);
    AtomicInteger before = new AtomicInteger();
    AtomicInteger after = new AtomicInteger();
    FakeLoader loader = FakeLoader.good();
    loader.takes(() -> {
      boolean loaded = loader.loads.get() > 0;
      (loaded ? after : before).incrementAndGet();
      return loaded ? 4 : 10;
    });
    manager.aspire("m", List.of(data(1, loader)));
    stepUntilServed(1);
    assertThat(before).hasValue(1);
    assertThat(after).hasValue(1);
    manager.aspire("m", List.of(data(1, loader), data(2, FakeLoader.good().takes(6))));
    stepUntilServed(2);
    assertThat(after).hasValue(1);
  }

  @Test
  void loaderIsToldWhichVersionItLoads() { // SL-5
    Map<ServableId, FakeLoader> made = new ConcurrentHashMap<>();
    LoaderAdapter adapter =
        new LoaderAdapter((id, _) -> made.computeIfAbsent(id, _ -> FakeLoader.good()), manager);
    adapter.aspire("m", List.of(ServableData.of(id(1), root), ServableData.of(id(2), root)));
    stepUntil(() -> manager.available().size() == 2);
    assertThat(made).containsOnlyKeys(id(1), id(2));
    assertThat(made).allSatisfy((id, loader) -> assertThat(loader.loadedAs).isEqualTo(id));
  }

  @Test
  void lifeGoesOnThoughNobodyListens() { // BM-14, AV-17
    manager.close();
    manager = new AspiredVersionsManager(options(), new EventBus<>());
    FakeLoader first = serve(1);
    serve(2);
    stepUntil(() -> first.unloads.get() == 1);
    assertThat(manager.available()).containsExactly(id(2));
  }

  @Test
  void managerWithoutPolicyOrBusIsNotMade() { // AV-17
    assertThatThrownBy(() -> options().withPolicy(null)).hasMessage("policy");
    assertThatThrownBy(() -> new AspiredVersionsManager(options(), null)).hasMessage("bus");
  }

  @Test
  void objectsAreFoundByVersionAndTheHighestByNone() { // ST-1
    Loader without =
        new Loader() {
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
            return null;
          }
        };
    FakeLoader twice = FakeLoader.good();
    manager.aspire(
        "m",
        List.of(
            data(1, FakeLoader.good()),
            data(2, FakeLoader.good()),
            data(2, twice),
            data(3, without)));
    stepUntil(() ->
        manager.available().size() == 2
            && monitor.state(id(3)).filter(state -> state.stage() == Stage.END).isPresent());
    assertThat(end(3).code()).isEqualTo(StatusCode.INTERNAL);
    assertThat(twice.loads).hasValue(0);
    assertThat(found(ServableRequest.latest("m"))).isEqualTo(2);
    assertThat(found(ServableRequest.specific("m", 1))).isEqualTo(1);
    assertThatThrownBy(() -> found(ServableRequest.specific("m", 3)))
        .hasMessage("Servable not found for request: Specific(m, 3)");
    assertThatThrownBy(() -> found(ServableRequest.latest("n")))
        .hasMessage("Servable not found for request: Latest(n)");
  }

  private long found(ServableRequest request) {
    try (ServableHandle<Served> handle = manager.handle(request, Served.class)) {
      assertThat(handle.servable().id).isEqualTo(handle.id());
      return handle.id().version();
    }
  }
}
