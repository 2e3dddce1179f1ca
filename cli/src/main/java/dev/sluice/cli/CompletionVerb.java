package dev.sluice.cli;

import dev.sluice.server.config.CommandLine;
import java.io.PrintStream;
import java.util.stream.Collectors;
import picocli.AutoComplete;
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

  private static final String SERVE = "function _picocli_sluice_serve() {";

  private final PrintStream out;

  @Spec private CommandSpec spec = CommandSpec.create();

  CompletionVerb(PrintStream out) {
    this.out = out;
  }

  @Override
  public void run() {
    String script = AutoComplete.bash("sluice", spec.root().commandLine());
    int serve = script.indexOf(SERVE);
    int end = script.indexOf("\n}\n", serve);
    out.print(script.substring(0, serve));
    out.print(SERVE + serve() + script.substring(end));
  }

  /** The server takes {@code --flag=value} only, so a flag is completed up to its value. */
  private static String serve() {
    String flags =
        CommandLine.flagNames().stream().map(flag -> "--" + flag).collect(Collectors.joining(" "));
    return """

    local word=${COMP_WORDS[COMP_CWORD]}
    local before=${COMP_WORDS[COMP_CWORD-1]}
    if [[ "${word}" == -* ]]; then
      type compopt &>/dev/null && compopt -o nospace
      COMPREPLY=( $(compgen -S = -W "%s" -- "${word}") )
    elif [[ "${word}" == "=" || "${before}" == "=" ]]; then
      local IFS=$'\\n'
      type compopt &>/dev/null && compopt -o filenames
      COMPREPLY=( $(compgen -f -- "${word#=}") )
    else
      type compopt &>/dev/null && compopt -o nospace
      COMPREPLY=( $(compgen -S = -W "%s" -- "") )
    fi\
    """
        .formatted(flags, flags);
  }
}
