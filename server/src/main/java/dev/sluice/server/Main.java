package dev.sluice.server;

import dev.sluice.server.config.CommandLine;
import dev.sluice.server.config.Hosting;
import dev.sluice.server.log.LogEvent;
import dev.sluice.server.log.ServerLog;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import java.io.PrintStream;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The command: reads flags, starts the server, stops it on SIGTERM. */
public final class Main {

  private final PrintStream out;
  private final System.Logger log;

  private Main(PrintStream out, System.Logger log) {
    this.out = out;
    this.log = log;
  }

  /** Ends with 0 after a stop by signal, with 255 where the start fails. */
  public static void main(String[] arguments) throws InterruptedException {
    ServerProcess.installLog();
    int code =
        new Main(System.out, System.getLogger(Main.class.getName()))
            .run(List.of(arguments), System.getenv());
    if (code != 0) {
      System.exit(code);
    }
  }

  private int run(List<String> arguments, Map<String, String> environment)
      throws InterruptedException {
    Hosting hosting;
    try {
      hosting = Hosting.of(environment, arguments);
    } catch (StatusException bad) {
      return failed(bad.status());
    }
    return run(hosting, Hosting.arguments(hosting, arguments));
  }

  private int run(@Nullable Hosting hosting, List<String> arguments) throws InterruptedException {
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
        exit.errors().forEach(line -> log.log(Level.ERROR, line));
        yield exit.code();
      }
      case CommandLine.Outcome.Start start -> serve(start, hosting);
    };
  }

  private int serve(CommandLine.Outcome.Start start, @Nullable Hosting hosting)
      throws InterruptedException {
    ServerProcess process;
    try {
      ServerProcess.configureLog(start.options());
      start.warnings().forEach(line -> log.log(Level.WARNING, line));
      process = ServerProcess.start(start.options(), hosting);
    } catch (StatusException failure) {
      return failed(failure.status());
    } catch (RuntimeException failure) {
      log.log(Level.ERROR, "The start failed in a way that it should not", failure);
      return failed(Status.of(failure));
    }
    process.awaitSignal();
    return 0;
  }

  private int failed(Status why) {
    String line = "Failed to start server. Error: " + why;
    out.println(line);
    out.flush();
    LogEvent.of("start_failed", line)
        .with("code", why.code().name())
        .with("error", why.message())
        .asSaidInText()
        .log(log, Level.ERROR);
    ServerLog.end();
    return CommandLine.FAILURE;
  }
}
