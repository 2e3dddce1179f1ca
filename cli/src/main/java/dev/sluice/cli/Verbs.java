package dev.sluice.cli;

import dev.sluice.server.Version;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The table of verbs. */
final class Verbs {

  /** What went wrong in a verb that was called rightly. */
  static final int FAILURE = 1;

  private static final String OVERVIEW = "overview";

  private Verbs() {}

  /** The overview of all verbs; the launcher prints the same file where nothing is built yet. */
  static String helpText() {
    try (InputStream text = Verbs.class.getResourceAsStream("help.txt")) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The command line with every verb. */
  static CommandLine of(Console console) {
    return of(console, new BenchVerb());
  }

  /** The same with a bench that runs. */
  static CommandLine of(Console console, BenchVerb bench) {
    CommandLine root = new CommandLine(root(console.out()));
    root.addSubcommand(new DemoVerb(console));
    root.addSubcommand("serve", serve());
    root.addSubcommand(new PredictVerb(console));
    root.addSubcommand(new InspectVerb(console));
    root.addSubcommand(new ConfigVerb(console));
    root.addSubcommand(new ReplayVerb(console));
    root.addSubcommand(bench);
    root.addSubcommand("build", build());
    root.addSubcommand(new CompletionVerb(console.out()));
    for (CommandLine verb : root.getSubcommands().values()) {
      verb.getCommandSpec().addOption(help());
    }
    root.addSubcommand(new HelpCommand());
    root.setOut(Console.writer(console.out()));
    root.setErr(Console.writer(console.err()));
    root.setUsageHelpWidth(80);
    root.setParameterExceptionHandler((mistake, _) -> wrong(mistake, console.err()));
    root.setExecutionExceptionHandler((failure, verb, _) -> failed(failure, verb, console.err()));
    return root;
  }

  /** The command itself; without a verb it prints the overview. */
  private static CommandSpec root(PrintStream out) {
    Runnable overview = () -> out.print(helpText());
    CommandSpec spec = CommandSpec.wrapWithoutInspection(overview).name("sluice");
    spec.addOption(OptionSpec.builder("--version", "-V").versionHelp(true).build());
    spec.addOption(OptionSpec.builder("--help", "-h").build());
    spec.version("Sluice " + Version.SLUICE + ", TensorFlow " + Version.TENSORFLOW);
    spec.usageMessage().sectionMap().put(OVERVIEW, _ -> helpText());
    spec.usageMessage().sectionKeys(List.of(OVERVIEW));
    return spec;
  }

  private static OptionSpec help() {
    return OptionSpec.builder("--help", "-h")
        .usageHelp(true)
        .description("Print this text.")
        .build();
  }

  /** Said by the launcher, done by the server: only for help and completion. */
  private static CommandSpec serve() {
    CommandSpec spec = CommandSpec.create().name("serve");
    spec.usageMessage()
        .customSynopsis("sluice serve [--FLAG=VALUE...]")
        .description(
            "Serve models over gRPC and REST. `sluice serve --help` explains the flags.",
            "",
            "Exit code: 0 after a stop by signal, 255 if the start failed.")
        .footer(
            "",
            "For example:",
            "  ./sluice serve --model_name=half --model_base_path=/models/half \\",
            "    --rest_api_port=8501");
    return spec;
  }

  /** Said and done by the launcher: only for help and completion. */
  private static CommandSpec build() {
    CommandSpec spec = CommandSpec.create().name("build");
    spec.usageMessage()
        .customSynopsis("sluice build")
        .description(
            "Build what the other verbs need, without starting anything. They do so themselves where"
                + " a source has changed.",
            "",
            "Exit code: 0 if it is built, 1 if not; target/build.log says why.")
        .footer("", "For example:", "  ./sluice build");
    return spec;
  }

  private static int wrong(CommandLine.ParameterException mistake, PrintStream err) {
    CommandLine verb = mistake.getCommandLine();
    err.println(name(verb) + ": " + reason(mistake));
    if (!UnmatchedArgumentException.printSuggestions(mistake, Console.writer(err))) {
      err.println("`" + helpFor(verb) + "` says what it takes.");
    }
    return CommandLine.ExitCode.USAGE;
  }

  private static String reason(CommandLine.ParameterException mistake) {
    if (mistake instanceof UnmatchedArgumentException unmatched
        && unmatched.getCommandLine().getParent() == null
        && !unmatched.isUnknownOption()) {
      return "unknown verb: " + unmatched.getUnmatched().getFirst();
    }
    return oneLine(String.valueOf(mistake.getMessage()).replaceFirst("^Error: ", ""));
  }

  private static String helpFor(CommandLine verb) {
    return verb.getParent() == null ? "sluice help" : "sluice help " + verb.getCommandName();
  }

  private static int failed(Exception failure, CommandLine verb, PrintStream err) throws Exception {
    if (!(failure instanceof StatusException known)) {
      throw failure; // a fault of ours: with its stack trace
    }
    err.println(name(verb) + ": " + oneLine(known.getMessage()));
    return FAILURE;
  }

  private static String name(CommandLine verb) {
    return verb.getParent() == null ? "sluice" : "sluice " + verb.getCommandName();
  }

  private static String oneLine(String text) {
    return String.join(" ", List.of(text.strip().split("\\s*\\R\\s*")));
  }
}
