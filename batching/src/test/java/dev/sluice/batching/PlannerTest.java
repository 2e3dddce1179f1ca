package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.model.RunTraits;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is planned after which runs. */
class PlannerTest {

  private static final long MICRO = TimeUnit.MICROSECONDS.toNanos(1);
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Planner planner = new Planner(new RunTraits(true, true, "row-wise"), true);
  private long now = 5 * SECOND;

  private static Planner.Run run(long rows, double elements, long nanos) {
    return new Planner.Run(true, rows, elements, nanos, true);
  }

  private void ran(int times, Planner.Run run) {
    for (int i = 0; i < times; i++) {
      planner.ran(run, now);
    }
  }

  /** A row of 13 numbers, in the caller, with its thread computing. */
  private void ran(int times, long nanos) {
    ran(times, run(1, 13, nanos));
  }

  @Test
  void nothingIsKnownBeforeTheSecondRun() {
    assertThat(planner.plan().isMeasured()).isFalse();
    assertThat(planner.plan().merging()).isTrue();
    assertThat(planner.plan().inTurns()).isFalse();
    assertThat(planner.grounds()).isEqualTo("row-wise; not measured yet");
    ran(1, 80 * MILLI); // prepares the engine
    assertThat(planner.plan().isMeasured()).isFalse();
    ran(1, 20 * MICRO);
    assertThat(planner.plan().best().nanos(13)).isEqualTo(20 * MICRO);
    assertThat(planner.plan().inCaller().nanos(13)).isEqualTo(20 * MICRO);
    assertThat(planner.grounds()).isEqualTo("row-wise; a run takes 20.0 us for 1 row");
  }

  @Test
  void groundsTellTheSmallestAndTheLargestRun() {
    ran(3, 20 * MICRO);
    ran(3, run(32, 32 * 13, 26 * MICRO));
    assertThat(planner.grounds())
        .isEqualTo("row-wise; a run takes 20.0 us for 1 row, 26.0 us for 32 rows");
  }

  @Test
  void shortRunsBringAModelOntoTheLoops() {
    ran(4, 20 * MICRO);
    assertThat(planner.plan().inTurns()).isFalse();
    ran(1, 20 * MICRO);
    assertThat(planner.plan().inTurns()).isTrue();
    assertThat(planner.plan().limit()).isEqualTo(26);
    assertThat(planner.plan().turnLimit()).isCloseTo(13 * 300 / 20.0, within(1e-6));
  }

  @Test
  void modelWhoseOpsMayWaitNeverComes() {
    Planner waits = new Planner(new RunTraits(true, false, "r"), true);
    for (int i = 0; i < 100; i++) {
      waits.ran(run(1, 13, 20 * MICRO), now);
    }
    assertThat(waits.plan().inTurns()).isFalse();
    assertThat(waits.prefersCaller(13)).isFalse();
    assertThat(planner.prefersCaller(13)).isTrue();
  }

  @Test
  void runsOnRunnersSayNothingOfTheLoops() {
    for (int i = 0; i < 100; i++) {
      planner.ran(new Planner.Run(false, 1, 13, 20 * MICRO, true), now);
    }
    assertThat(planner.plan().inTurns()).isFalse();
    assertThat(planner.plan().inCaller().points()).isZero();
    assertThat(planner.plan().best().points()).isEqualTo(1);
  }

  @Test
  void modelThatTurnsVerySlowLeavesAtOnceAndComesBackAfterASecond() {
    ran(100, 20 * MICRO);
    ran(1, 51 * MILLI);
    assertThat(planner.plan().inTurns()).isFalse();
    assertThat(planner.grounds()).endsWith("; it left the event loops for being slow, 1 times");
    ran(64, 20 * MICRO);
    assertThat(planner.plan().inTurns()).as("at once").isFalse();
    now += SECOND;
    ran(8, 20 * MICRO);
    assertThat(planner.plan().inTurns()).as("a second later").isTrue();
  }

  @Test
  void stallOfTheMachineIsNotHeldAgainstTheModel() {
    ran(100, 20 * MICRO);
    ran(8, new Planner.Run(true, 1, 13, 51 * MILLI, false));
    assertThat(planner.plan().inTurns()).isTrue();
    ran(8, new Planner.Run(true, 1, 13, 51 * MILLI, false));
    assertThat(planner.plan().inTurns()).as("too many of them").isFalse();
  }

