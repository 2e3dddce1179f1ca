package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.examples.boston.Trainer;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Models;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo as a process, with a trainer that learns nothing in the place of the example's. */
class DemoTest {

  @TempDir static Path home;

  @TempDir Path temporary;

  private int port;
  private int restPort;
  private Path models;

  @BeforeAll
  static void layTrainerWhereTheExampleHasIt() throws Exception {
    Path target = Files.createDirectories(home.resolve("examples/boston-housing/target"));
    Files.createDirectories(target.resolve("lib"));
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest
        .getMainAttributes()
        .put(
            Attributes.Name.CLASS_PATH,
            classPath()
                .map(entry -> Path.of(entry).toUri().toString())
                .collect(Collectors.joining(" ")));
    try (OutputStream file =
            Files.newOutputStream(target.resolve("sluice-example-boston-housing.jar"));
        JarOutputStream jar = new JarOutputStream(file, manifest)) {
      jar.putNextEntry(new JarEntry("empty"));
    }
  }

  private static Stream<String> classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.contains("slf4j"));
  }

  @BeforeEach
  void choosePorts() throws IOException {
    port = FreePort.next();
    restPort = FreePort.next();
    models = temporary.resolve("my models");
  }

  /** A demo whose output goes to files. */
  private final class DemoProcess implements AutoCloseable {
    private final Process process;
    private final Path out;
    private final Path err;

    DemoProcess(String... more) throws IOException {
      out = Files.createTempFile(temporary, "out", "");
      err = Files.createTempFile(temporary, "err", "");
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("--sun-misc-unsafe-memory-access=allow");
      command.add("-XX:TieredStopAtLevel=1");
      command.add("-Djava.io.tmpdir=" + Files.createDirectories(temporary.resolve("tmp")));
      command.add("-Dsluice.home=" + home);
      command.addAll(List.of("-cp", classPath().collect(Collectors.joining(File.pathSeparator))));
      command.add(Main.class.getName());
      command.add("demo");
      command.add("--models=" + models);
      command.add("--port=" + port);
      command.add("--rest_api_port=" + restPort);
      command.addAll(List.of(more));
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().remove("TF_CPP_MIN_LOG_LEVEL");
      process = builder.start();
    }

    String out() throws IOException {
      return Files.readString(out);
    }

    String err() throws IOException {
      return Files.readString(err);
    }

    void awaitLine(String text) throws IOException {
      long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
      while (!out().contains(text)) {
        assertThat(process.isAlive()).as("%s%n%s", out(), err()).isTrue();
        assertThat(System.nanoTime()).as("no line with %s in %s", text, out()).isLessThan(limit);
        LockSupport.parkNanos(10_000_000);
      }
    }

    int exitCode() throws InterruptedException {
      assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
      return process.exitValue();
    }

    @Override
    public void close() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void onceTrainsServesAsksAndEnds() throws Exception {
    try (DemoProcess demo = new DemoProcess("--once")) {
      assertThat(demo.exitCode()).as("%s%n%s", demo.out(), demo.err()).isZero();
      assertThat(demo.out())
          .startsWith("Training boston_model into " + models.resolve("boston_model"))
          .contains("epoch 1 of 1 on ")
          .containsPattern("worth 9\\.\\d{4} thousand dollars over REST and 9\\.\\d{4} over gRPC")
          .contains(
              "  curl -d '{\"instances\": [[0.09178, 0.0, 4.05, 0.0, 0.51, 6.416, 84.1, 2.6463,"
                  + " 5.0, 296.0, 16.6, 395.5, 9.04]]}' \\\n    http://localhost:"
                  + restPort
                  + "/v1/models/boston_model:predict")
          .doesNotContain("Ctrl-C");
      assertThat(demo.err().lines()).allMatch(line -> line.matches("[-0-9]{10} [0-9:.]{12} I .*"));
    }
  }

  /** The old version serves first, as the new one was written less than a second ago. */
  @Test
  void newVersionBesideAnOldOneIsTheOneThatIsAsked() throws Exception {
    Path version = models.resolve("boston_model/0000001");
    for (String worth : List.of("9", "10")) {
      try (DemoProcess demo = new DemoProcess("--once")) {
        assertThat(demo.exitCode()).as("%s%n%s", demo.out(), demo.err()).isZero();
        assertThat(demo.out())
            .containsPattern("worth " + worth + "\\.\\d{4} thousand dollars over");
      }
      assertThat(version).exists();
    }
  }

  @Test
  void secondDemoHandsItsVersionToTheFirst() throws Exception {
    try (DemoProcess first = new DemoProcess()) {
      first.awaitLine("Ctrl-C ends the server");
      try (DemoProcess second = new DemoProcess()) {
        assertThat(second.exitCode()).as("%s%n%s", second.out(), second.err()).isZero();
        assertThat(second.out())
            .startsWith("A server on port " + restPort + " serves boston_model already")
            .contains("The running server took version 2 over")
            .containsPattern("it now answers 10\\.\\d{4} thousand dollars");
      }
      assertThat(ask()).contains("[[10.");
      first.process.destroy(); // SIGTERM
      assertThat(first.exitCode()).isZero();
      assertThat(first.err()).endsWith("Stopped\n");
    }
  }

  private String ask() throws Exception {
    return VerbRun.withInput(
            "[0.09178, 0.0, 4.05, 0.0, 0.51, 6.416, 84.1, 2.6463, 5.0, 296.0, 16.6, 395.5, 9.04]",
            "predict",
            "boston_model",
            "--port=" + restPort)
        .out();
  }

  @Test
  void serverOfAnotherFolderIsNotTrainedFor() throws Exception {
    try (DemoProcess first = new DemoProcess()) {
      first.awaitLine("Ctrl-C ends the server");
      models = temporary.resolve("elsewhere");
      try (DemoProcess second = new DemoProcess()) {
        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.err())
            .startsWith("sluice demo: the server on port " + restPort + " serves version 1")
            .contains("watches another folder");
        assertThat(second.err().lines()).hasSize(1);
      }
    }
  }

  @Test
  void predictionThatDiffersFromTheTrainersFails() throws Exception {
    try (DemoProcess demo = new DemoProcess("--once", "--seed=" + Trainer.LIES)) {
      assertThat(demo.exitCode()).isEqualTo(1);
      assertThat(demo.err().lines().toList().getLast())
          .matches(
              "sluice demo: REST answered 21\\.\\d+, expected the trainer's 21\\.\\d+ within 1.0E-4");
    }
  }

  @Test
  void trainerThatFailsIsQuoted() throws Exception {
    try (DemoProcess demo = new DemoProcess("--once", "--seed=" + Trainer.FAILS)) {
      assertThat(demo.exitCode()).isEqualTo(1);
      assertThat(demo.err())
          .isEqualTo(
              "sluice demo: the trainer ended with exit code 3, expected 0; its last words: out of"
                  + " paper\n");
    }
  }

  @Test
  void signalDuringTheTrainingLeavesNoTrainerBehind() throws Exception {
    try (DemoProcess demo = new DemoProcess("--seed=" + Trainer.HANGS)) {
      demo.awaitLine("pid ");
      Matcher pid = Pattern.compile("pid (\\d+)").matcher(demo.out());
      assertThat(pid.find()).isTrue();
      demo.awaitLine("Training: "); // silence is broken
      demo.process.destroy(); // SIGTERM
      assertThat(demo.exitCode()).isEqualTo(143);
      assertThat(ProcessHandle.of(Long.parseLong(pid.group(1))).filter(ProcessHandle::isAlive))
          .isEmpty();
      try (Stream<Path> left = Files.list(temporary.resolve("tmp"))) {
        assertThat(left.map(file -> file.getFileName().toString()))
            .noneMatch(name -> name.startsWith("sluice-report"));
      }
    }
  }

  @Test
  void portOfSomethingElseIsSaidBeforeTheTraining() throws Exception {
    try (LocalServer other = LocalServer.of("half", Models.copyTo(temporary, "half_plus_two"))) {
      restPort = other.restPort();
      try (DemoProcess demo = new DemoProcess("--once")) {
        assertThat(demo.exitCode()).isEqualTo(1);
        assertThat(demo.err())
            .startsWith(
                "sluice demo: expected port "
                    + restPort
                    + " free, or a server of boston_model on it, but it is taken by something else"
                    + " (GET /v1/models/boston_model is answered with HTTP 404)");
        assertThat(demo.err().lines()).hasSize(1);
        assertThat(demo.out()).isEmpty();
      }
    }
  }

  @Test
  void folderThatCannotBeWrittenIsSaidBeforeTheTraining() throws Exception {
    models = Files.createFile(temporary.resolve("a file"));
    try (DemoProcess demo = new DemoProcess("--once")) {
      assertThat(demo.exitCode()).isEqualTo(1);
      assertThat(demo.out()).isEmpty();
      assertThat(demo.err())
          .startsWith("sluice demo: expected to write versions into " + models + "/boston_model")
          .contains("--models")
          .hasLineCount(1);
    }
  }

  @Test
  void takenGrpcPortIsSaidBeforeTheTraining() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = taken.getLocalPort();
      try (DemoProcess demo = new DemoProcess("--once")) {
        assertThat(demo.exitCode()).isEqualTo(1);
        assertThat(demo.err())
            .startsWith("sluice demo: expected port " + port + " free, but it is taken")
            .contains("--port");
        assertThat(models).doesNotExist();
      }
    }
  }

  /**
   * Two demos may train at once, and a server that serves the newest may see both versions as one.
   */
  @Test
  void versionMayBeOvertakenByALaterOne() throws Exception {
    Path base = Files.createDirectories(temporary.resolve("boston_model"));
    Models.copyVersion("half_plus_two", 1, base, 3);
    try (LocalServer server = LocalServer.of("boston_model", base);
        RunningServer running =
            RunningServer.at(
                new Endpoint("127.0.0.1", server.restPort(), Duration.ofSeconds(5)),
                ModelTarget.newest("boston_model"))) {
      assertThat(running.awaitAvailable(2, base, Duration.ofSeconds(60))).isEqualTo(3);
    }
  }

  /** Where both folders happen to have the same versions, only waiting shows which is watched. */
  @Test
  void versionThatIsNeverTakenOverIsSaid() throws Exception {
    Path watched = Files.createDirectories(temporary.resolve("watched/boston_model"));
    Path other = Files.createDirectories(temporary.resolve("other/boston_model"));
    for (Path base : List.of(watched, other)) {
      Models.copyVersion("half_plus_two", 1, base, 1);
    }
    try (LocalServer server =
            LocalServer.start(
                "--model_name=boston_model",
                "--model_base_path=" + watched,
                "--max_num_load_retries=0");
        RunningServer running =
            RunningServer.at(
                new Endpoint("127.0.0.1", server.restPort(), Duration.ofSeconds(5)),
                ModelTarget.newest("boston_model"))) {
      running.requireWatching(other);
      assertThatThrownBy(() -> running.awaitAvailable(2, other, Duration.ofSeconds(1)))
          .hasMessageContaining("expected the server on port " + server.restPort())
          .hasMessageContaining("it watches another folder than " + other);
      Files.createDirectory(watched.resolve("2")); // its load fails
      assertThatThrownBy(() -> running.awaitAvailable(2, watched, Duration.ofSeconds(60)))
          .hasMessageContaining("could not load version 2")
          .hasMessageContaining("saved_model.pb");
    }
  }
}
