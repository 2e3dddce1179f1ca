package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.batching.CallObserver.Stage;
import dev.sluice.model.RunOptions;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RunSchedulerTest {

  private final FakeModel model = new FakeModel();

  private static RunScheduler scheduler(int runners, int capacity) {
    return new RunScheduler(new RunScheduler.Options(runners, capacity, System::nanoTime));
  }

  private static long in(long millis) {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  @Test
  void everyCallIsAnsweredAndNothingStaysOpen() throws Exception {
    List<Answer> answers = new ArrayList<>();
    try (RunScheduler scheduler = scheduler(4, 10_000)) {
      for (int i = 0; i < 5000; i++) {
        Answer answer = new Answer();
        answers.add(answer);
        scheduler.submit(model.call(i % 2 == 0 ? Call.NO_DEADLINE : in(60_000), answer));
      }
      for (Answer answer : answers) {
        assertThat(answer.await()).isEqualTo(Status.OK);
        assertThat(answer.count()).isEqualTo(1);
        assertThat(answer.outputWasOpen()).isTrue();
      }
    }
    assertThat(model.openTensors()).isZero();
    assertThat(model.loans()).isZero();
    assertThat(model.closedTwice()).isZero();
  }

  static List<Batching> waysToBatch() {
    return List.of(new Batching.Automatic(), new Batching.Off());
  }

  @ParameterizedTest
  @MethodSource("waysToBatch")
  void threadsThatMakeRunsArePreparedFirst(Batching batching) throws Exception {
    Set<Thread> prepared = ConcurrentHashMap.newKeySet();
    Set<Thread> ran = ConcurrentHashMap.newKeySet();
    SumModel rows = new SumModel(SumModel.CHEAP).body(count -> ran.add(Thread.currentThread()));
    RunScheduler.Options options =
        new RunScheduler.Options(
            2,
            100,
            System::nanoTime,
            () -> null,
            batching,
            () -> prepared.add(Thread.currentThread()));
    try (RunScheduler scheduler = new RunScheduler(options)) {
      for (int i = 0; i < 20; i++) {
        RowAnswer answer = new RowAnswer();
        scheduler.submit(rows.call(answer, 1));
        assertThat(answer.await()).isEqualTo(Status.OK);
      }
    }
    assertThat(ran).isNotEmpty().isSubsetOf(prepared);
  }

  @Test
  void engineFailureReachesTheReceiverAndTheRunnerLives() throws Exception {
    try (RunScheduler scheduler = scheduler(1, 10)) {
      model.body(() -> {
        throw StatusException.invalidArgument("bad matrix");
      });
      Answer failed = new Answer();
      scheduler.submit(model.call(Call.NO_DEADLINE, failed));
      assertThat(failed.await()).hasToString("INVALID_ARGUMENT: bad matrix");
      model.body(model::outputs);
      Answer fine = new Answer();
      scheduler.submit(model.call(Call.NO_DEADLINE, fine));
      assertThat(fine.await()).isEqualTo(Status.OK);
    }
  }

  @Test
  void deadlineAnswersWhileTheEngineGoesOn() throws Exception {
    FakeModel.Held engine = model.hold();
    Answer answer = new Answer();
    try (RunScheduler scheduler = scheduler(1, 10)) {
      scheduler.submit(model.call(in(1000), answer));
      assertThat(answer.await().code()).isEqualTo(StatusCode.DEADLINE_EXCEEDED);
      assertThat(model.loans()).as("the run still uses the model").isEqualTo(1);
      engine.release();
    }
    assertThat(model.loans()).isZero();
    assertThat(model.openTensors()).isZero();
    assertThat(answer.count()).isEqualTo(1);
  }

  @Test
  void expiredAndCancelledCallsCostNoRun() throws Exception {
    FakeModel.Held engine = model.hold();
    try (RunScheduler scheduler = scheduler(1, 10)) {
      Answer first = new Answer();
      scheduler.submit(model.call(Call.NO_DEADLINE, first));
      engine.awaitRun();
      Answer expiring = new Answer();
      scheduler.submit(model.call(in(20), expiring));
      Answer cancelled = new Answer();
      Call abandoned = model.call(Call.NO_DEADLINE, cancelled);
      scheduler.submit(abandoned);
      abandoned.cancel();
      Answer late = new Answer();
      scheduler.submit(model.call(in(-1), late));
      assertThat(late.status().code()).isEqualTo(StatusCode.DEADLINE_EXCEEDED);
      assertThat(expiring.await().code()).isEqualTo(StatusCode.DEADLINE_EXCEEDED);
      engine.release();
      assertThat(first.await()).isEqualTo(Status.OK);
    }
    assertThat(model.runs()).hasSize(1);
    assertThat(model.loans()).isZero();
    assertThat(model.openTensors()).isZero();
  }

  @Test
  void fullQueueRefusesAtOnce() throws Exception {
    FakeModel.Held engine = model.hold();
    try (RunScheduler scheduler = scheduler(1, 1)) {
      scheduler.submit(model.call(Call.NO_DEADLINE, new Answer()));
      engine.awaitRun();
      scheduler.submit(model.call(Call.NO_DEADLINE, new Answer()));
      assertThat(scheduler.queued()).isEqualTo(1);
      Answer refused = new Answer();
      scheduler.submit(model.call(Call.NO_DEADLINE, refused));
      assertThat(refused.status().code()).isEqualTo(StatusCode.UNAVAILABLE);
      engine.release();
    }
    assertThat(model.loans()).isZero();
  }

  @Test
  void engineLearnsTheTimeThatIsLeft() throws Exception {
    try (RunScheduler scheduler = scheduler(1, 10)) {
      Answer unlimited = new Answer();
      scheduler.submit(model.call(Call.NO_DEADLINE, unlimited));
      unlimited.await();
      Answer limited = new Answer();
      scheduler.submit(model.call(in(50_000), limited));
      limited.await();
    }
    assertThat(model.runs().get(0)).isEqualTo(RunOptions.UNLIMITED);
    assertThat(model.runs().get(1).timeoutMillis()).isBetween(1L, 50_000L);
  }

  @Test
  void stagesAreObserved() throws Exception {
    Map<Stage, Long> stages = new ConcurrentHashMap<>();
    try (RunScheduler scheduler = scheduler(1, 10)) {
      Answer answer = new Answer();
      scheduler.submit(model.call(Call.NO_DEADLINE, stages::put, answer));
      answer.await();
    }
    assertThat(stages).containsOnlyKeys(Stage.QUEUE, Stage.RUN);
  }

  @Test
  void closedSchedulerRefuses() {
    RunScheduler scheduler = scheduler(1, 10);
    scheduler.close();
    Answer answer = new Answer();
    scheduler.submit(model.call(Call.NO_DEADLINE, answer));
    assertThat(answer.status().code()).isEqualTo(StatusCode.UNAVAILABLE);
    assertThat(model.loans()).isZero();
  }

  @Test
  void throwingReceiverDoesNotEndTheRunner() throws Exception {
    try (RunScheduler scheduler = scheduler(1, 10)) {
      scheduler.submit(
          model.call(
              Call.NO_DEADLINE,
              (outputs, status) -> {
                throw new IllegalStateException("receiver");
              }));
      Answer next = new Answer();
      scheduler.submit(model.call(Call.NO_DEADLINE, next));
      assertThat(next.await()).isEqualTo(Status.OK);
    }
    assertThat(model.openTensors()).isZero();
    assertThat(model.loans()).isZero();
  }

  @Test
  void closedSchedulerAnswersCallsWithADeadlineToo() {
    RunScheduler scheduler = scheduler(1, 10);
    scheduler.close();
    Answer answer = new Answer();
    scheduler.submit(model.call(in(10_000), answer));
    assertThat(answer.status().code()).isEqualTo(StatusCode.UNAVAILABLE);
    assertThat(model.loans()).isZero();
    assertThat(model.openTensors()).isZero();
  }

  @Test
  void deadCallsDoNotKeepOthersOutOfTheQueue() throws Exception {
    FakeModel.Held engine = model.hold();
    FakeClock clock = new FakeClock();
    try (RunScheduler scheduler = new RunScheduler(new RunScheduler.Options(1, 2, clock))) {
      scheduler.submit(model.call(Call.NO_DEADLINE, new Answer()));
      engine.awaitRun();
      Answer expired = new Answer();
      scheduler.submit(model.call(clock.getAsLong() + 20_000_000, expired));
      Call abandoned = model.call(Call.NO_DEADLINE, new Answer());
      scheduler.submit(abandoned);
      assertThat(scheduler.queued()).isEqualTo(2);
      abandoned.cancel();
      clock.pass(25_000_000);
      expired.await();
      assertThat(scheduler.queued()).isZero();
      Answer live = new Answer();
      scheduler.submit(model.call(Call.NO_DEADLINE, live));
      engine.release();
      assertThat(live.await()).isEqualTo(Status.OK);
    }
  }

  @Test
  void throwingReceiversDoNotKeepTheSchedulerFromClosing() throws Exception {
    FakeModel.Held engine = model.hold();
    RunScheduler scheduler = scheduler(1, 10);
    scheduler.submit(model.call(Call.NO_DEADLINE, new Answer()));
    engine.awaitRun();
    for (int i = 0; i < 3; i++) {
      scheduler.submit(
          model.call(
              Call.NO_DEADLINE,
              (outputs, status) -> {
                throw new IllegalStateException("receiver");
              }));
    }
    engine.release();
    scheduler.close();
    assertThat(model.loans()).isZero();
    assertThat(model.openTensors()).isZero();
  }

  @Test
  void throwingObserverLosesNoCall() throws Exception {
    try (RunScheduler scheduler = scheduler(1, 10)) {
      for (Stage broken : List.of(Stage.QUEUE, Stage.RUN)) {
        Answer answer = new Answer();
        scheduler.submit(
            model.call(
                Call.NO_DEADLINE,
                (stage, nanos) -> {
                  if (stage == broken) {
                    throw new IllegalStateException("observer");
                  }
                },
                answer));
        answer.await();
      }
    }
    assertThat(model.loans()).isZero();
    assertThat(model.openTensors()).isZero();
  }
}