  @Test
  void threeSlowRunsOfTheLastOnesAreEnough() {
    ran(104, 20 * MICRO);
    ran(2, 6 * MILLI);
    ran(6, 20 * MICRO);
    assertThat(planner.plan().inTurns()).isTrue();
    ran(1, 6 * MILLI);
    ran(7, 20 * MICRO);
    assertThat(planner.plan().inTurns()).isFalse();
  }

  @Test
  void mostlyLongRunsAreEnough() {
    ran(104, 20 * MICRO);
    ran(7, 600 * MICRO);
    ran(1, 20 * MICRO);
    assertThat(planner.plan().inTurns()).isTrue();
    ran(8, 600 * MICRO);
    assertThat(planner.plan().inTurns()).isFalse();
  }

  @Test
  void runsThatAreTooLargeForATurnAreNotExpectedToBeShort() {
    ran(104, 20 * MICRO);
    assertThat(planner.plan().turnLimit()).isPositive();
    double tooLarge = 2 * planner.plan().turnLimit();
    ran(40, run(1, tooLarge, 40 * MILLI));
    assertThat(planner.plan().inTurns()).isTrue();
  }

  @Test
  void laterOnThePlanIsMadeAnewOnceInEightRuns() {
    ran(71, 20 * MICRO);
    Plan last = planner.plan();
    assertThat(last).as("of the 64th").isNotNull();
    ran(1, 20 * MICRO);
    Plan next = planner.plan();
    assertThat(next).isNotSameAs(last);
    ran(7, 20 * MICRO);
    assertThat(planner.plan()).isSameAs(next);
    ran(1, 20 * MICRO);
    assertThat(planner.plan()).isNotSameAs(next);
  }

  @Test
  void departuresAddUpAndAreForgivenAfterAMinuteOnTheLoops() {
    ran(100, 20 * MICRO);
    ran(1, 51 * MILLI);
    now += SECOND;
    ran(24, 20 * MICRO);
    assertThat(planner.plan().inTurns()).isTrue();
    now += 60 * SECOND - 1;
    ran(1, 51 * MILLI);
    assertThat(planner.grounds()).endsWith(" 2 times");
    now += 2 * SECOND - 1;
    ran(24, 20 * MICRO);
    assertThat(planner.plan().inTurns()).as("the second time it stays away for longer").isFalse();
    now += 1;
    ran(8, 20 * MICRO);
    assertThat(planner.plan().inTurns()).isTrue();
    now += 60 * SECOND;
    ran(1, 51 * MILLI);
    assertThat(planner.grounds()).endsWith(" 1 times");
  }

  @Test
  void mergingThatWasStoppedStaysSo() {
    ran(100, 20 * MICRO);
    Plan before = planner.plan();
    planner.stopMerging("the first output has another number of rows");
    assertThat(planner.plan())
        .isEqualTo(
            new Plan(
                true, false, before.limit(), before.turnLimit(), before.inCaller(), before.best()));
    assertThat(planner.limitRows()).isEqualTo(1);
    ran(16, 20 * MICRO);
    assertThat(planner.plan().merging()).isFalse();
    assertThat(planner.grounds())
        .startsWith("row-wise; not merged: the first output has another number of rows; a run");
  }

  @Test
  void mergingIsOffWhereNobodyWantsItOrNothingProvesIt() {
    Planner unwanted = new Planner(new RunTraits(true, true, "row-wise"), false);
    assertThat(unwanted.plan().merging()).isFalse();
    assertThat(unwanted.grounds())
        .isEqualTo("row-wise; not merged: merging is turned off; not measured yet");
    Planner unproven = new Planner(new RunTraits(false, true, "an op sums rows"), true);
    assertThat(unproven.plan().merging()).isFalse();
    assertThat(unproven.grounds()).isEqualTo("an op sums rows; not measured yet");
    for (int i = 0; i < 10; i++) {
      unproven.ran(run(1, 13, 20 * MICRO), now);
    }
    assertThat(unproven.plan().merging()).isFalse();
  }

  @Test
  void limitIsToldInRows() {
    assertThat(planner.limitRows()).isEqualTo(1);
    ran(3, 20 * MICRO);
    assertThat(planner.limitRows()).as("26 elements of 13 a row").isEqualTo(2);
    ran(5, run(32, 32 * 13, 26 * MICRO));
    assertThat(planner.limitRows()).isEqualTo(64);
    ran(60, run(512, 512 * 13, 290 * MICRO));
    assertThat(planner.plan().inTurns()).isTrue();
    assertThat(planner.limitRows())
        .as("no more than a loop may run")
        .isEqualTo((long) (planner.plan().turnLimit() / 13))
        .isLessThan((long) (planner.plan().limit() / 13));
  }
}
