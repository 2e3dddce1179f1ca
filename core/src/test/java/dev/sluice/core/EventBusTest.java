package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class EventBusTest {

  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private final EventBus<String> bus = new EventBus<>(Clock.fixed(NOON, ZoneOffset.UTC));
  private final List<String> first = new ArrayList<>();
  private final List<String> second = new ArrayList<>();

  @Test
  void eventWithoutSubscribersIsFine() { // EB-1
    bus.publish(time -> "a at " + time);
    assertThat(first).isEmpty();
  }

  @Test
  void everySubscriberGetsEachEventOnceWithItsTime() { // EB-2
    EventBus<String>.Subscription left = bus.subscribe(first::add);
    bus.subscribe(second::add);
    bus.publish(time -> "a at " + time);
    left.close();
    left.close();
    bus.publish(time -> "b at " + time);
    assertThat(first).containsExactly("a at 2026-01-01T12:00:00Z");
    assertThat(second).containsExactly("a at 2026-01-01T12:00:00Z", "b at 2026-01-01T12:00:00Z");
  }

  @Test
  void throwingSubscriberDoesNotKeepTheEventFromOthers() {
    bus.subscribe(_ -> {
      throw new AssertionError("broken subscriber");
    });
    bus.subscribe(second::add);
    bus.publish(_ -> "a");
    bus.publish(_ -> "b");
    assertThat(second).containsExactly("a", "b");
  }

  @Test
  void subscriberThatPublishesIsStopped() {
    AtomicReference<Throwable> seen = new AtomicReference<>();
    bus.subscribe(_ -> {
      try {
        bus.publish(_ -> "again");
      } catch (IllegalStateException refusal) {
        seen.set(refusal);
      }
    });
    bus.publish(_ -> "a");
    assertThat(seen.get()).hasMessageContaining("must not call the event bus");
  }

  @Test
  void closeOfASubscriptionWaitsForARunningCall() { // EB-4
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch finish = new CountDownLatch(1);
    EventBus<String>.Subscription subscription =
        bus.subscribe(event -> {
          running.countDown();
          Waiting.on(finish);
          first.add(event);
        });
    Thread publisher = Waiting.start(() -> bus.publish(_ -> "a"));
    Waiting.on(running);
    Thread closer = Waiting.start(subscription::close);
    assertThat(first).isEmpty();
    finish.countDown();
    Waiting.on(closer);
    assertThat(first).containsExactly("a");
    Waiting.on(publisher);
    bus.publish(_ -> "b");
    assertThat(first).containsExactly("a");
  }

  @Test
  void eventsOfManyThreadsReachAllSubscribersInOneOrder() {
    bus.subscribe(first::add);
    bus.subscribe(second::add);
    List<Thread> publishers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      String name = "t" + i;
      publishers.add(
          Waiting.start(() -> {
            for (int n = 0; n < 200; n++) {
              bus.publish(_ -> name);
            }
          }));
    }
    publishers.forEach(Waiting::on);
    assertThat(first).hasSize(800).isEqualTo(second);
  }

  @Test
  void healthOtherThanOkIsForTheEndOnly() {
    assertThatThrownBy(() ->
            new ServableState(
                new ServableId("m", 1),
                ServableState.Stage.LOADING,
                new dev.sluice.status.Status(dev.sluice.status.StatusCode.UNKNOWN, "no"),
                NOON))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
