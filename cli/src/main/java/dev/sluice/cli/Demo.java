package dev.sluice.cli;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.server.ServerProcess;
import dev.sluice.server.Version;
import dev.sluice.server.config.CommandLine;
import dev.sluice.server.config.ServerOptions;
import dev.sluice.status.StatusException;
import dev.sluice.tensorflow.TensorFlowLibraries;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The tutorial's story: train, serve, ask. Where a server of the model is running already, the
 * trained version is handed over to it by its folder alone.
 *
 * <p>The server runs in this process, so whatever ends it ends the server: nothing can be left
 * behind. The trainer is a process of its own, which ends with this one.
 */
final class Demo {

  private static final ModelTarget MODEL = ModelTarget.newest("boston_model");
  private static final String HOST = "127.0.0.1";
  private static final Duration REQUEST = Duration.ofSeconds(10);
  private static final Duration TAKE_OVER = Duration.ofSeconds(30);

  /** With seeds from 1 up to this one the network does well on the areas kept for the test. */
  private static final int GOOD_SEEDS = 10;

  /** How far an answer may be from the trainer's: single precision, and some sums in between. */
  private static final double TOLERANCE = 1e-4;

  /**
   * What the user chose.
   *
   * @param models the folder below which the model's versions are written
   * @param seed empty for the next one in turn
   * @param once whether to end after the answer
   */
  record Options(Path models, int port, int restPort, String seed, boolean once) {

    Path basePath() {
      return models.resolve(MODEL.name());
    }
  }

  private final Options options;
  private final Trainer trainer;
  private final Progress progress;

  Demo(Options options, Trainer trainer, Progress progress) {
    this.options = options;
    this.trainer = trainer;
    this.progress = progress;
  }

  /**
   * Tells the story. Returns when it is over; without {@code once} and with a server of its own,
   * never.
   *
   * @throws StatusException what went wrong
   */
  void run() throws InterruptedException {
    requireUsableServer();
    requireWritable();
    Path libraries = libraries();
    TrainerReport report = train(libraries);
    // Asked again: another demo may have begun to serve while this one trained.
    RunningServer running = runningServer();
    if (running == null) {
      serve(report, libraries);
    } else {
      try (running) {
        handOver(running, report);
      }
    }
  }

  private @Nullable RunningServer runningServer() {
    return RunningServer.at(new Endpoint(HOST, options.restPort(), REQUEST), MODEL);
  }

  /** What can be known to be in vain is refused before the training, not after it. */
  private void requireUsableServer() {
    try (RunningServer running = runningServer()) {
      if (running == null) {
        requireFree("--port", options.port());
        requireFree("--rest_api_port", options.restPort());
      } else {
        running.requireWatching(options.basePath());
        progress.say(
            "A server on port "
                + options.restPort()
                + " serves "
                + MODEL.name()
                + " already: training the next version for it.");
      }
    }
  }

