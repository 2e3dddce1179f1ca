package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.Shape;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may wait, who is taken next, and how many runners are wanted. */
class WaitingLineTest {

  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final RowModel model = new RowModel();
  private final List<Call> calls = new ArrayList<>();
  private final WaitingRoom room = new WaitingRoom(3, 1000);
  private final WaitingLine line = new WaitingLine(room, 2);
  private long now = 1_000_000_000;

  @AfterEach
  void giveEverythingBack() {
    calls.forEach(Call::cancel);
    assertThat(model.counted().open()).isZero();
  }

  private QueuedCall entry(int rows, long deadlineNanos) {
    Call call =
        model.call(
            new Call.Request(
                model,
                model.signature("half"),
                List.of(model.floats(Shape.of(rows), new float[rows]))),
            deadlineNanos,
            (outputs, status) -> {});
    calls.add(call);
    QueuedCall entry = new QueuedCall(call, null, now);
    entry.bytes = 4L * rows;
    return entry;
  }

  private QueuedCall entry() {
    return entry(1, Call.NO_DEADLINE);
  }

  /** Nothing is known of the costs. */
  private static final Plan UNKNOWN =
      new Plan(false, false, 0, 0, CostCurve.UNKNOWN, CostCurve.UNKNOWN);

  /** A run takes so long, whatever its size up to 1000. */
  private static Plan plan(boolean merging, double limit, double nanos) {
    CostCurve curve = new CostCurve(new double[] {1, 1000}, new double[] {nanos, nanos});
    return new Plan(false, merging, limit, 0, curve, curve);
  }

  private void letIn(QueuedCall entry, Plan plan) {
    assertThat(line.enter(entry, plan, now)).isNull();
  }

  private WaitingLine.Taken take(Plan plan) {
    assertThat(line.wantsRunner()).isTrue();
    return line.take(plan, now);
  }

  @Test
  void callsAreTakenOneAfterTheOtherByAsManyRunnersAsThereMayBe() {
    QueuedCall one = entry();
    QueuedCall two = entry();
    QueuedCall three = entry();
    assertThat(line.wantsRunner()).as("with nothing to do").isFalse();
    letIn(one, UNKNOWN);
    assertThat(line.wantsRunner()).isTrue();
    assertThat(line.wantsRunner()).as("one was announced for the one call").isFalse();
    letIn(two, UNKNOWN);
    letIn(three, UNKNOWN);
    assertThat(line.waiting()).isEqualTo(3);
    assertThat(line.wantsRunner()).isTrue();
    assertThat(line.wantsRunner()).as("there may be two").isFalse();

    assertThat(line.take(UNKNOWN, now)).isEqualTo(new WaitingLine.Taken(List.of(one), false, true));
    assertThat(line.take(UNKNOWN, now)).isEqualTo(new WaitingLine.Taken(List.of(two), false, true));
    assertThat(line.running()).isEqualTo(2);
    assertThat(line.wantsRunner()).as("both run").isFalse();
    line.ran();
    assertThat(line.running()).isEqualTo(1);
    assertThat(take(UNKNOWN)).isEqualTo(new WaitingLine.Taken(List.of(three), false, false));
    assertThat(line.waiting()).isZero();
  }

  @Test
  void runnerThatFindsNothingHasNotRun() {
    QueuedCall gone = entry();
    letIn(gone, UNKNOWN);
    assertThat(line.wantsRunner()).isTrue();
    assertThat(line.leave(gone)).isTrue();
    assertThat(line.leave(gone)).as("a second time").isFalse();
    assertThat(line.take(UNKNOWN, now)).isNull();
    assertThat(line.running()).isZero();
    letIn(entry(), UNKNOWN);
    assertThat(line.wantsRunner()).as("its announcement is over").isTrue();
  }

  @Test
  void batchSaysWhetherOthersWaitBesideOrWithinIt() {
    Plan merging = plan(true, 10, MILLI);
    letIn(entry(), merging);
    letIn(entry(), merging);
    WaitingLine.Taken both = take(merging);
    assertThat(both.calls()).hasSize(2);
    assertThat(both.othersWait()).isTrue();
    assertThat(line.waiting()).isZero();
  }

  @Test
  void lineThatIsFullSaysHowFull() {
    for (int i = 0; i < 3; i++) {
      letIn(entry(), UNKNOWN);
    }
    StatusException refusal = line.enter(entry(), UNKNOWN, now);
    assertThat(refusal.code()).isEqualTo(StatusCode.UNAVAILABLE);
    assertThat(refusal)
        .hasMessage(
            "3 requests wait for a run of this model already (the limit is 3, or their size);"
                + " retry later");
    assertThat(line.waiting()).isEqualTo(3);
    take(UNKNOWN);
    assertThat(line.enter(entry(), UNKNOWN, now)).as("there is a place again").isNull();
  }

