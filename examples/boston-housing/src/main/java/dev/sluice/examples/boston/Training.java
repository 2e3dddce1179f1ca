package dev.sluice.examples.boston;

import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The training loop: epochs over the training areas in ever new order, until the areas for
 * validation see no more progress; what was best there is the result.
 */
final class Training {

  private static final int BATCH = 16;
  private static final float LEARNING_RATE = 0.01f;
  private static final float WEIGHT_DECAY = 0.03f;
  private static final float AVERAGE_KEEPS = 0.9f;
  private static final int PATIENCE = 60;
  private static final int USUAL_LINES = 20;

  private final Consumer<String> progress;
  private final LongSupplier nanoTime;

  /**
   * The outcome.
   *
   * @param weights of the best epoch
   * @param epochs how many there were
   */
  record Trained(Scaling scaling, List<Weights> weights, int epochs) {}

  /**
   * @param progress gets a line every few epochs, and at least one a second
   * @param nanoTime a clock as {@link System#nanoTime}
   */
  Training(Consumer<String> progress, LongSupplier nanoTime) {
    this.progress = progress;
    this.nanoTime = nanoTime;
  }

  /**
   * Trains a network from the start.
   *
   * @param random decides on first weights and orders: the same seed on the same machine gives the
   *     same network
   * @throws TrainerException if no epoch ends with weights that predict anything
   */
  Trained train(Split split, int maxEpochs, Random random) {
    Scaling scaling = Scaling.of(split.training());
    List<Weights> weights = Weights.initial(random, split.training().meanPrice());
    EarlyStopping stopping = new EarlyStopping(PATIENCE);
    MovingAverage average = new MovingAverage(AVERAGE_KEEPS);
    Pace pace = new Pace(maxEpochs);
    int epoch = 0;
    try (RunningNetwork running = new RunningNetwork(scaling, weights)) {
      Adam adam = new Adam(running, LEARNING_RATE, WEIGHT_DECAY);
      while (epoch < maxEpochs && !stopping.shouldStop()) {
        epoch++;
        double loss = epoch(adam, split.training().shuffled(random));
        List<Weights> averaged = average.with(running.weights());
        Housing validation = split.validation();
        double rmse = validation.rmse(running.predict(validation.features(), averaged));
        if (stopping.isBest(rmse)) {
          weights = averaged;
        }
        pace.after(epoch, loss, rmse);
      }
    }
    report(stopping, epoch);
    return new Trained(scaling, weights, epoch);
  }

  /** The mean of the batches' losses. */
  private static double epoch(Adam adam, Housing training) {
    double sum = 0;
    for (int from = 0; from < training.size(); from += BATCH) {
      Housing batch = training.slice(from, Math.min(from + BATCH, training.size()));
      sum += adam.step(batch) * batch.size();
    }
    return sum / training.size();
  }

  private void report(EarlyStopping stopping, int epochs) {
    if (stopping.bestEpoch() == 0) {
      throw new TrainerException(
          "training found nothing: after %d epochs no prediction is a number".formatted(epochs));
    }
    progress.accept(
        String.format(
            Locale.ROOT,
            "Stopped after epoch %d; the best was epoch %d with a validation RMSE of %.2f",
            epochs,
            stopping.bestEpoch(),
            stopping.bestError()));
  }

  /** Says a line every so many epochs, or when the last was a second ago. */
  private final class Pace {

    private final int every;
    private long last = nanoTime.getAsLong();

    Pace(int maxEpochs) {
      every = Math.max(1, maxEpochs / USUAL_LINES);
    }

    void after(int epoch, double loss, double rmse) {
      long now = nanoTime.getAsLong();
      if (epoch == 1 || epoch % every == 0 || now - last >= TimeUnit.SECONDS.toNanos(1)) {
        last = now;
        progress.accept(
            String.format(
                Locale.ROOT,
                "  epoch %4d   train loss %7.2f   validation RMSE %6.2f",
                epoch,
                loss,
                rmse));
      }
    }
  }
}
