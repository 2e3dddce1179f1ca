package dev.sluice.examples.boston;

import com.google.errorprone.annotations.FormatMethod;
import dev.sluice.examples.boston.Arguments.UsageException;
import dev.sluice.examples.boston.Training.Trained;
import dev.sluice.examples.boston.VersionFolders.Published;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ScheduledExecutorService;
import org.tensorflow.exceptions.TensorFlowException;

/**
 * Trains the tutorial's network on the Boston housing data and saves it as the next version of
 * {@code boston_model}.
 *
 * <p>Exits with 0 if the version is there, with 1 and a line on standard error if it is not, and
 * with 2 for arguments that make no sense.
 */
public final class Trainer {

  private final Arguments arguments;
  private final Heartbeat out;

  private Trainer(Arguments arguments, PrintStream out) {
    this.arguments = arguments;
    this.out = new Heartbeat(out::println, System::nanoTime);
  }

  /** Runs the trainer; {@code --help} lists its arguments. */
  public static void main(String[] arguments) {
    System.exit(run(System.out, System.err, arguments));
  }

  static int run(PrintStream out, PrintStream err, String... arguments) {
    if (List.of(arguments).contains("--help")) {
      out.print(Arguments.USAGE);
      return 0;
    }
    try {
      new Trainer(Arguments.parse(arguments), out).run();
      return 0;
    } catch (UsageException mistake) {
      err.println(mistake.getMessage());
      err.print(Arguments.USAGE);
      return 2;
    } catch (TrainerException | TensorFlowException failure) {
      err.println("Training failed: " + failure.getMessage());
      return 1;
    }
  }

  private void run() {
    ScheduledExecutorService timer = out.start();
    try {
      Path data = arguments.data();
      Housing all = data == null ? Housing.bundled() : Housing.read(data);
      Random random = new Random(arguments.seed());
      Split split = Split.of(all, random);
      say(
          "Boston housing: %d areas to train on, %d to validate, %d to test (seed %d)",
          split.training().size(),
          split.validation().size(),
          split.test().size(),
          arguments.seed());
      QuietTensorFlow.load(arguments.libraries());
      Training training = new Training(out, System::nanoTime);
      Report report = save(split, training.train(split, arguments.maxEpochs(), random));
      say(
          "Test RMSE %.2f thousand dollars; guessing the mean price gives %.2f",
          report.testRmse(), report.meanRmse());
      if (arguments.report() != null) {
        report.write(arguments.report());
      }
      say("Wrote version %d: %s", report.version(), report.path());
    } finally {
      timer.shutdownNow();
    }
  }

  /** Asks the finished network, then writes it. */
  private Report save(Split split, Trained trained) {
    Housing test = split.test();
    float[] blind = new float[test.size()];
    Arrays.fill(blind, (float) split.training().meanPrice());
    Path model = arguments.models().toAbsolutePath().normalize().resolve("boston_model");
    try (RunningNetwork network = new RunningNetwork(trained.scaling(), trained.weights())) {
      double rmse = test.rmse(network.predict(test.features()));
      float prediction = network.predict(new float[][] {sample()})[0];
      Published published =
          new VersionFolders(model).publish(folder -> Export.write(network, folder));
      return new Report(
          published.version(),
          published.path(),
          Housing.SAMPLE,
          prediction,
          rmse,
          test.rmse(blind),
          trained.epochs(),
          trained.weights());
    } catch (IOException failure) {
      throw TrainerException.of("cannot write a version into " + model, failure);
    }
  }

  private static float[] sample() {
    float[] row = new float[Housing.FEATURES];
    for (int i = 0; i < row.length; i++) {
      row[i] = Housing.SAMPLE.get(i);
    }
    return row;
  }

  @FormatMethod
  private void say(String format, Object... values) {
    out.accept(String.format(Locale.ROOT, format, values));
  }
}
