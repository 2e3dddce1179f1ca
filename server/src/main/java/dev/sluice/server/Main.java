package dev.sluice.server;

import dev.sluice.core.ServableId;
import dev.sluice.server.config.CommandLine;
import dev.sluice.server.config.ServerOptions;
import dev.sluice.server.config.StartConfig;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import dev.sluice.tensorflow.TensorFlow;
import dev.sluice.tensorflow.TensorFlowLibraries;
import java.io.PrintStream;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/** The command: reads flags, starts the server, stops it on SIGTERM. */
public final class Main {

  static {
    // Before the first logger is made, which is when the JDK reads it.
    System.setProperty("java.util.logging.manager", LogLines.Manager.class.getName());
  }

  private static final System.Logger LOG = System.getLogger(Main.class.getName());

  /** What closing may take once the running requests had their time. */
  private static final Duration AFTER_DRAIN = Duration.ofSeconds(5);

  private final PrintStream out;

  private Main(PrintStream out) {
    this.out = out;
  }

  /** Ends with 0 after a stop by signal, with 255 where the start fails. */
  public static void main(String[] arguments) throws InterruptedException {
    LogLines.install();
    int code = new Main(System.out).run(List.of(arguments));
    if (code != 0) {
      System.exit(code);
    }
  }

  private int run(List<String> arguments) throws InterruptedException {
    CommandLine commandLine =
        new CommandLine(
            "sluice serve",
            Runtime.getRuntime().availableProcessors(),
            new CommandLine.Versions(Version.SLUICE, Version.TENSORFLOW));
    CommandLine.Outcome outcome = commandLine.parse(arguments);
    out.print(outcome.stdout());
    out.flush();
    return switch (outcome) {
      case CommandLine.Outcome.Exit exit -> {
        exit.errors().forEach(line -> LOG.log(Level.ERROR, line));
        yield exit.code();
      }
      case CommandLine.Outcome.Start start -> {
        start.warnings().forEach(line -> LOG.log(Level.WARNING, line));
        yield serve(start.options());
      }
    };
  }

  private int serve(ServerOptions options) throws InterruptedException {
    ModelServer server;
    try {
      StartConfig config = StartConfig.resolve(options, LOG);
      LOG.log(Level.INFO, "Sluice {0}, TensorFlow {1}", Version.SLUICE, loadTensorFlow(options));
      server = ModelServer.start(config, Listeners.of(options));
    } catch (StatusException failure) {
      return failed(failure.status());
    } catch (RuntimeException failure) {
      LOG.log(Level.ERROR, "The start failed in a way that it should not", failure);
      return failed(Status.of(failure));
    }
    Duration grace = options.drainTimeout().plus(AFTER_DRAIN);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, grace), "sluice-stop"));
    LOG.log(Level.INFO, "Ready. Serving {0}", served(server));
    Thread.currentThread().join(); // until a signal ends the process
    return 0;
  }

  private int failed(Status why) {
    out.println("Failed to start server. Error: " + why);
    out.flush();
    return CommandLine.FAILURE;
  }

  private static String loadTensorFlow(ServerOptions options) {
    Path directory =
        options.tensorflowLibraryDir().isEmpty()
            ? new TensorFlowLibraries(
                    TensorFlowLibraries.cacheDirectory(System.getenv()),
                    line -> LOG.log(Level.INFO, line))
                .directory()
            : Path.of(options.tensorflowLibraryDir());
    return TensorFlow.load(directory, ModelServer.sessionOptions(options));
  }

  private static String served(ModelServer server) {
    return server.available().stream()
        .sorted()
        .map((ServableId id) -> id.name() + " version " + id.version())
        .collect(Collectors.joining(", "));
  }

  /**
   * Runs in the JVM's shutdown. A JVM that a signal ends would exit with 143 whatever happens here;
   * a clean stop is 0, so it is halted once all is done. A run that never returns inside TensorFlow
   * cannot be ended and would keep its model for ever: then the process ends without it, with 1.
   */
  private static void stop(ModelServer server, Duration grace) {
    LOG.log(Level.INFO, "Stopping: running requests may end");
    AtomicBoolean closed = new AtomicBoolean();
    Thread closing =
        Thread.ofPlatform()
            .daemon()
            .name("sluice-close")
            .start(() -> {
              server.close();
              closed.set(true);
            });
    try {
      closing.join(grace);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
    }
    boolean clean = closed.get();
    if (clean) {
      LOG.log(Level.INFO, "Stopped");
    } else {
      LOG.log(Level.WARNING, "Stopped, but not everything could be closed in time");
    }
    Runtime.getRuntime().halt(clean ? 0 : 1);
  }
}