  @Test
  void placesOfCallsThatLeaveOrAreTakenAreGivenBack() {
    QueuedCall large = entry(200, Call.NO_DEADLINE);
    letIn(large, UNKNOWN);
    assertThat(line.enter(entry(51, Call.NO_DEADLINE), UNKNOWN, now)).isNotNull();
    letIn(entry(50, Call.NO_DEADLINE), UNKNOWN);
    assertThat(line.leave(large)).isTrue();
    QueuedCall next = entry(200, Call.NO_DEADLINE);
    letIn(next, UNKNOWN);
    take(UNKNOWN);
    take(UNKNOWN);
    line.ran();
    line.ran();
    for (int i = 0; i < 3; i++) {
      letIn(entry(1, Call.NO_DEADLINE), UNKNOWN);
    }
  }

  @Test
  void callThatCannotMeetItsDeadlineIsToldWhatItWouldWaitFor() {
    Plan plan = plan(false, 0, 10 * MILLI);
    letIn(entry(1, now + 1), UNKNOWN); // nothing is known, nothing is refused
    letIn(entry(), plan);
    take(plan);
    take(plan);
    letIn(entry(), plan);
    StatusException refusal = line.enter(entry(1, now + 30 * MILLI), plan, now);
    // 10 ms of the one that waits and 10 of the run after it, by two runners.
    assertThat(refusal)
        .hasMessage(
            "the request would wait about 10 ms for a run that takes about 10 ms, and its deadline"
                + " is in 30 ms; retry later");
    assertThat(refusal.code()).isEqualTo(StatusCode.UNAVAILABLE);
    letIn(entry(1, now + 36 * MILLI), plan);
    letIn(entry(), plan);
  }

  @Test
  void runIsExpectedToBeAsLargeAsWhatWaitsUpToTheLimit() {
    double[] elements = {1, 100};
    double[] nanos = {MILLI, 100 * MILLI};
    CostCurve curve = new CostCurve(elements, nanos);
    Plan plan = new Plan(false, true, 20, 0, curve, curve);
    letIn(entry(1, Call.NO_DEADLINE), plan);
    letIn(entry(1, Call.NO_DEADLINE), plan);
    assertThat(take(new Plan(false, false, 1, 0, curve, curve)).calls()).hasSize(1);
    assertThat(take(new Plan(false, false, 1, 0, curve, curve)).calls()).hasSize(1);
    letIn(entry(8, Call.NO_DEADLINE), plan);
    assertThat(line.enter(entry(1, now + 1), plan, now))
        .as("a run of the eight that wait")
        .hasMessageContaining("a run that takes about 8 ms");
    letIn(entry(50, Call.NO_DEADLINE), plan);
    assertThat(line.enter(entry(1, now + 1), plan, now))
        .as("at most the limit")
        .hasMessageContaining("a run that takes about 20 ms");
    assertThat(line.enter(entry(40, now + 1), plan, now))
        .as("or what comes alone")
        .hasMessageContaining("a run that takes about 40 ms");
  }

  /** What is told to a call that comes while two run and one waits. */
  private String expectedWait(Plan plan) {
    letIn(entry(), plan);
    letIn(entry(), plan);
    take(plan);
    take(plan);
    letIn(entry(), plan);
    String told = line.enter(entry(1, now + 1), plan, now).getMessage();
    line.ran();
    line.ran();
    take(plan);
    line.ran();
    return told.replaceAll(" ms for a run.*", "");
  }

  @Test
  void waitsThatAreLongerThanExpectedAreLearntFrom() {
    Plan plan = plan(false, 0, 100 * MILLI);
    assertThat(expectedWait(plan)).isEqualTo("the request would wait about 100");
    for (int i = 0; i < 500; i++) {
      letIn(entry(), plan);
      letIn(entry(), plan);
      take(plan);
      take(plan);
      QueuedCall waits = entry();
      letIn(waits, plan);
      now += (long) (2 * waits.expectedWait);
      line.ran();
      line.ran();
      assertThat(take(plan).calls()).containsExactly(waits);
      assertThat(waits.expectedWait).as("learnt from once").isZero();
      line.ran();
    }
    assertThat(expectedWait(plan)).as("four times is the most").endsWith(" 400");
  }

