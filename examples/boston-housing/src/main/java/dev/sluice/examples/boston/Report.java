package dev.sluice.examples.boston;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What came out, for programs: whoever serves the model can compare its answer with the trainer's.
 *
 * @param sample the row that was asked about
 * @param prediction what the trained network answered in memory
 * @param testRmse of the network, in thousands of dollars
 * @param meanRmse of guessing the mean training price for every area
 */
record Report(
    long version,
    Path path,
    List<Float> sample,
    float prediction,
    double testRmse,
    double meanRmse,
    int epochs,
    List<Weights> weights) {

  void write(Path file) {
    try {
      Files.writeString(file, json());
    } catch (IOException failure) {
      throw TrainerException.of(
          "version %d is at %s, but cannot write the report %s".formatted(version, path, file),
          failure);
    }
  }

  /** JSON; a float is printed in as many digits as bring the same float back. */
  String json() {
    String variables = weights.stream().map(Report::json).collect(Collectors.joining(",\n"));
    return String.format(
        Locale.ROOT,
        """
        {
          "version": %d,
          "path": %s,
          "sample": %s,
          "prediction": %s,
          "test_rmse": %s,
          "mean_rmse": %s,
          "epochs": %d,
          "weights": {
        %s
          }
        }
        """,
        version,
        quoted(path.toString()),
        sample,
        prediction,
        testRmse,
        meanRmse,
        epochs,
        variables);
  }

  private static String json(Weights weights) {
    String values =
        IntStream.range(0, weights.values().length)
            .mapToObj(i -> Float.toString(weights.values()[i]))
            .collect(Collectors.joining(", "));
    return "    %s: {\"shape\": %s, \"values\": [%s]}"
        .formatted(quoted(weights.name()), weights.shape(), values);
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }
}
