package dev.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.status.StatusException;
import dev.sluice.testkit.FreePort;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstAnswerTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final byte[] BODY = "{}".getBytes(StandardCharsets.US_ASCII);

  @TempDir Path folder;

  private ChildProcess shell(String script) throws Exception {
    return ChildProcess.start(List.of("sh", "-c", script), folder.resolve("log"));
  }

  /** Answers one request on a port and gives it back. */
  private static CompletableFuture<String> answerOne(ServerSocket server, String answer) {
    return CompletableFuture.supplyAsync(() -> {
      try (server;
          Socket socket = server.accept()) {
        StringBuilder request = new StringBuilder();
        while (request.indexOf("{}") < 0) {
          request.append((char) socket.getInputStream().read());
        }
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        return request.toString();
      } catch (Exception failure) {
        throw new IllegalStateException(failure);
      }
    });
  }

  private static ServerSocket listen() throws Exception {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  @Test
  void goodAnswerEndsTheWait() throws Exception {
    try (ChildProcess process = shell("exec sleep 1000")) {
      ServerSocket server = listen();
      CompletableFuture<String> request = answerOne(server, "HTTP/1.1 200 OK\r\n\r\n");
      FirstAnswer.await(process, server.getLocalPort(), BODY, LIMIT);
      assertThat(request.get())
          .startsWith("POST /v1/models/boston_model:predict HTTP/1.1\r\n")
          .endsWith("\r\nContent-Length: 2\r\n\r\n{}");
    }
  }

  @Test
  void otherAnswerIsAFailure() throws Exception {
    try (ChildProcess process = shell("exec sleep 1000")) {
      ServerSocket server = listen();
      var _ = answerOne(server, "HTTP/1.1 503 No\r\n\r\n");
      assertThatThrownBy(() -> FirstAnswer.await(process, server.getLocalPort(), BODY, LIMIT))
          .isInstanceOf(StatusException.class)
          .hasMessageContaining("began with \"HTTP/1.1 503\"");
    }
  }

  @Test
  void serverThatEndsIsNotWaitedFor() throws Exception {
    try (ChildProcess process = shell("echo broken; exit 1")) {
      process.awaitPrinted("broken", LIMIT);
      assertThatThrownBy(() -> FirstAnswer.await(process, FreePort.next(), BODY, LIMIT))
          .isInstanceOf(StatusException.class)
          .hasMessageContaining("or the server ended: broken");
    }
  }
}
