package dev.sluice.bench;

import dev.sluice.server.ServerProcess;
import dev.sluice.server.config.CommandLine;
import dev.sluice.server.config.CommandLine.Outcome;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Two servers in one process, for a difference smaller than that of two processes. With the same
 * flags, two processes differ by up to 5 % in CPU per request, for as long as they live: each has
 * compiled its code and laid out its memory in its own way. These two share both.
 *
 * <p>Only one of them may be under load at a time, since CPU time is that of the process.
 */
final class TwoServers {

  /** What it prints when both answer. */
  static final String READY = "Both serve.";

  /** Between the flags of the first and those of the second. */
  static final String AND = "--";

  private TwoServers() {}

  /** Takes the flags of both; ends by a signal. */
  public static void main(String[] arguments) throws InterruptedException {
    ServerProcess.installLog();
    List<String> flags = Arrays.asList(arguments);
    int and = flags.indexOf(AND);
    List<ServerProcess> both = new ArrayList<>();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> both.forEach(ServerProcess::close)));
    both.add(start(flags.subList(0, and)));
    both.add(start(flags.subList(and + 1, flags.size())));
    System.out.println(READY);
    Thread.currentThread().join();
  }

  private static ServerProcess start(List<String> flags) throws InterruptedException {
    CommandLine commandLine =
        new CommandLine(
            "two servers",
            Runtime.getRuntime().availableProcessors(),
            new CommandLine.Versions("bench", "bench"));
    return switch (commandLine.parse(flags)) {
      case Outcome.Start start -> ServerProcess.start(start.options());
      case Outcome.Exit exit ->
          throw StatusException.invalidArgument("expected flags to start with: %s", exit.errors());
    };
  }
}
