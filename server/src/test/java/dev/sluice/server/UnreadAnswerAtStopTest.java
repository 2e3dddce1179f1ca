package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Models;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A stop that begins while a client takes a large answer. The answer does not say that its
 * connection ends with it, as it was begun before; once it is taken, the connection is one on which
 * nothing is asked, and must not hold the stop up until its time is over.
 */
class UnreadAnswerAtStopTest {

  /** Some ten bytes each in the answer, more in all than the system keeps for a connection. */
  private static final int NUMBERS = 1_000_000;

  private static final int HANG_MILLIS = 60_000;

  @Test
  void connectionThatIsQuietAfterItsAnswerEnds(@TempDir Path models) throws Exception {
    Path base = Models.copyTo(models, Models.HALF_PLUS_TWO);
    try (TestServer server = TestServer.of("half_plus_two", base, "--drain_timeout_seconds=600");
        Socket client = connect(server.restPort())) {
      client.getOutputStream().write(request().getBytes(StandardCharsets.US_ASCII));
      InputStream in = new BufferedInputStream(client.getInputStream(), 512);
      String head = head(in);
      assertThat(head).startsWith("http/1.1 200 ").doesNotContain("connection: close");
      AtomicBoolean clean = new AtomicBoolean();
      Thread stop = Thread.ofPlatform().daemon().start(() -> clean.set(server.server().stop()));
      awaitClosedPort(server.restPort());
      in.skipNBytes(length(head));
      assertThat(in.read()).isEqualTo(-1);
      assertThat(stop.join(Duration.ofMillis(HANG_MILLIS))).isTrue();
      assertThat(clean).isTrue();
    }
  }

  /** What the system keeps for it on this side is bounded. */
  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(1 << 18);
    socket.setSoTimeout(HANG_MILLIS);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return socket;
  }

  private static String request() {
    String numbers = "0.123456,".repeat(NUMBERS - 1) + "0.123456";
    return RawHttp.post("/v1/models/half_plus_two:predict", "{\"instances\": [" + numbers + "]}");
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      assertThat(next).as("%s", head).isNotNegative();
      head.append((char) next);
    }
    return head.toString().toLowerCase(Locale.ROOT);
  }

  private static long length(String head) {
    String name = "content-length:";
    int begin = head.indexOf(name) + name.length();
    return Long.parseLong(head.substring(begin, head.indexOf("\r\n", begin)).strip());
  }

  private static void awaitClosedPort(int port) throws IOException {
    long deadline = System.nanoTime() + Duration.ofMillis(HANG_MILLIS).toNanos();
    while (connects(port)) {
      assertThat(System.nanoTime()).as("the port is still open").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static boolean connects(int port) throws IOException {
    try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (ConnectException refused) {
      return false;
    }
  }
}
