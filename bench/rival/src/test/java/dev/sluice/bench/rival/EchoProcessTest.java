package dev.sluice.bench.rival;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The servers as the processes that a benchmark starts. */
@Timeout(120)
class EchoProcessTest {

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({"HttpEcho, false", "HttpEcho, true", "GrpcEcho, false", "GrpcEcho, true"})
  void processSaysWhereItListensAndEndsWithZeroAtASignal(String server, boolean nio)
      throws Exception {
    Path errors = directory.resolve("stderr");
    Process process =
        new ProcessBuilder(command(server, nio)).redirectError(errors.toFile()).start();
    try (BufferedReader output = process.inputReader()) {
      String ready = output.readLine();
      assertThat(ready).matches("listening on 127\\.0\\.0\\.1:[0-9]+");
      assertAccepts(Integer.parseInt(ready.substring(ready.indexOf(':') + 1)));

      // Unlike that of the process, the handle's leaves the streams open.
      assertThat(process.toHandle().destroy()).isTrue();

      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
      assertThat(output.readLine()).isNull();
      assertThat(Files.readString(errors)).isEmpty();
    } finally {
      process.destroyForcibly();
    }
  }

  private static List<String> command(String server, boolean nio) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--"))
        .forEach(command::add);
    command.add("-Dio.netty.transport.noNative=" + nio);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("dev.sluice.bench.rival." + server);
    command.addAll(List.of("--port=0", "--threads=1"));
    return command;
  }

  /** Both kinds of server answer an HTTP/2 preface with some bytes. */
  private static void assertAccepts(int port) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port);
        InputStream answer = socket.getInputStream()) {
      socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes());
      assertThat(answer.read()).isNotNegative();
    }
  }
}
