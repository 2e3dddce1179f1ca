package dev.sluice.server;

import dev.sluice.server.config.TlsIdentity;
import dev.sluice.server.log.LogEvent;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The file that the server's identity comes from, looked at every second for as long as the server
 * runs. What it holds is compared, not its time: that works for links that are moved and for copies
 * that keep their times. A change counts when two looks have seen the same, so a file is not read
 * in the middle of being written; one that can't be used is told of once and changes nothing.
 */
final class TlsFile implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(ModelServer.class.getName());

  private final String path;
  private final Path file;
  private final Tls tls;
  private final ScheduledExecutorService thread;

  /** What was last acted upon, well or badly, and what the last look saw. The thread's own. */
  private byte @Nullable [] known;

  private byte @Nullable [] seen;

  private TlsFile(String path, ScheduledExecutorService thread) {
    this.path = path;
    this.file = Path.of(path);
    this.thread = thread;
    this.known = content();
    this.tls = new Tls(TlsIdentity.read(path, LOG));
  }

  /**
   * Reads the file and begins to watch it.
   *
   * @throws StatusException as {@link TlsIdentity#read}
   */
  static TlsFile watch(String path) {
    ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("sluice-tls").factory());
    TlsFile watched;
    try {
      watched = new TlsFile(path, thread);
    } catch (RuntimeException | Error failure) {
      thread.shutdownNow();
      throw failure;
    }
    var _ = thread.scheduleWithFixedDelay(watched::look, 1, 1, TimeUnit.SECONDS);
    return watched;
  }

  Tls tls() {
    return tls;
  }

  private void look() {
    byte[] now = content();
    if (Arrays.equals(now, known)) {
      seen = known;
    } else if (Arrays.equals(now, seen)) {
      known = now;
      change();
    } else {
      seen = now;
    }
  }

  private void change() {
    try {
      tls.become(TlsIdentity.read(path, LOG));
    } catch (RuntimeException unusable) { // whatever is wrong with it, the server goes on
      String why =
          unusable instanceof StatusException
              ? String.valueOf(unusable.getMessage())
              : unusable.toString();
      LogEvent.of(
              "tls_refused",
              "TLS goes on as it was, the file has changed and can't be used: " + why)
          .with("file", path)
          .with("error", why)
          .log(LOG, Level.ERROR);
    }
  }

  /** Null where it can't be read. */
  private byte @Nullable [] content() {
    try {
      return Files.readAllBytes(file);
    } catch (IOException unreadable) {
      return null;
    }
  }

  /** Looks no more. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
