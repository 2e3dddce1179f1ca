package dev.sluice.cli;

import dev.sluice.proto.serving.PredictionLog;
import dev.sluice.status.StatusException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends logged requests to a server and compares the answers. */
@Command(
    name = "replay",
    sortOptions = false,
    customSynopsis = "sluice replay FILE... [OPTION...]",
    description = {
      "Send the requests of a log to a running server, over gRPC, one after the other, and compare"
          + " its answers with those that were logged.",
      "",
      "A log is what a server writes for a model with a logging_config: a TFRecord file of"
          + " PredictionLog, or lines of JSON if its name ends in .jsonl. Floats may differ by 1e-5"
          + " of the larger one, all else must be the same. Records without an answer, as warm-up"
          + " files have them, are sent and not compared.",
      ""
    },
    footer = {
      "",
      "Exit code: 0 if all answers agree; 1 if one does not or was refused, or if the",
      "file or the server can't be read; 2 for a wrong command line.",
      "",
      "For example:",
      "  ./sluice replay logs/half-*.tfrecord --port=8500",
      "  ./sluice replay requests.jsonl --model=half_canary --rate=50"
    })
final class ReplayVerb implements Callable<Integer> {

  private static final int GRPC_PORT = 8500;
  private static final Duration SILENCE = Duration.ofSeconds(2);

  private final Console console;
  private final LongSupplier nanoTime;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "A log, or several.")
  private List<Path> files = List.of();

  @Option(
      names = "--model",
      paramLabel = "M",
      description = "Ask this model, not those that the log names.")
  private String model = "";

  @Option(names = "--host", paramLabel = "H", description = "The server's host (127.0.0.1).")
  private String host = "127.0.0.1";

  @Option(names = "--port", paramLabel = "P", description = "The server's port for gRPC (8500).")
  private int port = GRPC_PORT;

  @Option(names = "--timeout", paramLabel = "S", description = "Seconds for each request (60).")
  private double timeout = 60;

  @Option(
      names = "--rate",
      paramLabel = "R",
      description = "Requests a second at the most (0: as fast as the answers come).")
  private double rate;

  @Option(
      names = "--show",
      paramLabel = "N",
      description = "Print so many of the differences at the most (20).")
  private int show = 20;

  /** When progress was said last. */
  private long said;

  ReplayVerb(Console console) {
    this(console, System::nanoTime);
  }

  /**
   * @param nanoTime when to say how far it is, as {@link System#nanoTime}
   */
  ReplayVerb(Console console, LongSupplier nanoTime) {
    this.console = console;
    this.nanoTime = nanoTime;
  }

  @Override
  public Integer call() {
    check();
    Endpoint endpoint = Endpoint.of(spec.commandLine(), host, port, timeout);
    said = nanoTime.getAsLong();
    try (Replay replay = new Replay(endpoint, model)) {
      try {
        Pace pace = Pace.of(rate);
        files.forEach(file -> send(replay, file, pace));
      } catch (StatusException broken) {
        if (replay.counts().sent() > 0) {
          console.out().println(replay.counts().text());
        }
        throw broken;
      }
      console.out().println(replay.counts().text());
      return replay.counts().isGood() ? 0 : Verbs.FAILURE;
    }
  }

  private void send(Replay replay, Path path, Pace pace) {
    try (RecordFile file = RecordFile.open(path)) {
      for (PredictionLog record = file.next(); record != null; record = file.next()) {
        pace.await();
        replay
            .send(record)
            .filter(_ -> replay.counts().bad() <= show)
            .ifPresent(difference ->
                console.out().println(path + ", record " + file.number() + ": " + difference));
        sayProgress(replay.counts());
      }
    }
  }

  /** For somebody who waits; the answer goes elsewhere. */
  private void sayProgress(Replay.Counts counts) {
    long now = nanoTime.getAsLong();
    if (now - said >= SILENCE.toNanos()) {
      said = now;
      console.err().println("  " + counts.sent() + " sent, " + counts.bad() + " not as logged");
    }
  }

  private void check() {
    for (Path file : files) {
      if (!Files.exists(file) || Files.isDirectory(file)) {
        throw wrong("no file " + file + ", expected a log of requests");
      }
    }
    if (!(rate >= 0 && rate <= 1e6)) {
      throw wrong("--rate is " + rate + ", expected 0 to 1000000");
    }
    if (show < 0) {
      throw wrong("--show is " + show + ", expected 0 or more");
    }
  }

  private CommandLine.ParameterException wrong(String what) {
    return new CommandLine.ParameterException(spec.commandLine(), what);
  }
}
