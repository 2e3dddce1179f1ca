package dev.sluice.cli;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What the bench is asked to do. The launcher starts the bench itself, which calls {@link #run};
 * among the verbs this serves help and completion.
 */
@Command(
    name = BenchVerb.NAME,
    sortOptions = false,
    customSynopsis = "sluice bench [OPTION...]",
    description = {
      "Measure Sluice against echo servers, against itself and against bare programs. Prints the"
          + " table and writes it as Markdown and JSON, with a picture.",
      "",
      "It starts and ends its servers itself, on free ports of 127.0.0.1. All rows with 7 rounds"
          + " take about 25 minutes; nothing else should run on the machine meanwhile.",
      ""
    },
    footer = {
      "",
      "A row is \"met\" when the worse end of its 95 %% interval reaches what it is to reach. Fewer"
          + " than 6 rounds give no such interval, and nothing is judged.",
      "",
      "Exit code: 0 whatever the figures are, 1 if a row broke off, 2 for a wrong command line.",
      "",
      "For example:",
      "  ./sluice bench --only=rest --rounds=9"
    })
public final class BenchVerb implements Callable<Integer> {

  static final String NAME = "bench";

  /** Every row by name, in the order of the table. */
  public static final List<String> ROWS =
      List.of(
          "rest",
          "grpc",
          "unmerged",
          "merging",
          "metrics",
          "in-process",
          "models",
          "image",
          "overload",
          "neighbour",
          "swap",
          "look-up",
          "start",
          "first-request",
          "memory",
          "curve");

  private static final int MOST_ROUNDS = 100;
  private static final double LONGEST_SECONDS = 60;

  private final @Nullable Bench bench;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "How often each side is measured (7).")
  private int rounds = 7;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "How long each time, fractions too (2).")
  private double seconds = 2;

  @Option(
      names = "--only",
      paramLabel = "ROW",
      split = ",",
      completionCandidates = Rows.class,
      description = "Measure these rows only; of ${COMPLETION-CANDIDATES}.")
  private List<String> only = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for what is written (target/bench, beside the launcher).")
  private @Nullable Path out;

  @Option(
      names = "--quick",
      description = "One short round, to see that everything works; the figures mean nothing.")
  private boolean quick;

  /** The rows, for the shell. */
  static final class Rows implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return ROWS.iterator();
    }
  }

  /** Does what was asked for. */
  @FunctionalInterface
  public interface Bench {
    /** Returns the exit code. */
    int run(Options options) throws Exception;
  }

  /**
   * What was asked for.
   *
   * @param home the checkout
   * @param rounds 1 to 100
   * @param seconds for each side in each round, above 0 to 60
   * @param rows some of {@link #ROWS}, in their order; never empty
   * @param out the folder for what is written, absolute
   * @param quick whether the figures don't matter
   * @param command what was typed
   */
  public record Options(
      Path home,
      int rounds,
      double seconds,
      List<String> rows,
      Path out,
      boolean quick,
      String command) {

    public Options {
      rows = List.copyOf(rows);
    }
  }

  BenchVerb() {
    this(null);
  }

  private BenchVerb(@Nullable Bench bench) {
    this.bench = bench;
  }

  /**
   * Reads the command line and runs the bench.
   *
   * @param arguments those behind {@code bench}
   * @return the exit code
   */
  public static int run(Bench bench, String... arguments) {
    return run(Console.ofProcess(), bench, arguments);
  }

  static int run(Console console, Bench bench, String... arguments) {
    String[] line = new String[arguments.length + 1];
    line[0] = NAME;
    System.arraycopy(arguments, 0, line, 1, arguments.length);
    return Verbs.of(console, new BenchVerb(bench)).execute(line);
  }

  @Override
  public Integer call() throws Exception {
    if (bench == null) {
      throw new IllegalStateException("the bench is started by the launcher");
    }
    return bench.run(options());
  }

  private Options options() {
    if (rounds < 1 || rounds > MOST_ROUNDS) {
      throw wrong("--rounds is " + rounds + ", expected 1 to " + MOST_ROUNDS);
    }
    if (!(seconds > 0 && seconds <= LONGEST_SECONDS)) {
      throw wrong("--seconds is " + seconds + ", expected above 0, at most 60");
    }
    for (String row : only) {
      if (!ROWS.contains(row)) {
        throw wrong("--only names a row " + row + ", expected some of " + String.join(", ", ROWS));
      }
    }
    Path home = Path.of(System.getProperty("sluice.home", "")).toAbsolutePath();
    Path folder = out == null ? home.resolve("target/bench") : out.toAbsolutePath().normalize();
    return new Options(
        home,
        quick ? 1 : rounds,
        quick ? Math.min(seconds, 0.2) : seconds,
        only.isEmpty() ? ROWS : ROWS.stream().filter(only::contains).toList(),
        folder,
        quick,
        "./sluice " + String.join(" ", spec.commandLine().getParseResult().originalArgs()));
  }

  private CommandLine.ParameterException wrong(String what) {
    return new CommandLine.ParameterException(spec.commandLine(), what);
  }
}
