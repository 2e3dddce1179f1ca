package dev.sluice.cli;

import dev.sluice.server.config.ConfigFlaw;
import dev.sluice.server.config.ModelChanges;
import dev.sluice.server.config.ModelConfigFile;
import dev.sluice.server.config.ModelConfigText;
import dev.sluice.server.config.ModelEntry;
import dev.sluice.status.StatusCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checks a model config file before a server reads it, and says what it would change. */
@Command(
    name = "config",
    sortOptions = false,
    customSynopsis = "sluice config check FILE [OPTION...]",
    description = {
      "Check a model config file as the server does before it takes it. All that is wrong is"
          + " printed, each by file, line, column and field.",
      ""
    },
    footer = {
      "",
      "Exit code: 0 if the file is good, 1 if it is not or can't be compared, 2 for a wrong"
          + " command line.",
      "",
      "For example:",
      "  ./sluice config check models.config",
      "  ./sluice config check models.config --against=old.config",
      "  ./sluice config check models.config --against=localhost:8501"
    })
final class ConfigVerb implements Callable<Integer> {

  private static final String CHECK = "check";

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = CHECK, description = "What to do; there is only this.")
  private String action = "";

  @Parameters(index = "1", paramLabel = "FILE", description = "The model config file.")
  private String file = "";

  @Option(
      names = "--against",
      paramLabel = "X",
      description =
          "Say what a reload would change: from another file, or on the server whose REST API is"
              + " at this host:port.")
  private String against = "";

  ConfigVerb(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (!action.equals(CHECK)) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "unknown action: " + action + ", expected " + CHECK);
    }
    ModelConfigText text = ModelConfigText.read(file);
    if (!isGood(text)) {
      return Verbs.FAILURE;
    }
    List<ModelEntry> models = ModelConfigFile.entriesOf(text.config());
    warnOfFolders(text, models);
    if (against.isEmpty()) {
      console.out().println(file + ": good, " + count(models));
      return 0;
    }
    return Files.exists(Path.of(against)) ? compareWithFile(models) : compareWithServer(models);
  }

  private static String count(List<ModelEntry> models) {
    return models.size() == 1 ? "1 model" : models.size() + " models";
  }

  private boolean isGood(ModelConfigText text) {
    text.syntaxErrorInFile().ifPresent(console.err()::println);
    List<ConfigFlaw> flaws = text.flaws(Set.of());
    flaws.forEach(flaw -> console.err().println(text.line(flaw)));
    if (text.syntaxErrorInFile().isPresent() || !flaws.isEmpty()) {
      return false;
    }
    if (!text.config().hasModelConfigList()) {
      console.err().println(text.path() + ": expected a model_config_list, there is none");
      return false;
    }
    return true;
  }

  /** A server waits for what is not there yet, so this is no flaw. */
  private void warnOfFolders(ModelConfigText text, List<ModelEntry> models) {
    for (int i = 0; i < models.size(); i++) {
      if (!Files.isDirectory(models.get(i).directory())) {
        ConfigFlaw missing =
            new ConfigFlaw(
                ConfigFlaw.Kind.FILE_SYSTEM,
                i,
                "base_path",
                StatusCode.NOT_FOUND,
                "warning: there is no folder " + models.get(i).directory() + " here");
        console.err().println(text.line(missing));
      }
    }
  }

  private int compareWithFile(List<ModelEntry> models) {
    ModelConfigText other = ModelConfigText.read(against);
    if (!isGood(other)) {
      return Verbs.FAILURE;
    }
    ModelChanges changes = ModelChanges.between(ModelConfigFile.entriesOf(other.config()), models);
    changes.added().forEach(this::printAdded);
    changes.removed().forEach(model -> console.out().println("- " + model.name()));
    changes
        .changed()
        .forEach(change ->
            console
                .out()
                .println(
                    "~ " + change.after().name() + ": " + String.join("; ", change.differences())));
    if (changes.isEmpty()) {
      console.out().println("no change");
    }
    return 0;
  }

  private void printAdded(ModelEntry model) {
    StringBuilder line = new StringBuilder("+ ").append(model.name()).append(": ");
    line.append(model.basePath()).append(", versions ").append(ModelChanges.policy(model));
    model.versionLabels().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(label ->
            line.append(", label ").append(label.getKey()).append(" at ").append(label.getValue()));
    console.out().println(line);
  }

  private int compareWithServer(List<ModelEntry> models) {
    ServedNames served = ServedNames.of(new RestClient(endpoint()));
    boolean changed = false;
    for (ModelEntry model : models) {
      if (!served.names().contains(model.name())) {
        printAdded(model);
        changed = true;
      }
    }
    Set<String> wanted = models.stream().map(ModelEntry::name).collect(Collectors.toSet());
    for (String name : served.names()) {
      if (!wanted.contains(name)) {
        console.out().println("- " + name);
        changed = true;
      }
    }
    if (!changed) {
      console.out().println("no model would come or go");
    }
    console
        .err()
        .println(
            "A server does not tell base paths, policies and labels: compare with its file to see"
                + " those.");
    return 0;
  }

  private Endpoint endpoint() {
    int colon = against.lastIndexOf(':');
    try {
      int port = Integer.parseInt(against.substring(colon + 1));
      if (colon > 0 && port > 0 && port < 65536) {
        String host = against.substring(0, colon).replaceAll("^\\[|\\]$", "");
        return new Endpoint(host, port, Duration.ofSeconds(10));
      }
    } catch (NumberFormatException _) {
      // said below
    }
    throw new CommandLine.ParameterException(
        spec.commandLine(),
        "--against is " + against + ", expected a file that exists, or host:port");
  }
}
