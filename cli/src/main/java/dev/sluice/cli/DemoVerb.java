package dev.sluice.cli;

import dev.sluice.server.ServerProcess;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The tutorial's story in one command. */
@Command(
    name = DemoVerb.NAME,
    sortOptions = false,
    customSynopsis = "sluice demo [OPTION...]",
    description = {
      "Train the tutorial's network on the Boston housing data, serve it on 127.0.0.1, ask it for"
          + " the price of a house and go on serving.",
      "",
      "Where a demo is running already, this one trains the next version, and the running server"
          + " takes it over.",
      ""
    },
    footer = {
      "",
      "Exit code: 0, 1 if something went wrong, 2 for a wrong command line.",
      "",
      "For example:",
      "  ./sluice demo --once"
    })
final class DemoVerb implements Callable<Integer> {

  static final String NAME = "demo";

  private static final String EXAMPLE = "examples/boston-housing/target/";

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--once", description = "End after the answer.")
  private boolean once;

  @Option(
      names = "--models",
      paramLabel = "DIR",
      description = "Folder for the models (models, beside the launcher).")
  private @Nullable Path models;

  @Option(names = "--port", paramLabel = "P", description = "The gRPC port (8500).")
  private int port = 8500;

  @Option(names = "--rest_api_port", paramLabel = "P", description = "The REST port (8501).")
  private int restPort = 8501;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the training (1 to 10 in turn, by the version).")
  private @Nullable Long seed;

  DemoVerb(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    ServerProcess.installLog();
    requirePort("--port", port);
    requirePort("--rest_api_port", restPort);
    if (port == restPort) {
      throw wrong("--port and --rest_api_port are both " + port + ", expected two ports");
    }
    Path home = Path.of(System.getProperty("sluice.home", "")).toAbsolutePath();
    Path folder = models == null ? home.resolve("models") : models.toAbsolutePath().normalize();
    Demo.Options options =
        new Demo.Options(folder, port, restPort, seed == null ? "" : seed.toString(), once);
    try (Progress progress = Progress.on(console.out())) {
      new Demo(options, trainer(home), progress).run();
    }
    return 0;
  }

  private static Trainer trainer(Path home) {
    return new Trainer(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            home.resolve(EXAMPLE + "sluice-example-boston-housing.jar")
                + File.pathSeparator
                + home.resolve(EXAMPLE + "lib")
                + "/*",
            "dev.sluice.examples.boston.Trainer"));
  }

  private void requirePort(String option, int value) {
    if (value < 1 || value > 65535) {
      throw wrong(option + " is " + value + ", expected 1 to 65535");
    }
  }

  private CommandLine.ParameterException wrong(String what) {
    return new CommandLine.ParameterException(spec.commandLine(), what);
  }
}
