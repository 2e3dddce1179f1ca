package dev.sluice.bench;

import dev.sluice.model.RunOptions;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.tensorflow.SessionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Finds how many turns of {@link BusyModel} take the time that is wanted, on this machine. */
final class Calibration {

  private static final int TRIAL = 400;
  private static final int RUNS_TO_WARM = 20;

  private Calibration() {}

  /**
   * A model whose run takes this machine so many milliseconds of one thread, in a folder of its own
   * below the workshop's models.
   *
   * @return its base path
   */
  static Path busy(Workshop workshop, String name, double millis) throws IOException {
    Path trial = workshop.models().resolve("busy_trial");
    BusyModel.write(trial, TRIAL);
    double micros = microsOfRun(workshop, trial.resolve("1"));
    int turns = (int) Math.max(1, Math.round(TRIAL * millis * 1000 / micros));
    workshop
        .progress()
        .accept("a run of %s has %d turns, for %.0f ms".formatted(name, turns, millis));
    Path basePath = Files.createDirectories(workshop.models().resolve(name));
    BusyModel.write(basePath, turns);
    return basePath;
  }

  private static double microsOfRun(Workshop workshop, Path version) {
    try (LoadedModel loaded = LoadedModel.of(version, workshop.libraries(), SessionOptions.SERVE)) {
      Signature signature = loaded.signature("serving_default");
      Tensor row =
          loaded
              .model()
              .tensors()
              .allocate(
                  dev.sluice.model.DataType.FLOAT, dev.sluice.model.Shape.of(1, BusyModel.WIDTH));
      try (row) {
        RunOptions inCaller = new RunOptions(0, true);
        Runnable run = () -> loaded.run(signature, List.of(row), inCaller);
        for (int i = 0; i < RUNS_TO_WARM; i++) {
          run.run();
        }
        return ThreadClock.microsEach(0.3, run);
      }
    }
  }
}
