package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Models;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as a process: what it prints and how it ends. */
class MainTest {

  @TempDir Path temporary;

  /** A server process in this test's folder. */
  private final class Command extends ChildServer {
    Command(String... flags) throws IOException {
      super(temporary, flags);
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
  @Proves({"--port", "--rest_api_port", "--model_name", "--model_base_path"})
  void servesUntilTermAndExitsWithZero() throws Exception {
    Path base = Models.copyTo(temporary, Models.HALF_PLUS_TWO);
    int port = FreePort.next();
    int restPort = FreePort.next();
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
    try (Command command = new Command(flags(base, FreePort.next(), FreePort.next()))) {
      command.awaitLine("Ready.");
      assertThat(command.err().lines())
          .allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\d [0-9:.]{12} I .*"));
    }
  }

  @Test
  void takenGrpcPortFailsTheStart() throws Exception {
    Path base = Models.copyTo(temporary, Models.HALF_PLUS_TWO);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Command command = new Command(flags(base, taken.getLocalPort(), FreePort.next()))) {
      assertThat(command.exitCode()).isEqualTo(255);
      assertThat(command.out())
          .startsWith(
              "Failed to start server. Error: INVALID_ARGUMENT: Failed to BuildAndStart gRPC"
                  + " server")
          .contains(String.valueOf(taken.getLocalPort()))
          .hasLineCount(1);
    }
  }

  @Test
  void takenRestPortLeavesGrpcRunning() throws Exception {
    Path base = Models.copyTo(temporary, Models.HALF_PLUS_TWO);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Command command = new Command(flags(base, FreePort.next(), taken.getLocalPort()))) {
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
  @Proves("--version")
  void versionPrintsBothVersions() throws Exception {
    try (Command command = new Command("--version")) {
      assertThat(command.exitCode()).isZero();
      assertThat(command.out())
          .matches("TensorFlow ModelServer: \\S+\nTensorFlow Library: 2\\.\\S+\n");
    }
  }
}
