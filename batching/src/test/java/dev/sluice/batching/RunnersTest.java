package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.batching.SumModel.Sums;
import dev.sluice.model.DataType;
import dev.sluice.model.RunTraits;
import dev.sluice.model.Shape;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What runners do with what has queued up: two at once for models that compute. */
class RunnersTest {

  private static final long MILLI = 1_000_000;

  private final FakeClock clock = new FakeClock();
  private final List<SumModel> models = new ArrayList<>();
  private final List<SumModel.Held> holds = new ArrayList<>();
  private final RunScheduler scheduler = scheduler(2, 1000);
  private final SumModel model = model(SumModel.CHEAP);

  private RunScheduler scheduler(int runners, int capacity) {
    return new RunScheduler(new RunScheduler.Options(runners, capacity, clock));
  }

  private SumModel model(RunTraits traits) {
    SumModel made = new SumModel(traits);
    models.add(made);
    return made;
  }

  @AfterEach
  void nothingIsLeft() {
    holds.forEach(SumModel.Held::end);
    scheduler.close();
    for (SumModel made : models) {
      assertThat(made.loans()).isZero();
      assertThat(made.tensors.open()).isZero();
      assertThat(made.tensors.closedTwice()).isZero();
    }
  }

  private List<Sums> submit(SumModel which, int calls) {
    List<Sums> answers = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      Sums answer = new Sums();
      answers.add(answer);
      scheduler.submit(which.call(answer, i, 1));
    }
    return answers;
  }

  private static void awaitAll(List<Sums> answers) throws InterruptedException {
    for (int i = 0; i < answers.size(); i++) {
      assertThat(answers.get(i).sums()).containsExactly(i + 1);
    }
  }

  /** Until it is known that many rows cost what one does, here a millisecond. */
  private void grow() throws InterruptedException {
    model.body(rows -> clock.pass(MILLI));
    for (int i = 0; i < 4; i++) {
      for (int rows = 1; rows <= 64; rows *= 2) {
        Sums answer = new Sums();
        scheduler.submit(model.callOf(rows, Call.NO_DEADLINE, answer, new float[2 * rows]));
        answer.await();
      }
    }
    model.runs().clear();
  }

  private SumModel.Held hold(SumModel which) {
    SumModel.Held held = which.hold();
    holds.add(held);
    return held;
  }

  /** Both runners in the middle of a run, so that what is submitted waits. */
  private SumModel.Held busy(SumModel which) throws InterruptedException {
    SumModel.Held held = hold(which);
    for (int i = 0; i < 2; i++) { // together they might be one run
      submit(which, 1);
      held.awaitRun();
    }
    which.runs().clear();
    return held;
  }

  @Test
  void whatQueuesUpDuringARunIsTheNextRun() throws Exception {
    grow();
    SumModel.Held held = busy(model);
    List<Sums> answers = submit(model, 10);
    assertThat(scheduler.queued()).isEqualTo(10);
    held.release();
    awaitAll(answers);
    assertThat(model.rowsOfRuns()).containsExactly(10L);
  }

  @Test
  void rowsOfDifferentShapesWaitInTheOrderOfArrival() throws Exception {
    grow();
    SumModel.Held held = busy(model);
    List<Sums> answers = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Sums answer = new Sums();
      answers.add(answer);
      scheduler.submit(i % 3 == 0 ? model.call(answer, i, 1) : model.call(answer, i, 1, 0));
    }
    held.release();
    awaitAll(answers);
    assertThat(model.rowsOfRuns()).containsExactlyInAnyOrder(2L, 4L);
  }

  @Test
  void scalarsAndEmptyRequestsAreRunAlone() throws Exception {
    grow();
    SumModel.Held held = busy(model);
    Sums scalar = new Sums();
    Sums empty = new Sums();
    scheduler.submit(
        model.call(
            Call.NO_DEADLINE,
            scalar,
            List.of(model.tensors.allocate(DataType.FLOAT, Shape.scalar()))));
    scheduler.submit(
        model.call(
            Call.NO_DEADLINE,
            empty,
            List.of(model.tensors.allocate(DataType.FLOAT, Shape.of(0, 2)))));
    held.release();
    assertThat(scalar.sums()).containsExactly(0);
    assertThat(empty.sums()).isEmpty();
    assertThat(model.rowsOfRuns()).containsExactlyInAnyOrder(1L, 0L);
  }

  @Test
  void onlyTheGuiltyFails() throws Exception {
    grow();
    SumModel.Held held = busy(model);
    List<Sums> answers = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      Sums answer = new Sums();
      answers.add(answer);
      scheduler.submit(model.call(answer, i, i == 4 || i == 5 ? Float.NaN : 1));
    }
    held.release();
    for (int i = 0; i < 9; i++) {
      Status status = answers.get(i).await();
      if (i == 4 || i == 5) {
        assertThat(status).hasToString("INVALID_ARGUMENT: NaN in the input");
      } else {
        assertThat(answers.get(i).sums()).containsExactly(i + 1);
      }
    }
  }

  @Test
  void cancelledAndExpiredCallsLeaveTheQueueBeforeTheyCostARun() throws Exception {
    grow();
    SumModel.Held held = busy(model);
    Sums cancelled = new Sums();
    Call call = model.call(cancelled, 1, 1);
    scheduler.submit(call);
    Sums expiring = new Sums();
    scheduler.submit(model.call(clock.getAsLong() + 50 * MILLI, expiring, 1, 1));
    List<Sums> others = submit(model, 3);
    assertThat(scheduler.queued()).isEqualTo(5);
    call.cancel();
    assertThat(scheduler.queued()).isEqualTo(4);
    clock.pass(60 * MILLI);
    held.release();
    awaitAll(others);
    assertThat(cancelled.status().code()).isEqualTo(StatusCode.CANCELLED);
    assertThat(expiring.await().code()).isEqualTo(StatusCode.DEADLINE_EXCEEDED);
    assertThat(model.rowsOfRuns()).containsExactly(3L);
  }

  @Test
  void callThatCannotBeOverInTimeIsNotBegunWhereOthersWait() throws Exception {
    grow();
    SumModel.Held held = busy(model);
    Sums late = new Sums();
    scheduler.submit(model.call(clock.getAsLong() + 50 * MILLI, late, 1, 1));
    List<Sums> others = submit(model, 3);
    clock.pass(50 * MILLI - MILLI / 2);
    held.release();
    awaitAll(others);
    assertThat(late.await().code()).isEqualTo(StatusCode.DEADLINE_EXCEEDED);
    assertThat(model.rowsOfRuns()).containsExactly(3L);
  }

  @Test
  void callWhoseDeadlineCannotBeMetIsRefusedAtOnce() throws Exception {
    SumModel slow = model(SumModel.COUPLED).body(rows -> clock.pass(10 * MILLI));
    for (int i = 0; i < 5; i++) {
      awaitAll(submit(slow, 1));
    }
    SumModel.Held held = busy(slow);
    List<Sums> waiting = submit(slow, 10);
    Sums refused = new Sums();
    scheduler.submit(slow.call(clock.getAsLong() + 40 * MILLI, refused, 1, 1));
    assertThat(refused.status().toString())
        .matches(
            "UNAVAILABLE: the request would wait about 5\\d ms for a run that takes about 10 ms,"
                + " and its deadline is in 40 ms; retry later");
    Sums accepted = new Sums();
    scheduler.submit(slow.call(clock.getAsLong() + 200 * MILLI, accepted, 1, 1));
    assertThat(accepted.isAnswered()).isFalse();
    held.release();
    awaitAll(waiting);
    accepted.await();
    assertThat(scheduler.report(slow).get(0).counts().refused()).isEqualTo(1);
  }

  @Test
  void fullQueueRefusesAtOnceAndOthersAreNotConcerned() throws Exception {
    try (RunScheduler small = scheduler(1, 2)) {
      SumModel.Held held = hold(model);
      List<Sums> answers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Sums answer = new Sums();
        answers.add(answer);
        small.submit(model.call(answer, i, 1));
        if (i == 0) {
          held.awaitRun();
        }
      }
      assertThat(answers.get(3).status())
          .hasToString(
              "UNAVAILABLE: 2 requests wait for a run of this model already (the limit is 2, or"
                  + " their size); retry later");
      Sums other = new Sums();
      small.submit(model(SumModel.CHEAP).call(other, 1));
      assertThat(other.await().isOk()).isTrue();
      held.release();
    }
  }

  @Test
  void modelsThatWaitDoNotDelayAnother() throws Exception {
    List<SumModel.Held> held = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      SumModel waiting = model(SumModel.WAITING);
      held.add(hold(waiting));
      submit(waiting, 100);
      held.get(i).awaitRun();
    }
    for (int i = 0; i < 20; i++) {
      awaitAll(submit(model, 3));
    }
    held.forEach(SumModel.Held::release);
  }

  @Test
  void modelThatOnlyComputesGetsNoMoreRunnersThanProcessors() throws Exception {
    int cpus = Runtime.getRuntime().availableProcessors();
    try (RunScheduler wide = scheduler(8 * cpus, 1000)) {
      SumModel coupled = model(SumModel.COUPLED);
      SumModel.Held held = hold(coupled);
      List<Sums> answers = new ArrayList<>();
      for (int i = 0; i < 10 * cpus; i++) {
        Sums answer = new Sums();
        answers.add(answer);
        wide.submit(coupled.call(answer, i, 1));
      }
      for (int i = 0; i < cpus; i++) {
        held.awaitRun();
      }
      assertThat(wide.queued()).isEqualTo(9 * cpus);
      held.release();
      awaitAll(answers);
      assertThat(coupled.mostGoing()).isEqualTo(cpus);
    }
  }

  @Test
  void overLargeRequestIsRunInPiecesBetweenWhichOthersRun() throws Exception {
    model.body(rows -> clock.pass(rows * MILLI));
    awaitAll(submit(model, 1));
    for (int i = 0; i < 4; i++) {
      awaitAll(submit(model, 1));
    }
    model.runs().clear();
    float[] values = new float[2000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    Sums large = new Sums();
    scheduler.submit(model.callOf(1000, Call.NO_DEADLINE, large, values));
    float[] sums = large.sums();
    assertThat(sums).hasSize(1000);
    for (int i = 0; i < 1000; i++) {
      assertThat(sums[i]).isEqualTo(4 * i + 1);
    }
    assertThat(model.rowsOfRuns()).allMatch(rows -> rows <= 50).hasSizeGreaterThan(19);
    assertThat(scheduler.report(model).get(0).counts().split()).isEqualTo(1);
  }

  @Test
  void otherCallsComeBetweenThePieces() throws Exception {
    try (RunScheduler one = scheduler(1, 100)) {
      CountDownLatch begun = new CountDownLatch(1);
      CountDownLatch go = new CountDownLatch(1);
      model.body(rows -> {
        begun.countDown();
        go.await();
        clock.pass(rows * MILLI);
      });
      Sums large = new Sums();
      one.submit(model.callOf(1000, Call.NO_DEADLINE, large, new float[2000]));
      begun.await();
      Sums small = new Sums();
      one.submit(model.call(small, 1, 1));
      go.countDown();
      small.await();
      large.await();
      assertThat(model.rowsOfRuns().subList(0, 3)).contains(1L);
    }
  }

  @Test
  void failingPieceFailsTheRequest() throws Exception {
    float[] values = new float[400];
    values[399] = Float.NaN;
    Sums large = new Sums();
    scheduler.submit(model.callOf(200, Call.NO_DEADLINE, large, values));
    assertThat(large.await().code()).isEqualTo(StatusCode.INVALID_ARGUMENT);
  }

  @Test
  void requestInPiecesCanBeCancelled() throws Exception {
    SumModel.Held held = hold(model);
    Sums large = new Sums();
    Call call = model.callOf(1000, Call.NO_DEADLINE, large, new float[2000]);
    scheduler.submit(call);
    held.awaitRun();
    call.cancel();
    assertThat(large.status().code()).isEqualTo(StatusCode.CANCELLED);
    held.release();
    scheduler.close();
    assertThat(model.rowsOfRuns()).containsExactly(32L);
  }

  @Test
  void piecesWhoseOutputsAreNotRowsGiveWayToTheWholeRequest() throws Exception {
    model.extraRows(2);
    Sums large = new Sums();
    scheduler.submit(model.callOf(100, Call.NO_DEADLINE, large, new float[200]));
    assertThat(large.sums()).hasSize(102);
    assertThat(model.rowsOfRuns()).containsExactly(32L, 100L);
    assertThat(scheduler.report(model).get(0).merged()).isFalse();
  }

  @Test
  void batchThatWasEndedByItsDeadlineIsNotRunAgain() throws Exception {
    grow();
    SumModel.Held held = busy(model);
    List<Sums> answers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Sums answer = new Sums();
      answers.add(answer);
      scheduler.submit(model.call(clock.getAsLong() + 1000 * MILLI, answer, i, 1));
    }
    held.release(rows -> {
      throw new StatusException(StatusCode.DEADLINE_EXCEEDED, "timed out");
    });
    for (Sums answer : answers) {
      assertThat(answer.await()).hasToString("DEADLINE_EXCEEDED: timed out");
    }
    assertThat(model.rowsOfRuns()).containsExactly(4L);
  }

  @Test
  void mergingTurnedOffMeansARunForEachCall() throws Exception {
    try (RunScheduler off =
        new RunScheduler(new RunScheduler.Options(1, 100, clock, () -> null, new Batching.Off()))) {
      SumModel.Held held = hold(model);
      List<Sums> answers = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        Sums answer = new Sums();
        answers.add(answer);
        off.submit(model.call(answer, i, 1));
      }
      held.release();
      awaitAll(answers);
      assertThat(model.rowsOfRuns()).containsExactly(1L, 1L, 1L, 1L, 1L);
      assertThat(off.report(model).get(0).why()).contains("merging is turned off");
    }
  }

  @Test
  void threadWhosePreparationFailsMakesRunsAndEnds() throws Exception {
    try (RunScheduler unprepared =
        new RunScheduler(
            new RunScheduler.Options(
                2,
                100,
                clock,
                () -> null,
                new Batching.Automatic(),
                () -> {
                  throw new IllegalStateException("not permitted");
                }))) {
      Sums answer = new Sums();
      unprepared.submit(model.call(answer, 0, 1));
      assertThat(answer.sums()).containsExactly(1);
    }
  }
}
