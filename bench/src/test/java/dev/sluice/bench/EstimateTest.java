package dev.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EstimateTest {

  private static List<Double> upTo(int n) {
    List<Double> values =
        new ArrayList<>(IntStream.rangeClosed(1, n).mapToObj(i -> (double) i).toList());
    Collections.shuffle(values, new Random(n));
    return values;
  }

  /** By hand: 1 - 2 / 2^7 = 63 / 64; leaving out one at each end would give 1 - 16 / 128. */
  @Test
  void sevenRoundsGoFromTheLowestToTheHighest() {
    Estimate estimate = Estimate.of(List.of(0.9, 0.7, 0.8, 1.4, 0.6, 0.85, 0.75));
    assertThat(estimate).isEqualTo(new Estimate(0.8, 0.6, 1.4, 63 / 64.0));
    assertThat(estimate.isSure()).isTrue();
  }

  /** By hand: 1 - 2 (1 + 9) / 2^9 = 492 / 512 = 96.1 %, and with two left out 82 %. */
  @Test
  void nineRoundsLeaveOutTheOutermost() {
    assertThat(Estimate.of(upTo(9))).isEqualTo(new Estimate(5, 2, 8, 492 / 512.0));
  }

  /** As in tables of the sign test: 12 leave out 2 (96.1 %), 20 leave out 5 (95.9 %). */
  @Test
  void moreRoundsLeaveOutMore() {
    assertThat(Estimate.of(upTo(12)).low()).isEqualTo(3);
    assertThat(Estimate.of(upTo(12)).high()).isEqualTo(10);
    Estimate ofTwenty = Estimate.of(upTo(20));
    assertThat(ofTwenty.median()).isEqualTo(10.5);
    assertThat(ofTwenty.low()).isEqualTo(6);
    assertThat(ofTwenty.high()).isEqualTo(15);
    assertThat(ofTwenty.confidence()).isCloseTo(0.9586, within(1e-4));
  }

  @Test
  void fiveRoundsAreNotEnough() {
    Estimate estimate = Estimate.of(upTo(5));
    assertThat(estimate).isEqualTo(new Estimate(3, 1, 5, 30 / 32.0));
    assertThat(estimate.isSure()).isFalse();
    assertThat(Estimate.of(upTo(6)).isSure()).isTrue();
    assertThat(Estimate.of(List.of(2.0))).isEqualTo(new Estimate(2, 2, 2, 0));
  }

  @Test
  void noRoundsAreRefused() {
    assertThatThrownBy(() -> Estimate.of(List.of())).isInstanceOf(IllegalArgumentException.class);
  }

  /** What the interval promises: with a fixed seed, it misses the true median as rarely as said. */
  @Test
  void intervalHoldsTheMedianAsOftenAsItSays() {
    Random random = new Random(7);
    long held =
        IntStream.range(0, 20_000)
            .filter(_ -> {
              Estimate estimate =
                  Estimate.of(
                      DoubleStream.generate(() -> Math.exp(random.nextGaussian()))
                          .limit(9)
                          .boxed()
                          .toList());
              return estimate.low() <= 1 && 1 <= estimate.high();
            })
            .count();
    assertThat(held / 20_000.0).isCloseTo(492 / 512.0, within(0.005));
  }

  @Test
  void worseEndDecides() {
    Estimate estimate = new Estimate(0.9, 0.79, 1.0, 0.96);
    assertThat(Reach.atLeast(0.8).judge(estimate)).isEqualTo(Verdict.MISSED);
    assertThat(Reach.atLeast(0.79).judge(estimate)).isEqualTo(Verdict.MET);
    assertThat(Reach.atMost(1.0).judge(estimate)).isEqualTo(Verdict.MET);
    assertThat(Reach.atMost(0.99).judge(estimate)).isEqualTo(Verdict.MISSED);
    assertThat(Reach.atMost(2).judge(new Estimate(1, 1, 1, 0.9))).isEqualTo(Verdict.NOT_JUDGED);
  }
}
