package dev.sluice.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.GZIPOutputStream;

/**
 * Clients that mean no good: many that send a byte a second, and one that goes through a list of
 * requests that are malformed, too large, cut off, or gzip bombs. What they do per second is fixed,
 * so that what they cost can be told from what they do to the server.
 */
final class RestAbuse implements AutoCloseable {

  /** Of each kind of bad request, every second. */
  private static final int EACH_PER_SECOND = 2;

  private final int port;
  private final List<SocketChannel> slow = new ArrayList<>();
  private final List<byte[]> requests = requests();
  private final AtomicLong sent = new AtomicLong();
  private final Thread drip;
  private final Thread attacks;
  private volatile boolean ended;

  /**
   * Opens the slow connections and begins.
   *
   * @param slowConnections half of which never end their headers, half their body
   */
  RestAbuse(int port, int slowConnections) throws IOException {
    this.port = port;
    for (int i = 0; i < slowConnections; i++) {
      slow.add(
          open(i % 2 == 0 ? "POST /v1/models/half_plus_two:predict HTTP/1.1\r\nX-Slow: " : body()));
    }
    drip = Thread.ofPlatform().name("slow-clients").start(this::drip);
    attacks = Thread.ofPlatform().name("bad-requests").start(this::attack);
  }

  private static String body() {
    return "POST /v1/models/half_plus_two:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{";
  }

  private SocketChannel open(String beginning) throws IOException {
    SocketChannel channel =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    channel.write(ByteBuffer.wrap(beginning.getBytes(StandardCharsets.US_ASCII)));
    return channel;
  }

  private static List<byte[]> requests() {
    byte[] bomb = gzip(64 << 20);
    byte[] small = gzip(12 << 20);
    String head = "POST /v1/models/half_plus_two:predict HTTP/1.1\r\nHost: x\r\n";
    return List.of(
        "\u0001\u0002\u0003 malformed\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1),
        (head + "Content-Length: 9\r\n\r\n{\"insta: [").getBytes(StandardCharsets.US_ASCII),
        (head + "Content-Length: 999999999\r\n\r\n{").getBytes(StandardCharsets.US_ASCII),
        (head + "Content-Length: 50000\r\n\r\n" + "[".repeat(25_000))
            .getBytes(StandardCharsets.US_ASCII),
        (head + "X-Long: " + "h".repeat(100_000) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII),
        packed(head, bomb, bomb.length),
        packed(head, small, small.length),
        packed(head, bomb, bomb.length + 1000));
  }

  private static byte[] packed(String head, byte[] body, int announced) {
    byte[] start =
        (head + "Content-Encoding: gzip\r\nContent-Length: " + announced + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] request = Arrays.copyOf(start, start.length + body.length);
    System.arraycopy(body, 0, request, start.length, body.length);
    return request;
  }

  private static byte[] gzip(int spaces) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(" ".repeat(spaces).getBytes(StandardCharsets.US_ASCII));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return packed.toByteArray();
  }

  /** Requests that were sent to harm, slow ones aside. */
  long sent() {
    return sent.get();
  }

  /** How many of the slow connections the server has not closed. */
  long slowAndOpen() {
    return slow.stream().filter(SocketChannel::isOpen).count();
  }

  private void drip() {
    for (int turn = 0; !ended; turn++) {
      for (int i = turn % 10; i < slow.size(); i += 10) {
        drop(slow.get(i));
      }
      LockSupport.parkNanos(100_000_000);
    }
  }

  private static void drop(SocketChannel channel) {
    try {
      channel.write(ByteBuffer.wrap(new byte[] {' '}));
    } catch (IOException closedByTheServer) {
      closeQuietly(channel);
    }
  }

  private void attack() {
    for (int i = 0; !ended; i++) {
      try (RawHttp client = new RawHttp(port)) {
        client.sendIfOpen(requests.get(i % requests.size()));
        sent.incrementAndGet();
      } catch (IOException refused) {
        throw new UncheckedIOException(refused);
      }
      LockSupport.parkNanos(1_000_000_000L / EACH_PER_SECOND / requests.size());
    }
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException alreadyGone) {
      // it is closed, which is what was wanted
    }
  }

  @Override
  public void close() throws InterruptedException {
    ended = true;
    drip.join();
    attacks.join();
    slow.forEach(RestAbuse::closeQuietly);
  }
}
