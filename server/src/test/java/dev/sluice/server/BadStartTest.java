package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Starts that can't be, each as a process: exit status 255, and why in one line. */
class BadStartTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--model_base_path=s3://bucket/m | UNIMPLEMENTED: File system scheme 's3' not implemented"
            + " (file: 's3://bucket/m'); expected a path, or file:// and a path",
        "--model_base_path=gs://bucket/m | UNIMPLEMENTED: File system scheme 'gs' not implemented"
            + " (file: 'gs://bucket/m'); expected a path, or file:// and a path",
        "--model_base_path=models/m | INVALID_ARGUMENT: Expected model default to have an absolute"
            + " path or URI; got base_path()=models/m",
        "--model_base_path=/m --port=0 | INVALID_ARGUMENT: At least one of server_options.grpc_port"
            + " or server_options.grpc_socket_path must be set.",
        "--model_base_path=/m --port=-1 | INVALID_ARGUMENT: --port is -1, expected 0 to 65535",
        "--model_base_path=/m --rest_api_max_body_bytes=0 | INVALID_ARGUMENT:"
            + " --rest_api_max_body_bytes is 0, expected at least 1",
        "--model_config_file=/nowhere/models.config | NOT_FOUND: /nowhere/models.config; No such"
            + " file or directory",
        "--model_base_path=/m --use_alts_credentials | UNIMPLEMENTED: --use_alts_credentials does"
            + " not work yet, and Sluice does not serve in clear text where security was asked"
            + " for.",
        "--model_base_path=/m --prefer_tflite_model | UNIMPLEMENTED: --prefer_tflite_model asks for"
            + " TensorFlow Lite models, which Sluice does not serve; without it the SavedModels are"
            + " served.",
        "--model_base_path=/m --custom_op_libraries=/nowhere/ops.so | NOT_FOUND: no library with"
            + " operations at /nowhere/ops.so",
        // Of several reasons the first in the order of the checks is told, and only that.
        "--rest_api_port=70000 --port=0 --model_base_path=s3://bucket/m | INVALID_ARGUMENT: At least"
            + " one of server_options.grpc_port or server_options.grpc_socket_path must be set.",
      })
  @Spec({"SC-7"})
  @Proves({"--use_alts_credentials", "--prefer_tflite_model"})
  void reasonIsOneLineOnStandardOutput(String flags, String reason) throws Exception {
    try (ChildServer server = new ChildServer(folder, flags.split(" "))) {
      assertThat(server.exitCode()).isEqualTo(255);
      assertThat(server.out()).isEqualTo("Failed to start server. Error: " + reason + "\n");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--port=http | Couldn't interpret value http for flag port.",
        "--port=8500x | Couldn't interpret value 8500x for flag port.",
        "--port= | Couldn't interpret value  for flag port.",
        "--port=99999999999 | Couldn't interpret value 99999999999 for flag port.",
        "--enable_batching=maybe | Couldn't interpret value maybe for flag enable_batching.",
        "--max_tensor_bytes=1GiB | Couldn't interpret value 1GiB for flag max_tensor_bytes.",
      })
  void malformedValueIsNamedWithTheUsage(String flag, String reason) throws Exception {
    try (ChildServer server = new ChildServer(folder, "--model_base_path=/m", flag)) {
      assertThat(server.exitCode()).isEqualTo(255);
      assertThat(server.err()).contains(reason).hasLineCount(1);
      assertThat(server.out()).startsWith("usage: sluice serve\nFlags:\n\t--port=8500\tint32\t");
    }
  }

  @Test
  void severalMalformedValuesAreAllNamed() throws Exception {
    String[] flags = {"--port=a", "--rest_api_port=b", "--no_such_flag=1", "--enable_batching=c"};
    try (ChildServer server = new ChildServer(folder, flags)) {
      assertThat(server.exitCode()).isEqualTo(255);
      assertThat(server.err())
          .contains("value a for flag port.")
          .contains("value b for flag rest_api_port.")
          .contains("value c for flag enable_batching.")
          .hasLineCount(3);
    }
  }

  @Test
  void unknownFlagIsNamedAndDoesNotKeepTheServerFromStarting() throws Exception {
    Path base = Models.copyTo(folder, Models.HALF_PLUS_TWO);
    String[] flags = {
      "--model_name=half",
      "--model_base_path=" + base,
      "--port=" + FreePort.next(),
      "--bind_address=127.0.0.1",
      "--rest_api_prot=8501",
      "stray"
    };
    try (ChildServer server = new ChildServer(folder, flags)) {
      server.awaitLine("Ready. Serving half version 2");
      assertThat(server.out()).startsWith("unknown argument: --rest_api_prot=8501\nusage: ");
      assertThat(server.out()).doesNotContain("stray");
    }
  }

  /** The reference logs an error and has no REST port then. One that is taken: {@link MainTest}. */
  @Test
  @Spec("HTTP-02")
  void restPortOfGrpcIsThatOfBoth() throws Exception {
    Path base = Models.copyTo(folder, Models.HALF_PLUS_TWO);
    int port = FreePort.next();
    String[] flags = {
      "--model_base_path=" + base,
      "--port=" + port,
      "--rest_api_port=" + port,
      "--bind_address=127.0.0.1"
    };
    try (ChildServer server = new ChildServer(folder, flags)) {
      server.awaitLine("Ready. Serving default version 2");
      assertThat(server.err())
          .contains("Running gRPC ModelServer at 127.0.0.1:" + port)
          .contains("Exporting HTTP/REST API at:localhost:" + port);
      String request = RawHttp.post("/v1/models/default:predict", "{\"instances\": [1.0]}");
      try (RawHttp connection = new RawHttp(port)) {
        assertThat(connection.send(request).read().text()).contains("3.5");
      }
      try (RawGrpc call = new RawGrpc(port)) {
        assertThat(call.call(new byte[0], new byte[0]).text()).isEqualTo("Missing ModelSpec");
      }
    }
  }
}
