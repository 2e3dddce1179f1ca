package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.AspiredVersionsManager;
import dev.sluice.core.EventBus;
import dev.sluice.core.HeldVersion;
import dev.sluice.core.LoaderAdapter;
import dev.sluice.core.ManagerOptions;
import dev.sluice.core.ServableData;
import dev.sluice.core.ServableId;
import dev.sluice.core.ServableState;
import dev.sluice.core.ServableStateMonitor;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whoever waits is a thread that either waits or has ended: that is what these tests ask. */
class FirstLoadsTest {

  private static final ServableId A1 = new ServableId("a", 1);
  private static final ServableId B1 = new ServableId("b", 1);
  private static final Status BROKEN = new Status(StatusCode.NOT_FOUND, "broken");

  private final FirstLoads loads = new FirstLoads(List.of("a", "b"), true);
  private final List<Thread> waiting = new ArrayList<>();

  @AfterEach
  void endThreads() throws InterruptedException {
    for (Thread thread : waiting) {
      thread.interrupt();
      thread.join();
    }
  }

  private static HeldVersion held(ServableId id, boolean overdue) {
    return new HeldVersion(id, overdue);
  }

  private Thread start() {
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                loads.await();
              } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
              }
            });
    waiting.add(thread);
    return thread;
  }

  private static void assertWaits(Thread thread) {
    while (thread.getState() != Thread.State.WAITING) {
      assertThat(thread.isAlive()).as("it waits").isTrue();
      Thread.onSpinWait();
    }
  }

  @Test
  void portsWaitForAVersionThatIsHeldBack() throws InterruptedException {
    loads.aspired("a", List.of(1L));
    loads.heldBack("b", List.of(held(B1, false)));
    loads.polled();
    loads.available(A1);
    Thread start = start();
    assertWaits(start);
    loads.aspired("b", List.of(1L));
    loads.heldBack("b", List.of());
    assertWaits(start);
    loads.available(B1);
    start.join();
  }

  @Test
  void portsWaitNoLongerForAVersionThatIsOverdueIfAnotherModelServes() throws InterruptedException {
    loads.aspired("a", List.of(1L));
    loads.heldBack("b", List.of(held(B1, true)));
    loads.polled();
    Thread start = start();
    assertWaits(start);
    loads.available(A1);
    start.join();
  }

  @Test
  void startHasNotFailedWhileAVersionIsHeldBack() throws InterruptedException {
    loads.aspired("a", List.of(1L));
    loads.aspired("b", List.of(1L));
    loads.heldBack("b", List.of(held(new ServableId("b", 2), true)));
    loads.polled();
    loads.failed(A1, BROKEN);
    loads.failed(B1, BROKEN);
    assertWaits(start());
    loads.heldBack("b", List.of());
    assertThatThrownBy(loads::await)
        .isInstanceOf(StatusException.class)
        .hasMessageContaining("2 servable(s) did not become available");
  }

  @Test
  void modelsWithoutAnyVersionAreNamedIfTheyKeepThePortsClosed() {
    assertThat(loads.modelsToWaitFor()).hasValue("a or b");
    loads.heldBack("b", List.of(held(B1, false)));
    assertThat(loads.modelsToWaitFor()).isEmpty();
    FirstLoads strict = new FirstLoads(List.of("a", "b"), false);
    strict.aspired("a", List.of(1L));
    assertThat(strict.modelsToWaitFor()).hasValue("b");
    assertThat(new FirstLoads(List.of(), true).modelsToWaitFor()).isEmpty();
  }

  /** Then the manager is handed the reason in place of a loader. */
  @Test
  @Spec("SC-9")
  void modelForWhichNoLoaderCanBeMadeFailsTheStartWithTheReason() {
    EventBus<ServableState> bus = new EventBus<>();
    ServableStateMonitor monitor = new ServableStateMonitor(bus);
    FirstLoads strict = new FirstLoads(List.of("a"), false);
    bus.subscribe(state -> {
      if (state.stage() == ServableState.Stage.END) {
        strict.failed(state.id(), state.health());
      }
    });
    try (AspiredVersionsManager manager =
        new AspiredVersionsManager(ManagerOptions.defaults(), bus)) {
      LoaderAdapter adapter =
          new LoaderAdapter(
              (_, _) -> {
                throw new StatusException(StatusCode.CANCELLED, "injected error");
              },
              manager);
      strict.aspired("a", List.of(1L));
      adapter.aspire("a", List.of(ServableData.of(A1, Path.of("/models/a/1"))));

      assertThatThrownBy(strict::await)
          .hasMessageContaining("1 servable(s) did not become available")
          .hasMessageContaining("injected error");
    }
    ServableState end = monitor.state(A1).orElseThrow();
    assertThat(end.stage()).isEqualTo(ServableState.Stage.END);
    assertThat(end.health()).isEqualTo(new Status(StatusCode.CANCELLED, "injected error"));
  }
}
