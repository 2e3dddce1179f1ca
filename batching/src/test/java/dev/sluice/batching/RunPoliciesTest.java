package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.batching.TurnPolicy.Evidence;
import org.junit.jupiter.api.Test;

/** What is decided from what was measured. */
class RunPoliciesTest {

  private static final double MICRO = 1e3;
  private static final double MILLI = 1e6;

  private static CostCurve curve(double... elementsAndNanos) {
    double[] elements = new double[elementsAndNanos.length / 2];
    double[] nanos = new double[elements.length];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = elementsAndNanos[2 * i];
      nanos[i] = elementsAndNanos[2 * i + 1];
    }
    return new CostCurve(elements, nanos);
  }

  @Test
  void costLiesBetweenMeasuredOnesAndGrowsInProportionBeyond() {
    CostCurve curve = curve(10, 100, 20, 140);
    assertThat(curve.nanos(1)).isEqualTo(100);
    assertThat(curve.nanos(15)).isEqualTo(120);
    assertThat(curve.nanos(40)).isEqualTo(280);
    assertThat(curve.sizeWithin(99)).isZero();
    assertThat(curve.sizeWithin(120)).isEqualTo(15);
    assertThat(curve.sizeWithin(280)).isEqualTo(40);
    assertThat(CostCurve.UNKNOWN.nanos(5)).isZero();
    assertThat(CostCurve.UNKNOWN.sizeWithin(5)).isZero();
  }

  @Test
  void nothingKnownMeansOneCallARun() {
    assertThat(LimitPolicy.limit(CostCurve.UNKNOWN)).isZero();
  }

  @Test
  void limitDoublesWhileMergingIsAlmostFree() {
    assertThat(LimitPolicy.limit(curve(13, 26 * MICRO))).isEqualTo(26);
    assertThat(LimitPolicy.limit(curve(13, 26 * MICRO, 416, 33 * MICRO))).isEqualTo(832);
  }

  @Test
  void limitStaysWhereAnElementCostsLeast() {
    CostCurve network =
        curve(1000, 10 * MILLI, 2000, 17 * MILLI, 4000, 30 * MILLI, 8000, 80 * MILLI);
    assertThat(LimitPolicy.limit(network)).isBetween(4000.0, 7999.0);
  }

  @Test
  void limitIsSmallWhereMergingBringsNothing() {
    CostCurve flat = curve(1000, 10 * MILLI, 2000, 20 * MILLI, 4000, 39.5 * MILLI);
    assertThat(LimitPolicy.limit(flat)).isBetween(1000.0, 1999.0);
  }

  @Test
  void limitKeepsRunsFromTakingTooLong() {
    CostCurve slow = curve(1, 60 * MILLI, 2, 61 * MILLI, 4, 200 * MILLI);
    assertThat(LimitPolicy.limit(slow)).isBetween(2.0, 3.0);
    assertThat(LimitPolicy.limit(curve(1, 60 * MILLI))).isLessThan(2);
  }

  private static Evidence away(long runs, double predicted, long since, int departures) {
    return new Evidence(false, runs, 0, 0, 0, false, predicted, since, departures);
  }

  @Test
  void modelComesOntoTheLoopsOnceItsRunsAreKnownToBeShort() {
    assertThat(TurnPolicy.inTurns(away(3, 20 * MICRO, 0, 0))).isFalse();
    assertThat(TurnPolicy.inTurns(away(4, 20 * MICRO, 0, 0))).isTrue();
    assertThat(TurnPolicy.inTurns(away(4, 260 * MICRO, 0, 0))).isFalse();
    assertThat(TurnPolicy.inTurns(away(4, 0, 0, 0))).isFalse();
  }

  @Test
  void modelThatHadToLeaveStaysAwayLongerEachTime() {
    long second = 1_000_000_000;
    assertThat(TurnPolicy.inTurns(away(15, 20 * MICRO, second - 1, 1))).isFalse();
    assertThat(TurnPolicy.inTurns(away(15, 20 * MICRO, second, 1))).isTrue();
    assertThat(TurnPolicy.inTurns(away(15, 20 * MICRO, second, 2))).isFalse();
    assertThat(TurnPolicy.inTurns(away(15, 20 * MICRO, 2 * second, 2))).isTrue();
    assertThat(TurnPolicy.inTurns(away(14, 20 * MICRO, 2 * second, 2))).isFalse();
    assertThat(TurnPolicy.penalty(100)).isEqualTo(64 * second);
  }

  private static boolean stays(long longRuns, long slowRuns, long stalls, boolean verySlow) {
    return TurnPolicy.inTurns(
        new Evidence(true, 64, longRuns, slowRuns, stalls, verySlow, 20 * MICRO, 0, 0));
  }

  @Test
  void modelLeavesWhenMostOfItsLastRunsWereLong() {
    assertThat(stays(0b1111111, 0, 0, false)).isTrue();
    assertThat(stays(0b11111111, 0, 0, false)).isFalse();
    assertThat(stays(~0x7fffL, 0, 0, false)).as("long ago").isTrue();
  }

  @Test
  void modelLeavesForFewSlowRunsAndForOneThatWasVerySlow() {
    assertThat(stays(0, 0b11, 0, false)).isTrue();
    assertThat(stays(0, 1L << 63 | 0b11, 0, false)).isFalse();
    assertThat(stays(0, 0, 0, true)).isFalse();
  }

  @Test
  void machineThatStoodStillCountsOnlyWhenItDoesSoOften() {
    assertThat(stays(0, 0, 0x7fff, false)).isTrue();
    assertThat(stays(0, 0, 0xffff, false)).isFalse();
  }

  @Test
  void lowerCostIsBelievedSoonerThanAHigherOne() {
    RunCosts costs = new RunCosts();
    for (int i = 0; i < 4; i++) {
      costs.learn(true, 13, i == 1 ? 26_000 : 900_000);
    }
    assertThat(costs.inCaller().nanos(13)).isEqualTo(26_000);
    costs.learn(true, 13, 50_000_000);
    assertThat(costs.inCaller().nanos(13)).as("one stall").isLessThan(40_000);
    for (int i = 0; i < 30; i++) {
      costs.learn(true, 13, 5_000_000);
    }
    assertThat(costs.inCaller().nanos(13)).as("it turned slow").isGreaterThan(4_000_000);
    for (int i = 0; i < 20; i++) {
      costs.learn(true, 13, 26_000);
    }
    assertThat(costs.inCaller().nanos(13)).as("it is fast again").isLessThan(60_000);
  }

  @Test
  void runThatPreparesAnEngineForANewSizeDoesNotShutThatSizeOut() {
    RunCosts costs = new RunCosts();
    costs.learn(true, 13, 26_000);
    costs.learn(true, 13, 26_000);
    costs.learn(true, 26, 100_000_000);
    costs.learn(true, 26, 90_000_000);
    assertThat(LimitPolicy.limit(costs.best())).isEqualTo(26);
    costs.learn(true, 26, 27_000);
    assertThat(LimitPolicy.limit(costs.best())).isEqualTo(52);
  }

  @Test
  void sizeThatIsDearEachTimeIsKnownToBe() {
    RunCosts costs = new RunCosts();
    costs.learn(true, 13, 26_000);
    for (int i = 0; i < 3; i++) {
      costs.learn(true, 26, 100_000_000);
    }
    assertThat(costs.best().nanos(26)).isEqualTo(100_000_000);
    assertThat(LimitPolicy.limit(costs.best())).isBetween(13.0, 25.0);
  }

  @Test
  void figureOfALargeSizeIsForgottenWhenItIsNotRunAnyMore() {
    RunCosts costs = new RunCosts();
    costs.learn(true, 832, 5_000_000);
    for (int i = 0; i < 512; i++) {
      costs.learn(true, 13, 10_000);
      assertThat(costs.inCaller().points()).isEqualTo(2);
    }
    costs.learn(true, 13, 10_000);
    assertThat(costs.inCaller().points()).isEqualTo(1);
    assertThat(LimitPolicy.limit(costs.best())).isEqualTo(26);
    costs.learn(true, 832, 30_000);
    assertThat(costs.inCaller().nanos(832)).as("learnt afresh").isEqualTo(30_000);
  }

  @Test
  void smallSizeIsRememberedWhileLargeOnesAreRun() {
    RunCosts costs = new RunCosts();
    costs.learn(true, 13, 10_000);
    for (int i = 0; i < 3000; i++) {
      costs.learn(true, 832, 30_000);
    }
    assertThat(costs.inCaller().nanos(13)).isEqualTo(10_000);
  }

  @Test
  void smallerRunIsNotThoughtDearerThanALargerOne() {
    RunCosts costs = new RunCosts();
    costs.learn(true, 13, 4_000_000);
    costs.learn(true, 832, 30_000);
    assertThat(costs.inCaller().nanos(13)).isEqualTo(30_000);
  }

  @Test
  void fasterOfTwoWaysIsKeptAndTheOtherTriedSeldom() {
    RunCosts costs = new RunCosts();
    int inCaller = 0;
    for (int i = 0; i < 2000; i++) {
      boolean way = costs.prefersCaller(1000);
      inCaller += way ? 1 : 0;
      costs.learn(way, 1000, way ? 3_000_000 : 1_000_000);
    }
    assertThat(inCaller).isBetween(6, 40);
  }

  @Test
  void cheapRunsAreNeverTriedElsewhere() {
    RunCosts costs = new RunCosts();
    for (int i = 0; i < 100; i++) {
      assertThat(costs.prefersCaller(13)).isTrue();
      costs.learn(true, 13, 26_000);
    }
  }

  @Test
  void callThatFindsNobodyIsLetInWhateverItsDeadline() {
    assertThat(
            AdmissionPolicy.meets(new AdmissionPolicy.Load(0, 50 * MILLI, 1, 2, 1), (long) MILLI))
        .isTrue();
  }

  @Test
  void callThatCannotBeAnsweredInTimeIsRefused() {
    AdmissionPolicy.Load load = new AdmissionPolicy.Load(95 * MILLI, 5 * MILLI, 2, 2, 1);
    assertThat(load.expectedWait()).isCloseTo(50 * MILLI, within(1.0));
    assertThat(AdmissionPolicy.meets(load, (long) (110 * MILLI))).isTrue();
    assertThat(AdmissionPolicy.meets(load, (long) (100 * MILLI))).isFalse();
    AdmissionPolicy.Load slower = new AdmissionPolicy.Load(95 * MILLI, 5 * MILLI, 2, 2, 2);
    assertThat(AdmissionPolicy.meets(slower, (long) (110 * MILLI))).isFalse();
  }
}
