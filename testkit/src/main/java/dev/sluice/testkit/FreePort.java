package dev.sluice.testkit;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * TCP ports of the loopback address for processes that must be told theirs, and for those to whom
 * nobody shall listen. Safe for use by many threads.
 *
 * <p>Between the question and the use anyone may take a port. So these are not from the range out
 * of which systems give ports to whoever wants any, which tests that run at the same time do all
 * the time.
 */
public final class FreePort {

  private static final int FIRST = 10_240;
  private static final int END = 32_768;
  private static final int TRIES = 100;

  private FreePort() {}

  /**
   * A port that nobody listens to.
   *
   * @throws IOException if none was found
   */
  public static int next() throws IOException {
    BindException taken = new BindException("no free port was looked for");
    for (int i = 0; i < TRIES; i++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, END);
      try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return port;
      } catch (BindException inUse) {
        taken = inUse;
      }
    }
    throw taken;
  }
}
