package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.ServableState.Stage;
import dev.sluice.core.ServableStateMonitor.Outcome;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ServableStateMonitorTest {

  private static final ServableId A1 = new ServableId("a", 1);
  private static final ServableId A2 = new ServableId("a", 2);
  private static final ServableId B1 = new ServableId("b", 1);
  private static final Status BROKEN = new Status(StatusCode.UNKNOWN, "broken");

  private long seconds;
  private final EventBus<ServableState> bus = new EventBus<>();
  private final ServableStateMonitor monitor = new ServableStateMonitor(bus, 3);
  private final List<Outcome> outcomes = new ArrayList<>();

  private ServableState publish(ServableId id, Stage stage) {
    return publish(id, stage, Status.OK);
  }

  private ServableState publish(ServableId id, Stage stage, Status health) {
    ServableState event = new ServableState(id, stage, health, Instant.ofEpochSecond(++seconds));
    bus.publish(_ -> event);
    return event;
  }

  private void await(Stage goal, ServableRequest... requests) {
    monitor.notifyWhenServablesReach(List.of(requests), goal, outcomes::add);
  }

  @Test
  void nothingIsKnownAtFirst() { // SM-1
    assertThat(monitor.state(A1)).isEmpty();
    assertThat(monitor.versions("a")).isEmpty();
    assertThat(monitor.all()).isEmpty();
    assertThat(monitor.live()).isEmpty();
  }

  @Test
  void lastEventOfEachVersionIsKept() { // SM-2, SM-4
    List<ServableState> heard = new ArrayList<>();
    monitor.addListener(event -> {
      assertThat(monitor.state(event.id())).contains(event);
      heard.add(event);
    });
    ServableState start = publish(A1, Stage.START);
    ServableState other = publish(B1, Stage.START);
    ServableState loading = publish(A1, Stage.LOADING);
    assertThat(monitor.state(A1)).contains(loading);
    assertThat(monitor.state(B1)).contains(other);
    assertThat(heard).containsExactly(start, other, loading);
  }

  @Test
  void versionsComeHighestFirst() { // SM-3
    publish(A1, Stage.START);
    publish(new ServableId("a", 10), Stage.START);
    publish(A2, Stage.START);
    assertThat(monitor.versions("a").keySet()).containsExactly(10L, 2L, 1L);
    assertThat(monitor.all().get("a").keySet()).containsExactly(10L, 2L, 1L);
  }

  @Test
  void logKeepsTheLastEventsOnly() { // SM-5
    publish(A1, Stage.START);
    List<ServableState> last =
        List.of(publish(A1, Stage.LOADING), publish(A1, Stage.AVAILABLE), publish(B1, Stage.START));
    assertThat(monitor.log()).isEqualTo(last);
    try (ServableStateMonitor without = new ServableStateMonitor(bus)) {
      publish(B1, Stage.LOADING);
      assertThat(without.log()).isEmpty();
      assertThat(without.state(B1)).isPresent();
    }
  }

  @Test
  void liveViewLeavesOutWhatEnded() { // SM-6
    publish(A1, Stage.AVAILABLE);
    publish(B1, Stage.END);
    assertThat(monitor.live().keySet()).containsExactly("a");
    assertThat(monitor.all().keySet()).containsExactly("a", "b");
  }

  @Test
  void nameIsAvailableWithOneAvailableVersion() { // SM-7
    publish(A1, Stage.AVAILABLE);
    publish(A2, Stage.UNLOADING);
    publish(B1, Stage.START);
    assertThat(monitor.availableNames()).containsExactly("a");
  }

  @Test
  void onlyEndedVersionsAreForgotten() { // SM-8
    publish(A1, Stage.END);
    publish(A2, Stage.AVAILABLE);
    publish(B1, Stage.END);
    monitor.forgetEnded();
    assertThat(monitor.all()).containsOnlyKeys("a");
    assertThat(monitor.versions("a")).containsOnlyKeys(2L);
  }

  @Test
  void managedAgainOverwritesTheEnd() {
    publish(A1, Stage.END);
    publish(A1, Stage.START);
    assertThat(monitor.state(A1).orElseThrow().stage()).isEqualTo(Stage.START);
  }

  @Test
  void waitForNothingIsOverAtOnce() { // SM-9
    await(Stage.AVAILABLE);
    assertThat(outcomes).singleElement().satisfies(o -> assertThat(o.reached()).isTrue());
    assertThat(outcomes.getFirst().stages()).isEmpty();
  }

  @Test
  void waitForOneVersionEndsAtItsGoal() { // SM-10
    await(Stage.AVAILABLE, ServableRequest.of(A1));
    publish(A1, Stage.START);
    publish(A2, Stage.AVAILABLE);
    assertThat(outcomes).isEmpty();
    publish(A1, Stage.AVAILABLE);
    assertThat(outcomes).hasSize(1);
    assertThat(outcomes.getFirst().reached()).isTrue();
    assertThat(outcomes.getFirst().stages()).isEqualTo(Map.of(A1, Stage.AVAILABLE));
  }

  @Test
  void waitForOneVersionThatEndsIsNotReached() { // SM-11
    await(Stage.AVAILABLE, ServableRequest.of(A1));
    publish(A1, Stage.END, BROKEN);
    assertThat(outcomes).singleElement().satisfies(o -> assertThat(o.reached()).isFalse());
    assertThat(outcomes.getFirst().stages()).isEqualTo(Map.of(A1, Stage.END));
  }

  @Test
  void waitForTheLatestTakesAnyVersionHighestFirst() { // SM-12
    publish(A1, Stage.AVAILABLE);
    publish(A2, Stage.AVAILABLE);
    publish(B1, Stage.END, BROKEN);
    await(Stage.AVAILABLE, ServableRequest.latest("a"));
    await(Stage.AVAILABLE, ServableRequest.latest("b"));
    assertThat(outcomes.get(0).stages()).isEqualTo(Map.of(A2, Stage.AVAILABLE));
    assertThat(outcomes.get(1).reached()).isFalse();
    assertThat(outcomes.get(1).stages()).isEqualTo(Map.of(B1, Stage.END));
  }

  @Test
  void waitForSeveralEndsWithTheLast() { // SM-13, SM-14
    await(Stage.AVAILABLE, ServableRequest.of(A1), ServableRequest.latest("b"));
    publish(A1, Stage.END, BROKEN);
    assertThat(outcomes).isEmpty();
    publish(B1, Stage.AVAILABLE);
    publish(B1, Stage.UNLOADING);
    publish(A1, Stage.START);
    assertThat(outcomes).hasSize(1);
    assertThat(outcomes.getFirst().reached()).isFalse();
    assertThat(outcomes.getFirst().stages()).isEqualTo(Map.of(A1, Stage.END, B1, Stage.AVAILABLE));
  }

  @Test
  void blockingWaitReturnsTheSame() throws InterruptedException { // SM-15
    CountDownLatch started = new CountDownLatch(1);
    Thread publisher =
        Waiting.start(() -> {
          Waiting.on(started);
          publish(A1, Stage.AVAILABLE);
        });
    started.countDown();
    Outcome outcome =
        monitor.waitUntilServablesReach(List.of(ServableRequest.of(A1)), Stage.AVAILABLE);
    assertThat(outcome.reached()).isTrue();
    Waiting.on(publisher);

    Outcome late =
        monitor.waitUntilServablesReach(
            List.of(ServableRequest.of(B1)), Stage.AVAILABLE, Duration.ofMillis(1));
    assertThat(late.reached()).isFalse();
    assertThat(late.stages()).isEmpty();
  }

  @Test
  void waitForTheEarliestIsRefused() {
    assertThatThrownBy(() -> await(Stage.AVAILABLE, ServableRequest.earliest("a")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void throwingListenerKeepsNothingFromTheOthers() {
    monitor.addListener(_ -> {
      throw new IllegalStateException("broken listener");
    });
    List<ServableState> heard = new ArrayList<>();
    monitor.addListener(heard::add);
    await(Stage.AVAILABLE, ServableRequest.of(A1));
    publish(A1, Stage.AVAILABLE);
    assertThat(heard).hasSize(1);
    assertThat(outcomes).hasSize(1);
  }

  @Test
  void closedMonitorHearsNoMore() { // EB-3
    monitor.close();
    publish(A1, Stage.AVAILABLE);
    assertThat(monitor.state(A1)).isEmpty();
  }
}
