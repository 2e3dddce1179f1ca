package dev.sluice.bench;

import dev.sluice.status.StatusException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Asks a server that is starting until it answers. */
final class FirstAnswer {

  private static final int MILLIS_BETWEEN = 2;

  private FirstAnswer() {}

  /**
   * Sends a predict request as soon as the port is open; returns with the first byte of a good
   * answer.
   *
   * @throws StatusException UNAVAILABLE if the process ends or the time is over before that,
   *     FAILED_PRECONDITION if the answer is not 200
   */
  static void await(ChildProcess process, int port, byte[] body, Duration limit)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() < end && process.isAlive()) {
      try (Socket socket = new Socket(Server.address(port).getAddress(), port)) {
        ask(socket, body);
        return;
      } catch (ConnectException notYet) {
        TimeUnit.MILLISECONDS.sleep(MILLIS_BETWEEN);
      }
    }
    throw StatusException.unavailable(
        "no answer within %d s, or the server ended: %s", limit.toSeconds(), process.printed());
  }

  /** What one request takes, in nanoseconds, from its first byte to that of its answer. */
  static long nanos(int port, byte[] body) throws IOException {
    try (Socket socket = new Socket(Server.address(port).getAddress(), port)) {
      long begin = System.nanoTime();
      ask(socket, body);
      return System.nanoTime() - begin;
    }
  }

  private static void ask(Socket socket, byte[] body) throws IOException {
    String head =
        "POST /v1/models/%s:predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
            .formatted(BostonModel.NAME, body.length);
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
    request.writeBytes(body);
    request.writeTo(socket.getOutputStream());
    InputStream in = socket.getInputStream();
    String status = new String(in.readNBytes("HTTP/1.1 200".length()), StandardCharsets.US_ASCII);
    if (!status.equals("HTTP/1.1 200")) {
      throw StatusException.failedPrecondition(
          "the first answer began with \"%s\", expected HTTP/1.1 200", status);
    }
  }
}