  @Test
  void shortWaitsAreNotLearntFrom() {
    Plan plan = plan(false, 0, 100 * MILLI);
    for (int i = 0; i < 50; i++) {
      QueuedCall entry = entry();
      letIn(entry, plan);
      entry.expectedWait = MILLI;
      now += 50 * MILLI;
      take(plan);
      line.ran();
    }
    assertThat(expectedWait(plan)).endsWith(" 100");
  }

  /** How many of the three calls with two rows each are in every batch. */
  private List<Integer> batches(int count, Plan plan) {
    List<Integer> sizes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      for (int n = line.waiting(); n < 3; n++) {
        letIn(entry(2, Call.NO_DEADLINE), plan);
      }
      sizes.add(take(plan).calls().size());
      line.ran();
    }
    return sizes;
  }

  @Test
  void everySixtyFourBatchesASmallerAndALargerOneAreTried() {
    List<Integer> sizes = batches(128, plan(true, 3.5, MILLI));
    for (int i = 0; i < 128; i++) {
      int expected = i % 64 == 63 ? 3 : 1;
      assertThat(sizes.get(i)).as("batch %d", i).isEqualTo(expected);
    }
    WaitingLineTest other = new WaitingLineTest();
    List<Integer> halves = other.batches(64, plan(true, 4.5, MILLI));
    for (int i = 0; i < 64; i++) {
      int expected = i == 32 ? 1 : i == 63 ? 3 : 2;
      assertThat(halves.get(i)).as("batch %d", i).isEqualTo(expected);
    }
    other.giveEverythingBack();
  }

  @Test
  void largerOneIsNotTriedWhereItWouldTakeTooLong() {
    double[] elements = {1, 7};
    double[] nanos = {MILLI, 7 * 20 * MILLI};
    CostCurve curve = new CostCurve(elements, nanos);
    assertThat(batches(64, new Plan(false, true, 3.5, 0, curve, curve)).get(63)).isEqualTo(1);
  }

  @Test
  void batchThatFailedGoesFirstAndIsSaidToHave() {
    QueuedCall waits = entry();
    letIn(waits, UNKNOWN);
    List<QueuedCall> failed = List.of(entry(), entry());
    assertThat(line.enterFailed(failed)).isTrue();
    assertThat(take(UNKNOWN)).isEqualTo(new WaitingLine.Taken(failed, true, true));
    assertThat(take(UNKNOWN)).isEqualTo(new WaitingLine.Taken(List.of(waits), false, false));
  }

  @Test
  void failedBatchAloneWantsARunner() {
    assertThat(line.enterFailed(List.of(entry()))).isTrue();
    assertThat(line.wantsRunner()).isTrue();
    assertThat(line.wantsRunner()).isFalse();
  }

  @Test
  void closedLineLetsNobodyInAndKeepsThoseThatWaitUntilTheyLeave() {
    QueuedCall one = entry();
    QueuedCall two = entry();
    List<QueuedCall> failed = List.of(entry(), entry());
    letIn(one, UNKNOWN);
    letIn(two, UNKNOWN);
    assertThat(line.enterFailed(failed)).isTrue();
    assertThat(line.close()).containsExactly(one, two);
    assertThat(line.waiting()).isEqualTo(2);
    assertThat(line.takeFailed()).isEqualTo(failed);
    assertThat(line.takeFailed()).isEmpty();

    assertThat(line.enter(entry(), UNKNOWN, now))
        .hasMessage(RunScheduler.shuttingDown().getMessage());
    assertThat(line.enterFailed(failed)).isFalse();
    assertThat(line.leave(one)).isTrue();
    QueuedCall again = entry();
    assertThat(line.enterAgain(again)).isFalse();
    assertThat(line.close()).containsExactly(two, again);
  }

  @Test
  void restOfACallWaitsBehindAllOthersWhateverRoomThereIs() {
    QueuedCall others = entry();
    letIn(others, UNKNOWN);
    letIn(entry(), UNKNOWN);
    letIn(entry(), UNKNOWN);
    QueuedCall rest = entry(500, Call.NO_DEADLINE);
    assertThat(line.enterAgain(rest)).isTrue();
    assertThat(line.waiting()).isEqualTo(4);
    for (int i = 0; i < 3; i++) {
      assertThat(take(UNKNOWN).calls()).doesNotContain(rest);
      line.ran();
    }
    assertThat(take(UNKNOWN).calls()).containsExactly(rest);
    line.ran();
    assertThat(room.enter(2, 0, 1)).as("all places were given back, and no more").isTrue();
  }
}
