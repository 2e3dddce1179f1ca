package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Models;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as a process: what it prints and how it ends. */
class MainTest {

  @TempDir Path temporary;

  /** A server process whose output goes to files. */
  private final class Command implements AutoCloseable {
    private final Process process;
    private final Path out = temporary.resolve("out");
    private final Path err = temporary.resolve("err");

    Command(String... flags) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("--sun-misc-unsafe-memory-access=allow");
      command.add("-XX:TieredStopAtLevel=1");
      command.add("-cp");
      command.add(classPath());
      command.add(Main.class.getName());
      command.addAll(List.of(flags));
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().remove("TF_CPP_MIN_LOG_LEVEL"); // other tests have set it in this JVM
      process = builder.start();
    }

    /** Without the test libraries' logging, which Netty would prefer to the JDK's. */
    private static String classPath() {
      return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
          .filter(entry -> !entry.contains("slf4j"))
          .collect(Collectors.joining(File.pathSeparator));
    }

    String out() throws IOException {
      return Files.readString(out);
    }

    String err() throws IOException {
      return Files.readString(err);
    }

    void awaitLine(String text) throws IOException {
      long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!err().contains(text)) {
        assertThat(process.isAlive()).as("%s%n%s", out(), err()).isTrue();
        assertThat(System.nanoTime()).as("no line with %s in %s", text, err()).isLessThan(limit);
        LockSupport.parkNanos(10_000_000);
      }
    }

    int exitCode() throws InterruptedException {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return process.exitValue();
    }

    @Override
    public void close() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String[] flags(Path base, int port, int restPort) {
    return new String[] {
      "--model_name=half",
      "--model_base_path=" + base,
      "--port=" + port,
      "--rest_api_port=" + restPort,
      "--bind_address=127.0.0.1"
    };
  }

  @Test
  void servesUntilTermAndExitsWithZero() throws Exception {
    Path base = Models.copyTo(temporary, Models.HALF_PLUS_TWO);
    int port = freePort();
    int restPort = freePort();
    try (Command command = new Command(flags(base, port, restPort));
        HttpClient client = HttpClient.newHttpClient()) {
      command.awaitLine("Ready. Serving half version 2");
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + restPort + "/v1/models/half:predict"))
                  .POST(HttpRequest.BodyPublishers.ofString("{\"instances\": [1.0]}"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.body()).contains("3.5");
      command.process.destroy(); // SIGTERM
      assertThat(command.exitCode()).isZero();
      assertThat(command.out()).isEmpty();
      assertThat(command.err())
          .contains("Successfully loaded servable version {name: half version: 2}")
          .contains("Running gRPC ModelServer at 127.0.0.1:" + port + " ...")
          .contains("Exporting HTTP/REST API at:localhost:" + restPort + " ...")
          .endsWith("Stopped\n");
    }
  }

  /** No line of the JVM's or TensorFlow's own: each is one of ours, with time and level. */
  @Test
  void startPrintsNothingButTheLog() throws Exception {
    Path base = Models.copyTo(temporary, Models.HALF_PLUS_TWO);
    try (Command command = new Command(flags(base, freePort(), freePort()))) {
      command.awaitLine("Ready.");
      assertThat(command.err().lines())
          .allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\d [0-9:.]{12} I .*"));
    }
  }

  @Test
  void takenGrpcPortFailsTheStart() throws Exception {
    Path base = Models.copyTo(temporary, Models.HALF_PLUS_TWO);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Command command = new Command(flags(base, taken.getLocalPort(), freePort()))) {
      assertThat(command.exitCode()).isEqualTo(255);
      assertThat(command.out())
          .startsWith(
              "Failed to start server. Error: INVALID_ARGUMENT: Failed to BuildAndStart gRPC"
                  + " server");
    }
  }

  @Test
  void takenRestPortLeavesGrpcRunning() throws Exception {
    Path base = Models.copyTo(temporary, Models.HALF_PLUS_TWO);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Command command = new Command(flags(base, freePort(), taken.getLocalPort()))) {
      command.awaitLine("Ready.");
      assertThat(command.err())
          .contains("Failed to start HTTP Server at localhost:" + taken.getLocalPort());
    }
  }

  @Test
  void missingModelIsTheReasonNotToStart() throws Exception {
    try (Command command = new Command()) {
      assertThat(command.exitCode()).isEqualTo(255);
      assertThat(command.out())
          .isEqualTo(
              "Failed to start server. Error: INVALID_ARGUMENT: Both"
                  + " server_options.model_base_path and server_options.model_config_file are"
                  + " empty!\n");
    }
  }

  @Test
  void portThatIsNoneIsTheReasonNotToStart() throws Exception {
    try (Command command = new Command("--model_base_path=/m", "--rest_api_port=70000")) {
      assertThat(command.exitCode()).isEqualTo(255);
      assertThat(command.out())
          .isEqualTo(
              "Failed to start server. Error: INVALID_ARGUMENT: --rest_api_port is 70000, expected"
                  + " 0 to 65535\n");
    }
  }

  @Test
  void versionPrintsBothVersions() throws Exception {
    try (Command command = new Command("--version")) {
      assertThat(command.exitCode()).isZero();
      assertThat(command.out())
          .matches("TensorFlow ModelServer: \\S+\nTensorFlow Library: 2\\.\\S+\n");
    }
  }
}
