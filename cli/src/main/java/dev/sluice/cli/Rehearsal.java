package dev.sluice.cli;

import dev.sluice.status.StatusException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A server that starts, answers a few requests and ends, so that the JVM can note which classes
 * that takes. The launcher has it run after a build; later starts read the classes from the note.
 */
public final class Rehearsal {

  private static final String MODEL = "rehearsal";
  private static final String BODY = "{\"instances\": [[1.0, 1.0, 1.0, 1.0]]}";
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int MILLIS_BETWEEN = 20;

  private Rehearsal() {}

  /**
   * Ends the process: with 0 if all went well, so that the note can be trusted.
   *
   * @param arguments the base path of a model that takes rows of four floats, then further flags of
   *     the server
   */
  public static void main(String[] arguments) throws Exception {
    int rest = freePort();
    int grpc = freePort();
    List<String> flags = flags(arguments, rest, grpc);
    Thread server = Thread.ofPlatform().daemon().name("server").start(() -> serve(flags));
    awaitPort(rest, server);
    for (String path : List.of("", "/metadata")) {
      ask(rest, "GET /v1/models/" + MODEL + path, "");
    }
    ask(rest, "POST /v1/models/" + MODEL + ":predict", BODY);
    Endpoint endpoint = new Endpoint("127.0.0.1", grpc, LIMIT);
    try (GrpcClient client = new GrpcClient(endpoint)) {
      var _ = client.predict(ModelTarget.newest(MODEL), BODY.getBytes(StandardCharsets.UTF_8));
    }
    System.exit(0); // the server's own hook stops it
  }

  private static List<String> flags(String[] arguments, int rest, int grpc) {
    Stream<String> own =
        Stream.of(
            "--bind_address=127.0.0.1",
            "--port=" + grpc,
            "--rest_api_port=" + rest,
            "--model_name=" + MODEL,
            "--model_base_path=" + arguments[0]);
    return Stream.concat(own, Arrays.stream(arguments).skip(1)).toList();
  }

  private static void serve(List<String> flags) {
    try {
      dev.sluice.server.Main.main(flags.toArray(String[]::new));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void awaitPort(int port, Thread server) throws IOException, InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (server.isAlive() && System.nanoTime() < end) {
      try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (ConnectException notYet) {
        TimeUnit.MILLISECONDS.sleep(MILLIS_BETWEEN);
      }
    }
    throw StatusException.unavailable("the server did not start in %d s", LIMIT.toSeconds());
  }

  /** Sends a request on a connection of its own and reads the answer to its end. */
  private static void ask(int port, String line, String body) throws IOException {
    String request =
        line
            + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      OutputStream out = socket.getOutputStream();
      out.write(request.getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      if (!answer.startsWith("HTTP/1.1 200")) {
        throw StatusException.internal("%s was answered with %s", line, answer);
      }
    }
  }
}
