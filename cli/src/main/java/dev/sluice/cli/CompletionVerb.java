package dev.sluice.cli;

import java.io.PrintStream;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the script that lets a shell complete verbs and options. */
@Command(
    name = "completion",
    description = {
      "Print a script for bash and zsh that completes verbs and options.",
      "",
      "Exit code: 0."
    },
    footer = {
      "",
      "For example, for this shell only:",
      "  source <(./sluice completion)",
      "For every shell to come:",
      "  ./sluice completion > ~/.local/share/bash-completion/completions/sluice"
    })
final class CompletionVerb implements Runnable {

  private final PrintStream out;

  @Spec private CommandSpec spec = CommandSpec.create();

  CompletionVerb(PrintStream out) {
    this.out = out;
  }

  @Override
  public void run() {
    CommandLine root = spec.root().commandLine();
    out.print(AutoComplete.bash("sluice", root));
  }
}
