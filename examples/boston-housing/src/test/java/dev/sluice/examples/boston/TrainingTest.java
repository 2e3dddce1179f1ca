package dev.sluice.examples.boston;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.examples.boston.Training.Trained;
import dev.sluice.tensorflow.TensorFlowLibraries;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Real training, in this process. */
final class TrainingTest {

  private final List<String> lines = new ArrayList<>();

  @BeforeAll
  static void loadTensorFlow() {
    QuietTensorFlow.load(
        new TensorFlowLibraries(
                TensorFlowLibraries.cacheDirectory(System.getenv()), System.out::println)
            .directory());
  }

  @Test
  void weightsOfTheBestEpochAreKeptNotThoseOfTheLast() {
    Random random = new Random(1);
    Split split = Split.of(Housing.bundled(), random);

    Trained trained = new Training(lines::add, () -> 0).train(split, 400, random);

    assertThat(trained.epochs()).isLessThan(400);
    Housing validation = split.validation();
    try (RunningNetwork network = new RunningNetwork(trained.scaling(), trained.weights())) {
      assertThat(lines.getLast())
          .isEqualTo(
              "Stopped after epoch %d; the best was epoch %d with a validation RMSE of %s",
              trained.epochs(),
              trained.epochs() - 60,
              String.format(
                  Locale.ROOT, "%.2f", validation.rmse(network.predict(validation.features()))));
    }
    assertThat(lines.subList(0, lines.size() - 1)).allMatch(line -> line.startsWith("  epoch "));
  }

  @Test
  void slowEpochsAreReportedOneByOne() {
    AtomicLong seconds = new AtomicLong();
    Random random = new Random(1);
    Split split = Split.of(Housing.bundled(), random);

    new Training(lines::add, () -> TimeUnit.SECONDS.toNanos(seconds.incrementAndGet()))
        .train(split, 100, random);

    assertThat(lines).hasSize(101);
  }

  @Test
  void networkComputesWhatItsWeightsSay() {
    Housing all = Housing.bundled();
    Scaling scaling = Scaling.of(all);
    List<Weights> weights = Weights.initial(new Random(5), 22);
    weights.get(1).values()[3] = 0.5f;
    float[][] rows = all.slice(0, 9).features();

    try (RunningNetwork network = new RunningNetwork(scaling, weights)) {
      float[] prices = network.predict(rows);

      for (int i = 0; i < rows.length; i++) {
        assertThat(prices[i]).isCloseTo(byHand(rows[i], scaling, weights), within(1e-4f));
      }
      assertThat(network.weights().get(1).values()).isEqualTo(weights.get(1).values());
    }
  }

  private static float byHand(float[] row, Scaling scaling, List<Weights> weights) {
    float[] signal = new float[row.length];
    for (int i = 0; i < row.length; i++) {
      signal[i] = (row[i] - scaling.mean()[i]) / scaling.deviation()[i];
    }
    for (int layer = 0; layer < weights.size(); layer += 2) {
      float[] kernel = weights.get(layer).values();
      float[] next = weights.get(layer + 1).values().clone();
      for (int k = 0; k < kernel.length; k++) {
        next[k % next.length] += signal[k / next.length] * kernel[k];
      }
      for (int i = 0; i < next.length && layer + 2 < weights.size(); i++) {
        next[i] = Math.max(0, next[i]);
      }
      signal = next;
    }
    return signal[0];
  }
}
