package dev.sluice.examples.boston;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the user asked for.
 *
 * @param models the folder in which {@code boston_model} is, or will be
 * @param libraries where TensorFlow's libraries are unpacked
 * @param data null for the data that comes with the trainer
 * @param report where to write the report, null for nowhere
 */
record Arguments(
    Path models,
    Path libraries,
    @Nullable Path data,
    @Nullable Path report,
    long seed,
    int maxEpochs) {

  /** A bad argument; the message names it. */
  static final class UsageException extends RuntimeException {

    private static final long serialVersionUID = 1;

    UsageException(String message) {
      super(message);
    }
  }

  static final String USAGE =
      """
      usage: Trainer --models=DIR --tensorflow_library_dir=DIR [option...]

        --models=DIR                  writes DIR/boston_model/<next version>
        --tensorflow_library_dir=DIR  the folder into which Sluice has unpacked TensorFlow
        --data=FILE                   train on this CSV file (default: the data that comes with it)
        --seed=N                      another split, other first weights (default: 1)
        --max_epochs=N                stop after N epochs at the latest (default: 400)
        --report=FILE                 write the outcome and the weights as JSON
      """;

  private static final Set<String> NAMES =
      Set.of("models", "tensorflow_library_dir", "data", "seed", "max_epochs", "report");

  /**
   * @throws UsageException if an argument is unknown, missing or has no good value
   */
  static Arguments parse(String... arguments) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      if (!argument.startsWith("--") || equals < 0) {
        throw new UsageException("'%s' is not of the form --name=value".formatted(argument));
      }
      String name = argument.substring(2, equals);
      if (!NAMES.contains(name)) {
        throw new UsageException("there is no --%s".formatted(name));
      }
      values.put(name, argument.substring(equals + 1));
    }
    return new Arguments(
        required(values, "models"),
        required(values, "tensorflow_library_dir"),
        path(values, "data"),
        path(values, "report"),
        number(values, "seed", 1, Long.MIN_VALUE, Long.MAX_VALUE),
        (int) number(values, "max_epochs", 400, 1, Integer.MAX_VALUE));
  }

  private static Path required(Map<String, String> values, String name) {
    Path path = path(values, name);
    if (path == null) {
      throw new UsageException("--%s is missing".formatted(name));
    }
    return path;
  }

  private static @Nullable Path path(Map<String, String> values, String name) {
    String value = values.get(name);
    if (value == null) {
      return null;
    }
    if (value.isEmpty()) {
      throw new UsageException("--%s= needs a path".formatted(name));
    }
    try {
      return Path.of(value);
    } catch (InvalidPathException noPath) {
      throw new UsageException("--%s: %s".formatted(name, noPath.getMessage()));
    }
  }

  private static long number(
      Map<String, String> values, String name, long standard, long min, long max) {
    String value = values.get(name);
    if (value == null) {
      return standard;
    }
    String expected =
        "--%s=%s is not a whole number from %d to %d".formatted(name, value, min, max);
    long number;
    try {
      number = Long.parseLong(value);
    } catch (NumberFormatException notANumber) {
      throw new UsageException(expected);
    }
    if (number < min || number > max) {
      throw new UsageException(expected);
    }
    return number;
  }
}