  private static void requireFree(String flag, int port) {
    try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
    } catch (IOException taken) {
      throw StatusException.failedPrecondition(
          "expected port %d free, but it is taken (%s); choose another with %s",
          port, taken.getMessage(), flag);
    }
  }

  private void requireWritable() {
    Path folder = options.basePath();
    String reason = "Permission denied";
    try {
      if (Files.isWritable(Files.createDirectories(folder))) {
        return;
      }
    } catch (IOException failure) {
      reason = failure.toString();
    }
    throw StatusException.failedPrecondition(
        "expected to write versions into %s, but cannot (%s); choose another folder with --models",
        folder, reason);
  }

  private Path libraries() {
    progress.doing("Looking for TensorFlow");
    return new TensorFlowLibraries(
            TensorFlowLibraries.cacheDirectory(System.getenv()), progress::say)
        .directory();
  }

  private TrainerReport train(Path libraries) throws InterruptedException {
    progress.say("Training " + MODEL.name() + " into " + options.basePath());
    progress.doing("Training");
    Trainer.Task task = new Trainer.Task(options.models(), libraries, List.of("--seed=" + seed()));
    return trainer.train(task, progress::say);
  }

  /**
   * Another one for each version, so that one can be told from the next by what it answers. In
   * turn, since with some seeds the few areas to validate by are too unlike those to test by.
   */
  private String seed() {
    long newest =
        ModelFolder.numbers(options.basePath()).stream()
            .mapToLong(number -> number)
            .max()
            .orElse(0);
    return options.seed().isEmpty() ? String.valueOf(newest % GOOD_SEEDS + 1) : options.seed();
  }

  private void handOver(RunningServer running, TrainerReport report) throws InterruptedException {
    progress.doing("Waiting for the running server to take version " + report.version());
    long serving = running.awaitAvailable(report.version(), options.basePath(), TAKE_OVER);
    if (serving != report.version()) {
      sayOvertaken(serving, report);
      return;
    }
    double served = number(running.predict(serving, body(report)));
    requireEqual("the running server's REST API", served, report);
    progress.say(
        format(
            "The running server took version %d over: for the sample house it now answers %.4f"
                + " thousand dollars, as the trainer computed.",
            report.version(), served));
    sayTry(report);
  }

  private void serve(TrainerReport report, Path libraries) throws InterruptedException {
    progress.doing("Loading TensorFlow and the model");
    try (ServerProcess process = ServerProcess.start(serverOptions(libraries))) {
      if (process.server().restPort() == 0) {
        throw StatusException.failedPrecondition(
            "port %d was taken while the model was trained; choose another with --rest_api_port",
            options.restPort());
      }
      askNewest(report);
      progress.doing("");
      if (!options.once()) {
        progress.say("Ctrl-C ends the server. `./sluice demo` beside it trains the next version.");
        process.awaitSignal();
      }
    }
  }

  /** An older version may serve for a second first, while the new one could still be changing. */
  private void askNewest(TrainerReport report) throws InterruptedException {
    progress.doing("Asking");
    long serving;
    try (RunningServer own = Objects.requireNonNull(runningServer(), "the server that listens")) {
      serving = own.awaitAvailable(report.version(), options.basePath(), TAKE_OVER);
    }
    if (serving == report.version()) {
      ask(report);
    } else {
      sayOvertaken(serving, report);
    }
  }

  /** Several demos may train at once, and the newest version serves. */
  private void sayOvertaken(long serving, TrainerReport report) {
    progress.say(
        format(
            "Version %d, which was added meanwhile, is served in the place of version %d.",
            serving, report.version()));
    sayTry(report);
  }

  private ServerOptions serverOptions(Path libraries) {
    CommandLine.Outcome outcome =
        new CommandLine(
                "sluice demo",
                Runtime.getRuntime().availableProcessors(),
                new CommandLine.Versions(Version.SLUICE, Version.TENSORFLOW))
            .parse(
                List.of(
                    "--model_name=" + MODEL.name(),
                    "--model_base_path=" + options.basePath(),
                    "--port=" + options.port(),
                    "--rest_api_port=" + options.restPort(),
                    "--bind_address=" + HOST,
                    "--tensorflow_library_dir=" + libraries));
    if (outcome instanceof CommandLine.Outcome.Start start) {
      return start.options();
    }
    throw StatusException.internal("the server does not take its own flags: %s", outcome);
  }

  private void ask(TrainerReport report) {
    double rest;
    double grpc;
    try (PredictClient client = new RestClient(endpoint(options.restPort()))) {
      rest = number(client.predict(MODEL, body(report)));
    }
    try (PredictClient client = new GrpcClient(endpoint(options.port()))) {
      grpc = number(client.predict(MODEL, body(report)));
    }
    requireEqual("REST", rest, report);
    requireEqual("gRPC", grpc, report);
    progress.say(
        format(
            "The sample house is worth %.4f thousand dollars over REST and %.4f over gRPC; the"
                + " trainer computed %.4f.",
            rest, grpc, report.prediction()));
    sayTry(report);
  }

  private static Endpoint endpoint(int port) {
    return new Endpoint(HOST, port, REQUEST);
  }

  private void sayTry(TrainerReport report) {
    progress.say("Ask it yourself:");
    progress.say(
        format(
            "  curl -d '%s' \\%n    http://localhost:%d%s:predict",
            report.request(), options.restPort(), MODEL.path()));
  }

  private static void requireEqual(String what, double served, TrainerReport report) {
    if (!(Math.abs(served - report.prediction()) <= TOLERANCE)) {
      throw StatusException.internal(
          "%s answered %s, expected the trainer's %s within %s",
          what, served, report.prediction(), TOLERANCE);
    }
  }

  private static byte[] body(TrainerReport report) {
    return report.request().getBytes(StandardCharsets.UTF_8);
  }

  private static double number(byte[] answer) {
    String json = new String(answer, StandardCharsets.UTF_8);
    Struct.Builder object = Struct.newBuilder();
    try {
      JsonFormat.parser().merge(json, object);
      return JsonText.firstNumber(object.getFieldsOrThrow("predictions"));
    } catch (InvalidProtocolBufferException | IllegalArgumentException malformed) {
      throw StatusException.internal("expected predictions, got %s", json);
    }
  }

  @FormatMethod
  private static String format(@FormatString String text, Object... arguments) {
    return String.format(Locale.ROOT, text, arguments);
  }
}
