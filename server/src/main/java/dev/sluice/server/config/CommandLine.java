package dev.sluice.server.config;

import java.util.Arrays;
import java.util.List;

/**
 * Reads the arguments of the server as TensorFlow Serving does: {@code --name=value} and nothing
 * else, the last of several wins, a switch may stand alone, and what is not understood is named
 * once without keeping the server from starting. Has no effects: what is to be printed, and whether
 * to exit, is in the {@link Outcome}. Immutable.
 *
 * @param program the name in the usage text
 * @param cpus processors that defaults are derived from; at least 1
 * @param versions what {@code --version} prints
 */
public record CommandLine(String program, int cpus, Versions versions) {

  /** The exit status of a start that failed, and of {@code --help}. */
  public static final int FAILURE = 255;

  public CommandLine {
    if (cpus < 1) {
      throw new IllegalArgumentException("cpus " + cpus + ", expected at least 1");
    }
  }

  /**
   * What {@code --version} prints.
   *
   * @param server the version of the server
   * @param library the version of TensorFlow
   */
  public record Versions(String server, String library) {}

  /** What the arguments amount to. */
  public sealed interface Outcome {

    /** Text for standard output, whole lines; often empty. */
    String stdout();

    /**
     * Go on with the start.
     *
     * @param options the value of every flag
     * @param warnings lines to log as warnings, one for each flag that was given in vain
     * @param stdout text for standard output
     */
    record Start(ServerOptions options, List<String> warnings, String stdout) implements Outcome {
      public Start {
        warnings = List.copyOf(warnings);
      }
    }

    /**
     * Print and end.
     *
     * @param code the exit status
     * @param errors lines to log as errors
     * @param stdout text for standard output
     */
    record Exit(int code, List<String> errors, String stdout) implements Outcome {
      public Exit {
        errors = List.copyOf(errors);
      }
    }
  }

  /** Reads the arguments, given without the program's name. */
  public Outcome parse(List<String> arguments) {
    Arguments read = Arguments.read(arguments);
    if (read.asksForHelp() || !read.errors().isEmpty()) {
      return new Outcome.Exit(FAILURE, read.errors(), usage());
    }
    ServerOptions options = new ServerOptions(read.values(), cpus);
    if (options.version()) {
      return new Outcome.Exit(0, List.of(), versionLines());
    }
    return new Outcome.Start(options, warnings(read), unknownArgument(read));
  }

  /** The names of all flags without dashes, in the order of the usage text. */
  public static List<String> flagNames() {
    return Arrays.stream(Flag.values()).map(Flag::label).toList();
  }

  private String unknownArgument(Arguments read) {
    return read.unknown().isEmpty()
        ? ""
        : "unknown argument: " + read.unknown().getFirst() + '\n' + usage();
  }

  private static List<String> warnings(Arguments read) {
    return read.values().keySet().stream()
        .filter(flag -> !flag.support().warning().isEmpty())
        .map(flag -> flag.support().warning().replace("%s", flag.label()))
        .toList();
  }

  private String versionLines() {
    return "TensorFlow ModelServer: "
        + versions.server()
        + "\nTensorFlow Library: "
        + versions.library()
        + '\n';
  }

  private String usage() {
    StringBuilder text = new StringBuilder("usage: ").append(program).append("\nFlags:\n");
    for (Flag flag : Flag.values()) {
      text.append(flag.usage(cpus)).append('\n');
    }
    return text.toString();
  }
}
