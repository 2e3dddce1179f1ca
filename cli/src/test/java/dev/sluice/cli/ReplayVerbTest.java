package dev.sluice.cli;

import static dev.sluice.cli.LoggedRequests.log;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proto.serving.PredictionLog;
import dev.sluice.proto.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Models;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Against a real server, on which {@code half} gives y = x / 2 + 2. */
class ReplayVerbTest {

  private static final String LF = System.lineSeparator();

  @TempDir private static Path models;
  private static LocalServer server;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws Exception {
    // One version: while several are copied, a server may see the older one first.
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, models.resolve("half"), 1);
    server = LocalServer.of("half", models.resolve("half"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private VerbRun replay(Path file, String... options) {
    List<String> arguments = new ArrayList<>(List.of("replay", file.toString()));
    arguments.addAll(List.of(options));
    if (arguments.stream().noneMatch(argument -> argument.startsWith("--port="))) {
      arguments.add("--port=" + server.grpcPort());
    }
    return VerbRun.of(arguments.toArray(String[]::new));
  }

  private Path written(PredictionLog... records) throws Exception {
    return LoggedRequests.write(folder.resolve("log.tfrecord"), records);
  }

  @Test
  void answersThatAgreeAreCounted() throws Exception {
    VerbRun run =
        replay(written(log("half", 2, 3), log("half", 4, 4.00003f), log("half", 1)), "--rate=500");
    assertThat(run.out())
        .isEqualTo(
            "3 requests: 2 answered as logged, 0 otherwise, 0 refused, 1 without an answer to"
                + " compare with"
                + LF);
    assertThat(run.code()).isZero();
  }

  @Test
  void differencesAndRefusalsAreListed() throws Exception {
    Path file =
        written(
            log("half", 2, 3.001f),
            log("half", 2, 3, 3),
            log("nobody", 2, 3),
            PredictionLog.getDefaultInstance());
    VerbRun run = replay(file);
    assertThat(run.out().lines())
        .containsExactly(
            file + ", record 1: output y, element 0: logged 3.001, came 3.0",
            file + ", record 2: output y: logged float[2], came float[1]",
            file
                + ", record 3: refused: Servable not found for request: Latest(nobody) (gRPC"
                + " NOT_FOUND)",
            file + ", record 4: not sent: a record of the kind LOGTYPE_NOT_SET",
            "4 requests: 0 answered as logged, 2 otherwise, 2 refused");
    assertThat(run.code()).isEqualTo(1);
    assertThat(replay(file, "--show=1").out()).hasLineCount(2);
    assertThat(replay(written(log("nobody", 2, 3)), "--model=half").code()).isZero();
  }

  @Test
  void recordsAreCountedFileByFile() throws Exception {
    Path good = LoggedRequests.write(folder.resolve("good"), log("half", 2, 3), log("half", 2, 3));
    Path bad = LoggedRequests.write(folder.resolve("bad"), log("half", 2, 4));
    assertThat(replay(good, bad.toString()).out())
        .startsWith(bad + ", record 1: output y")
        .endsWith("3 requests: 2 answered as logged, 1 otherwise, 0 refused" + LF);
  }

  @Test
  void fileThatIsNoLogIsNamed() throws Exception {
    Path text = Files.writeString(folder.resolve("text"), "this is a text, and a long one");
    assertThat(replay(text))
        .isEqualTo(
            new VerbRun(
                1,
                "",
                "sluice replay: "
                    + text
                    + ": corrupted record at 0 (Is this even a TFRecord file?); expected a TFRecord"
                    + " file of PredictionLog, or lines of JSON in a file *.jsonl"
                    + LF));
    Path lines = Files.writeString(folder.resolve("text.jsonl"), "{}\nnot JSON\n");
    VerbRun run = replay(lines);
    assertThat(run.out()).contains("record 1: not sent").contains("1 request: ");
    assertThat(run.err()).contains("sluice replay: " + lines + ": record 2 is no PredictionLog");
    assertThat(run.code()).isEqualTo(1);
    VerbRun missing = replay(folder.resolve("none"));
    assertThat(missing.err()).contains("no file " + folder.resolve("none"));
    assertThat(missing.code()).isEqualTo(2);
  }

  @Test
  void fileThatIsCutOffIsSentAsFarAsItGoes() throws Exception {
    Path file = written(log("half", 2, 3), log("half", 2, 3));
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    VerbRun run = replay(file);
    assertThat(run.out()).isEqualTo("1 request: 1 answered as logged, 0 otherwise, 0 refused" + LF);
    assertThat(run.err()).contains(file + ": truncated record at " + whole.length / 2);
    assertThat(run.code()).isEqualTo(1);
  }

  @Test
  void serverThatIsNotThereIsNoFaultOfTheFile() throws Exception {
    Path file = written(log("half", 2, 3));
    VerbRun run = replay(file, "--port=" + FreePort.next());
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .startsWith("sluice replay: expected a server's gRPC API at 127.0.0.1:")
        .contains("none answers there");
    assertThat(run.code()).isEqualTo(1);
  }

  @Test
  void wrongOptionsAreRefused() throws Exception {
    Path file = written(log("half", 2, 3));
    for (String option :
        List.of("--rate=-1", "--show=-1", "--port=0", "--timeout=0", "--host=a b")) {
      VerbRun run = replay(file, option);
      assertThat(run.err()).startsWith("sluice replay: " + option.replaceFirst("=.*", "") + " is ");
      assertThat(run.code()).isEqualTo(2);
    }
  }

  /** By a clock that is a second on whenever it is looked at. */
  @Test
  void progressIsSaidEveryOtherSecond() throws Exception {
    Path file =
        written(Stream.generate(() -> log("half", 2, 3)).limit(5).toArray(PredictionLog[]::new));
    AtomicLong nanos = new AtomicLong();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            InputStream.nullInputStream(),
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    ReplayVerb verb = new ReplayVerb(console, () -> nanos.addAndGet(TimeUnit.SECONDS.toNanos(1)));
    assertThat(new CommandLine(verb).execute(file.toString(), "--port=" + server.grpcPort()))
        .isZero();
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .containsExactly("  2 sent, 0 not as logged", "  4 sent, 0 not as logged");
  }

  @Test
  void whatAServerLoggedReplaysOnAnotherFromBothKindsOfFiles() throws Exception {
    try (LocalServer logging = logging()) {
      Endpoint endpoint = new Endpoint("127.0.0.1", logging.grpcPort(), Duration.ofSeconds(60));
      try (GrpcConnection connection = new GrpcConnection(endpoint)) {
        for (String model : List.of("as_records", "as_lines")) {
          ask(connection::stub, model);
        }
      }
    }
    for (String model : List.of("as_records", "as_lines")) {
      VerbRun run = replay(logOf(model), "--model=half");
      assertThat(run.out())
          .isEqualTo("4 requests: 4 answered as logged, 0 otherwise, 0 refused" + LF);
      assertThat(run.code()).isZero();
    }
  }

  private static void ask(Supplier<PredictionServiceBlockingStub> server, String model) {
    assertThat(
            server
                .get()
                .predict(LoggedRequests.predict(model, 2))
                .getOutputsOrThrow("y")
                .getFloatValList())
        .containsExactly(3f);
    assertThat(
            server
                .get()
                .classify(LoggedRequests.classify(model, 2, 4))
                .getResult()
                .getClassificationsCount())
        .isEqualTo(2);
    assertThat(
            server
                .get()
                .regress(LoggedRequests.regress(model, 2, 4))
                .getResult()
                .getRegressionsCount())
        .isEqualTo(2);
    assertThat(server.get().multiInference(LoggedRequests.both(model, 2)).getResultsCount())
        .isEqualTo(2);
  }

  private LocalServer logging() throws Exception {
    String config =
        "model_config_list { "
            + logged("as_records", "tfrecord")
            + logged("as_lines", "jsonl")
            + "}";
    Path file = Files.writeString(folder.resolve("models.config"), config);
    return LocalServer.start("--model_config_file=" + file, "--version_completeness_check=false");
  }

  private String logged(String name, String type) {
    return """
    config {
      name: "%s" base_path: "%s" model_platform: "tensorflow"
      logging_config {
        log_collector_config { type: "%s" filename_prefix: "%s" }
        sampling_config { sampling_rate: 1 }
      }
    }
    """
        .formatted(name, models.resolve("half"), type, folder.resolve("logs/" + name));
  }

  private Path logOf(String model) throws Exception {
    try (Stream<Path> files = Files.list(folder.resolve("logs"))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(model + "-"))
          .findFirst()
          .orElseThrow();
    }
  }
}
