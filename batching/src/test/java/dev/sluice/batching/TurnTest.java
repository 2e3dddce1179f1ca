package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.batching.QueueReport.Way;
import dev.sluice.batching.SumModel.Sums;
import dev.sluice.status.StatusCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What event loops run themselves. Time passes when a run says so. */
class TurnTest {

  private static final long MICRO = 1_000;
  private static final long MILLI = 1_000_000;

  private final FakeClock clock = new FakeClock();
  private final FakeLoop loop = new FakeLoop(clock);
  private final RunScheduler scheduler =
      new RunScheduler(
          new RunScheduler.Options(4, 1000, clock, loop::current, new Batching.Automatic()));
  private final SumModel model = new SumModel(SumModel.CHEAP).body(rows -> clock.pass(20 * MICRO));

  @AfterEach
  void nothingIsLeft() {
    scheduler.close();
    assertThat(model.loans()).isZero();
    assertThat(model.tensors.open()).isZero();
    assertThat(model.tensors.closedTwice()).isZero();
  }

  /** Enough runs, on runners, for the model to be known. */
  private void warmUp(SumModel which) throws InterruptedException {
    for (int i = 0; i < 6; i++) {
      Sums answer = new Sums();
      scheduler.submit(which.call(answer, i, 1));
      answer.await();
    }
    assertThat(scheduler.report(which).get(0).way()).isEqualTo(Way.TICK);
    which.runs().clear();
  }

  /** Until it is known that many rows cost what one does. */
  private void grow() throws InterruptedException {
    warmUp(model);
    for (int i = 0; i < 10; i++) {
      for (Sums answer : turnOf(model, 16)) {
        answer.await();
      }
    }
    model.runs().clear();
  }

  private List<Sums> turnOf(SumModel which, int calls) {
    List<Sums> answers = new ArrayList<>();
    loop.turn(() -> {
      for (int i = 0; i < calls; i++) {
        Sums answer = new Sums();
        answers.add(answer);
        scheduler.submit(which.call(answer, i, 1));
      }
    });
    return answers;
  }

  @Test
  void firstRunsAreMadeByRunners() throws Exception {
    for (Sums answer : turnOf(model, 3)) {
      answer.await();
      assertThat(answer.thread()).isNotSameAs(Thread.currentThread());
    }
  }

  @Test
  void callsOfOneTurnAreOneRunOnTheLoop() throws Exception {
    grow();
    List<Sums> answers = turnOf(model, 10);
    for (int i = 0; i < 10; i++) {
      assertThat(answers.get(i).isAnswered()).as("within the turn").isTrue();
      assertThat(answers.get(i).sums()).containsExactly(i + 1);
      assertThat(answers.get(i).thread()).isSameAs(Thread.currentThread());
    }
    assertThat(model.rowsOfRuns()).containsExactly(10L);
    assertThat(model.runs().get(0).options().inCaller()).isTrue();
  }

  @Test
  void callOfOneTurnIsFedAsItIs() throws Exception {
    warmUp(model);
    loop.turn(() -> {
      scheduler.submit(model.call(new Sums(), 1));
      model.body(rows -> assertThat(model.tensors.open()).isEqualTo(1));
    });
    assertThat(model.rowsOfRuns()).containsExactly(1L);
  }

  @Test
  void rowsOfDifferentShapesAreNotMixed() throws Exception {
    grow();
    List<Sums> answers = new ArrayList<>();
    loop.turn(() -> {
      for (int i = 0; i < 6; i++) {
        Sums answer = new Sums();
        answers.add(answer);
        scheduler.submit(i % 2 == 0 ? model.call(answer, 1) : model.call(answer, 1, 2));
      }
    });
    for (int i = 0; i < 6; i++) {
      assertThat(answers.get(i).sums()).containsExactly(i % 2 == 0 ? 1 : 3);
    }
    assertThat(model.rowsOfRuns()).containsExactlyInAnyOrder(3L, 3L);
  }

  @Test
  void callThatIsCancelledOrExpiresWithinTheTurnCostsNoRun() throws Exception {
    warmUp(model);
    Sums cancelled = new Sums();
    Sums expired = new Sums();
    loop.turn(() -> {
      Call call = model.call(cancelled, 1);
      scheduler.submit(call);
      scheduler.submit(model.call(clock.getAsLong() + 1, expired, 1));
      call.cancel();
      clock.pass(2);
    });
    assertThat(cancelled.status().code()).isEqualTo(StatusCode.CANCELLED);
    assertThat(expired.status().code()).isEqualTo(StatusCode.DEADLINE_EXCEEDED);
    assertThat(model.runs()).isEmpty();
  }

  @Test
  void guiltyCallFailsAloneAndTheLoopRunsTheBatchOnlyOnce() throws Exception {
    grow();
    List<Sums> answers = new ArrayList<>();
    loop.turn(() -> {
      for (int i = 0; i < 8; i++) {
        Sums answer = new Sums();
        answers.add(answer);
        scheduler.submit(model.call(answer, i == 3 ? Float.NaN : i, 0));
      }
    });
    for (int i = 0; i < 8; i++) {
      assertThat(answers.get(i).await().code())
          .isEqualTo(i == 3 ? StatusCode.INVALID_ARGUMENT : StatusCode.OK);
    }
    assertThat(model.runs().stream().filter(run -> run.thread() == Thread.currentThread()))
        .hasSize(1);
    assertThat(model.rowsOfRuns()).containsExactly(8L, 4L, 2L, 2L, 1L, 1L, 4L);
  }

