package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DeadlineWheelTest {

  private final FakeClock clock = new FakeClock();

  private final class Ring extends DeadlineWheel.Alarm {
    final AtomicInteger count = new AtomicInteger();
    long at;

    @Override
    void ring() {
      count.incrementAndGet();
      at = clock.getAsLong();
    }
  }

  @Test
  void eachAlarmRingsOnceSoonAfterItsDeadline() {
    DeadlineWheel wheel = new DeadlineWheel(clock);
    Random random = new Random(7);
    List<Ring> alarms = new ArrayList<>();
    List<Long> deadlines = new ArrayList<>();
    List<Ring> cleared = new ArrayList<>();
    for (int step = 0; step < 20_000; step++) {
      Ring alarm = new Ring();
      // up to four rounds ahead
      long deadline = clock.getAsLong() + random.nextLong(8_000_000_000L);
      assertThat(wheel.set(alarm, deadline)).isTrue();
      if (random.nextInt(3) == 0) {
        wheel.clear(alarm);
        wheel.clear(alarm);
        cleared.add(alarm);
      } else {
        alarms.add(alarm);
        deadlines.add(deadline);
      }
      clock.pass(random.nextInt(500_000));
      wheel.sweep();
    }
    for (int i = 0; i < 2100; i++) {
      clock.pass(DeadlineWheel.TICK_NANOS);
      wheel.sweep();
    }
    for (int i = 0; i < alarms.size(); i++) {
      assertThat(alarms.get(i).count).hasValue(1);
      assertThat(alarms.get(i).at - deadlines.get(i)).isBetween(0L, 2 * DeadlineWheel.TICK_NANOS);
    }
    assertThat(cleared).allSatisfy(alarm -> assertThat(alarm.count).hasValue(0));
  }

  @Test
  void alarmForATickThatWasSweptIsNotSet() {
    DeadlineWheel wheel = new DeadlineWheel(clock);
    long deadline = clock.getAsLong() + 1;
    clock.pass(10 * DeadlineWheel.TICK_NANOS);
    wheel.sweep();
    assertThat(wheel.set(new Ring(), deadline)).isFalse();
  }

  @Test
  void nothingIsLostOverALongSleep() {
    DeadlineWheel wheel = new DeadlineWheel(clock);
    List<Ring> alarms = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      Ring alarm = new Ring();
      wheel.set(alarm, clock.getAsLong() + i * DeadlineWheel.TICK_NANOS);
      alarms.add(alarm);
    }
    clock.pass(5000 * DeadlineWheel.TICK_NANOS);
    wheel.sweep();
    assertThat(alarms).allSatisfy(alarm -> assertThat(alarm.count).hasValue(1));
  }

  @Test
  void sleepingThreadIsWokenForANearerDeadline() throws Exception {
    CountDownLatch rang = new CountDownLatch(100);
    try (DeadlineWheel wheel = new DeadlineWheel(System::nanoTime).start()) {
      wheel.set(new Ring(), System.nanoTime() + 1_000_000_000_000L);
      for (int i = 0; i < 100; i++) {
        DeadlineWheel.Alarm alarm =
            new DeadlineWheel.Alarm() {
              @Override
              void ring() {
                rang.countDown();
              }
            };
        if (!wheel.set(alarm, System.nanoTime() + i * 100_000L)) {
          rang.countDown();
        }
      }
      assertThat(rang.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }
}
