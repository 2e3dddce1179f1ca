package dev.sluice.examples.boston;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What training is made of and needs no TensorFlow. */
final class TrainingPartsTest {

  @Test
  void trainingStopsWhenPatienceIsUsedUpAndNotBefore() {
    EarlyStopping stopping = new EarlyStopping(2);

    assertThat(stopping.isBest(5)).isTrue();
    assertThat(stopping.isBest(6)).isFalse();
    assertThat(stopping.shouldStop()).isFalse();
    assertThat(stopping.isBest(5)).isFalse(); // as good is not better
    assertThat(stopping.shouldStop()).isTrue();
    assertThat(stopping.bestEpoch()).isEqualTo(1);
    assertThat(stopping.bestError()).isEqualTo(5);
  }

  @Test
  void progressGivesPatienceBack() {
    EarlyStopping stopping = new EarlyStopping(2);
    stopping.isBest(5);
    stopping.isBest(6);

    assertThat(stopping.isBest(4)).isTrue();
    stopping.isBest(7);
    assertThat(stopping.shouldStop()).isFalse();
    stopping.isBest(7);
    assertThat(stopping.shouldStop()).isTrue();
    assertThat(stopping.bestEpoch()).isEqualTo(3);
  }

  @Test
  void errorThatIsNoNumberIsNoProgress() {
    EarlyStopping stopping = new EarlyStopping(2);

    assertThat(stopping.isBest(Double.NaN)).isFalse();
    assertThat(stopping.isBest(Double.NaN)).isFalse();
    assertThat(stopping.shouldStop()).isTrue();
    assertThat(stopping.bestEpoch()).isZero();
  }

  @Test
  void averageMovesFromTheFirstWeightsTowardsTheLater() {
    MovingAverage average = new MovingAverage(0.75f);

    assertThat(average.with(weights(8)).getFirst().values()).containsExactly(8);
    assertThat(average.with(weights(0)).getFirst().values()).containsExactly(6);
    assertThat(average.with(weights(2)).getFirst().values()).containsExactly(5);
  }

  private static List<Weights> weights(float value) {
    return List.of(new Weights("dense/bias", List.of(1), new float[] {value}));
  }

  @Test
  void networkBeginsWithTheShapeOfTheTutorialAndABlindGuess() {
    List<Weights> weights = Weights.initial(new Random(1), 22);

    assertThat(weights.stream().map(w -> w.name() + w.shape()))
        .containsExactly(
            "dense/kernel[13, 13]", "dense/bias[13]",
            "dense_1/kernel[13, 28]", "dense_1/bias[28]",
            "dense_2/kernel[28, 13]", "dense_2/bias[13]",
            "dense_3/kernel[13, 8]", "dense_3/bias[8]",
            "dense_4/kernel[8, 1]", "dense_4/bias[1]");
    assertThat(weights.getLast().values()).containsExactly(22);
    assertThat(weights.getFirst().values()).hasSize(169).doesNotContain(0);
    for (float value : weights.getFirst().values()) {
      assertThat(value).isBetween(-0.4804f, 0.4804f); // sqrt(6 / 26)
    }
    assertThat(Weights.initial(new Random(1), 22).getFirst().values())
        .isEqualTo(weights.getFirst().values());
  }

  @Test
  void heartbeatSpeaksOnlyAfterSilence() {
    AtomicLong millis = new AtomicLong();
    List<String> lines = new ArrayList<>();
    Heartbeat heartbeat =
        new Heartbeat(lines::add, () -> TimeUnit.MILLISECONDS.toNanos(millis.get()));

    millis.set(1400);
    heartbeat.accept("a line");
    millis.set(2800);
    heartbeat.beat();
    assertThat(lines).containsExactly("a line");

    millis.set(3000);
    heartbeat.beat();
    heartbeat.beat();
    assertThat(lines).containsExactly("a line", "  still working, after 3 s");
  }
}