  @Test
  void unmergedCallsAreRunOneByOneWithinTheTurnsBudget() throws Exception {
    SumModel coupled = new SumModel(SumModel.COUPLED).body(rows -> clock.pass(100 * MICRO));
    warmUp(coupled);
    List<Sums> answers = turnOf(coupled, 20);
    for (Sums answer : answers) {
      answer.await();
    }
    assertThat(coupled.rowsOfRuns()).containsOnly(1L).hasSize(20);
    assertThat(coupled.runs().stream().filter(run -> run.thread() == Thread.currentThread()))
        .as("1 ms of work")
        .hasSize(10);
  }

  @Test
  void modelThatWaitsNeverRunsOnTheLoop() throws Exception {
    SumModel waiting = new SumModel(SumModel.WAITING);
    for (int i = 0; i < 30; i++) {
      for (Sums answer : turnOf(waiting, 2)) {
        answer.await();
      }
    }
    assertThat(waiting.runs())
        .noneMatch(run -> run.thread() == Thread.currentThread() || run.options().inCaller());
  }

  @Test
  void largeCallGoesToARunner() throws Exception {
    warmUp(model);
    Sums answer = new Sums();
    loop.turn(() -> scheduler.submit(model.callOf(50, Call.NO_DEADLINE, answer, new float[100])));
    answer.await();
    assertThat(answer.thread()).isNotSameAs(Thread.currentThread());
  }

  @Test
  void modelThatTurnsSlowHoldsTheLoopOnce() throws Exception {
    warmUp(model);
    model.body(rows -> clock.pass(200 * MILLI));
    turnOf(model, 1);
    assertThat(scheduler.report(model).get(0).way()).isEqualTo(Way.RUNNER);
    long slow = onLoop();
    for (int i = 0; i < 200; i++) { // 40 s of its time
      turnOf(model, 1).get(0).await();
    }
    assertThat(onLoop()).isEqualTo(slow);
  }

  @Test
  void modelThatIsSlowNowAndThenComesBackMoreAndMoreSeldom() throws Exception {
    warmUp(model);
    int[] runs = {0};
    model.body(rows -> clock.pass(runs[0]++ % 50 == 49 ? 60 * MILLI : 20 * MICRO));
    int held = 0;
    for (int i = 0; i < 3000; i++) {
      long before = clock.getAsLong();
      Sums answer = turnOf(model, 1).get(0);
      answer.await();
      boolean mine = answer.thread() == Thread.currentThread();
      held += mine && clock.getAsLong() - before > 50 * MILLI ? 1 : 0;
      clock.pass(10 * MILLI);
    }
    assertThat(held).as("of 60 slow runs within 33 s").isBetween(1, 6);
  }

  @Test
  void machineThatStandsStillDrivesNoModelAway() throws Exception {
    warmUp(model);
    loop.computes(false);
    model.body(rows -> clock.pass(90 * MILLI));
    turnOf(model, 1);
    assertThat(scheduler.report(model).get(0).way()).isEqualTo(Way.TICK);
  }

  @Test
  void turnThatOverrunsLeavesTheRestToRunners() throws Exception {
    SumModel coupled = new SumModel(SumModel.COUPLED).body(rows -> clock.pass(20 * MICRO));
    warmUp(coupled);
    coupled.body(rows -> clock.pass(3 * MILLI));
    List<Sums> answers = turnOf(coupled, 5);
    for (Sums answer : answers) {
      answer.await();
    }
    assertThat(answers.get(0).thread()).isSameAs(Thread.currentThread());
    assertThat(answers.subList(1, 5))
        .noneMatch(answer -> answer.thread() == Thread.currentThread());
  }

  @Test
  void loopThatHasStoppedLeavesItsCallsToRunners() throws Exception {
    warmUp(model);
    loop.stop();
    for (Sums answer : turnOf(model, 3)) {
      assertThat(answer.await().isOk()).isTrue();
    }
  }

  @Test
  void outputsThatAreNotRowsEndMergingForGood() throws Exception {
    grow();
    model.extraRows(1);
    for (Sums answer : turnOf(model, 4)) {
      assertThat(answer.await().isOk()).isTrue();
    }
    assertThat(model.rowsOfRuns()).containsExactly(4L, 1L, 1L, 1L, 1L);
    QueueReport report = scheduler.report(model).get(0);
    assertThat(report.merged()).isFalse();
    assertThat(report.limit()).isEqualTo(1);
    assertThat(report.why()).contains("output 0 has the shape [5] for 4 rows");
  }

  @Test
  void callsCollectedWhenTheSchedulerClosesAreRefused() throws Exception {
    warmUp(model);
    List<Sums> answers = new ArrayList<>();
    loop.turn(() -> {
      Sums answer = new Sums();
      answers.add(answer);
      scheduler.submit(model.call(answer, 1));
      scheduler.close();
    });
    assertThat(answers.get(0).status().code()).isEqualTo(StatusCode.UNAVAILABLE);
  }

  @Test
  void reportSaysWhatWasDecidedAndWhy() throws Exception {
    warmUp(model);
    turnOf(model, 2);
    QueueReport report = scheduler.report(model).get(0);
    assertThat(report.signature()).isEqualTo("serving_default");
    assertThat(report.merged()).isTrue();
    assertThat(report.why()).contains("every op is row-wise").contains("20.0 us for 1 row");
    assertThat(report.counts().runs()).isEqualTo(7);
    assertThat(report.counts().rows()).isEqualTo(8);
    assertThat(report.counts().meanRows()).isEqualTo(8.0 / 7);
    assertThat(report.counts().meanRunMicros()).isEqualTo(20);
    scheduler.forget(model);
    assertThat(scheduler.report(model)).isEmpty();
  }

  private long onLoop() {
    return model.runs().stream().filter(run -> run.thread() == Thread.currentThread()).count();
  }
}
