package dev.sluice.examples.boston;

import com.google.errorprone.annotations.FormatMethod;
import dev.sluice.examples.boston.Arguments.UsageException;
import dev.sluice.examples.boston.Training.Trained;
import dev.sluice.examples.boston.VersionFolders.Published;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
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
  private final PrintStream out;

  private Trainer(Arguments arguments, PrintStream out) {
    this.arguments = arguments;
    this.out = out;
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
    } catch (IOException failure) {
      err.println("Training failed: " + reason(failure));
      return 1;
    }
  }

  private static String reason(IOException failure) {
    return failure instanceof NoSuchFileException missing
        ? missing.getFile() + " does not exist"
        : failure.toString();
  }

  private void run() throws IOException {
    Path data = arguments.data();
    Housing all = data == null ? Housing.bundled() : Housing.read(data);
    Random random = new Random(arguments.seed());
    Split split = Split.of(all, random);
    say(
        "Boston housing: %d areas to train on, %d to validate, %d to test (seed %d)",
        split.training().size(), split.validation().size(), split.test().size(), arguments.seed());
    QuietTensorFlow.load(arguments.libraries());
    Trained trained =
        new Training(out::println, System::nanoTime).train(split, arguments.maxEpochs(), random);
    Report report = save(split, trained);
    say(
        "Test RMSE %.2f thousand dollars; guessing the mean price gives %.2f",
        report.testRmse(), report.meanRmse());
    say("Wrote version %d: %s", report.version(), report.path());
    if (arguments.report() != null) {
      Files.writeString(arguments.report(), report.json());
    }
  }

  /** Asks the finished network, then writes it. */
  private Report save(Split split, Trained trained) throws IOException {
    Housing test = split.test();
    float[] blind = new float[test.size()];
    Arrays.fill(blind, (float) split.training().meanPrice());
    try (RunningNetwork network = new RunningNetwork(trained.scaling(), trained.weights())) {
      double rmse = test.rmse(network.predict(test.features()));
      float prediction = network.predict(new float[][] {sample()})[0];
      Published published =
          new VersionFolders(arguments.models().resolve("boston_model"))
              .publish(folder -> Export.write(network, folder));
      return new Report(
          published.version(),
          published.path(),
          Housing.SAMPLE,
          prediction,
          rmse,
          test.rmse(blind),
          trained.epochs(),
          trained.weights());
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
    out.println(String.format(Locale.ROOT, format, values));
  }
}
