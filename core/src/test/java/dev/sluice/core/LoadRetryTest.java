package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class LoadRetryTest {

  private static final Status FAILURE = new Status(StatusCode.UNKNOWN, "no");

  private final CountDownLatch cancelled = new CountDownLatch(1);
  private final List<Duration> pauses = new ArrayList<>();
  private int calls;

  private Status run(Predicate<Status> retryable, Supplier<Status> attempt) {
    return retry(Duration.ofSeconds(1), retryable, (interval, _) -> pauses.add(interval))
        .run("Loading", counted(attempt), cancelled);
  }

  private static LoadRetry retry(
      Duration interval, Predicate<Status> retryable, LoadRetry.Pause pause) {
    return new LoadRetry(10, interval, retryable, pause);
  }

  private Supplier<Status> counted(Supplier<Status> attempt) {
    return () -> {
      calls++;
      return attempt.get();
    };
  }

  @Test
  void successEndsTheRetries() { // RE-1
    assertThat(run(_ -> true, () -> calls == 7 ? Status.OK : FAILURE)).isEqualTo(Status.OK);
    assertThat(calls).isEqualTo(7);
    assertThat(pauses).hasSize(6).containsOnly(Duration.ofSeconds(1));
  }

  @Test
  void lastFailureIsTheResult() { // RE-2
    assertThat(run(_ -> true, () -> new Status(StatusCode.UNKNOWN, "no " + calls)))
        .isEqualTo(new Status(StatusCode.UNKNOWN, "no 11"));
    assertThat(calls).isEqualTo(11);
  }

  @Test
  void failureThatIsNotRetryableEndsTheRetries() { // RE-3, RE-4
    assertThat(run(_ -> false, () -> FAILURE)).isEqualTo(FAILURE);
    assertThat(calls).isEqualTo(1);

    calls = 0;
    Status never = new Status(StatusCode.UNIMPLEMENTED, "never");
    assertThat(run(s -> s.code() != StatusCode.UNIMPLEMENTED, () -> calls == 5 ? never : FAILURE))
        .isEqualTo(never);
    assertThat(calls).isEqualTo(5);
  }

  @Test
  void negativeOrZeroIntervalDoesNotPause() { // RE-5
    for (Duration interval : List.of(Duration.ofSeconds(-1), Duration.ZERO)) {
      retry(interval, _ -> true, (paused, _) -> pauses.add(paused))
          .run("Loading", () -> FAILURE, cancelled);
    }
    assertThat(pauses).isEmpty();
  }

  @Test
  void cancelDuringThePauseEndsItWithoutAnotherAttempt() {
    CountDownLatch pausing = new CountDownLatch(1);
    LoadRetry.Pause pause =
        (interval, latch) -> {
          pausing.countDown();
          LoadRetry.Pause.TIMED.await(interval, latch);
        };
    Thread loader =
        Waiting.start(() ->
            retry(Duration.ofDays(1), _ -> true, pause)
                .run("Loading", counted(() -> FAILURE), cancelled));
    Waiting.on(pausing);
    cancelled.countDown();
    Waiting.on(loader);
    assertThat(calls).isEqualTo(1);
  }

  @Test
  void interruptDuringThePauseCancels() {
    LoadRetry.Pause pause =
        (_, _) -> {
          throw new InterruptedException();
        };
    Status result =
        retry(Duration.ofDays(1), _ -> true, pause)
            .run("Loading", counted(() -> FAILURE), cancelled);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(result).isEqualTo(FAILURE);
    assertThat(calls).isEqualTo(1);
    assertThat(LoadRetry.isDone(cancelled)).isTrue();
  }

  @Test
  void logTellsEachStep() {
    try (RecordedLog log = RecordedLog.of(LoadRetry.class)) {
      new LoadRetry(1, Duration.ZERO, _ -> true, LoadRetry.Pause.TIMED)
          .run("Loading servable: {name: m version: 1}", () -> FAILURE, cancelled);
      assertThat(log.lines())
          .containsExactly(
              "SEVERE Loading servable: {name: m version: 1} failed: UNKNOWN: no",
              "INFO Retrying of Loading servable: {name: m version: 1} retry: 1",
              "SEVERE Loading servable: {name: m version: 1} failed: UNKNOWN: no",
              "INFO Retrying of Loading servable: {name: m version: 1} exhausted max_num_retries: 1");
    }
  }
}
