package dev.sluice.server.log;

import dev.sluice.status.StatusException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The log of requests: a JSON object a line for each, written by a thread of its own. Requests wait
 * for nothing: what the disk does not take in time is dropped and counted, and so is what it does
 * not take at all; a line on the server's log says when that begins, and when it is over.
 *
 * <p>Thread-safe.
 */
public final class AccessLog implements AutoCloseable {

  private static final Logger LOG = System.getLogger(AccessLog.class.getName());

  /** Requests that may wait to be written: a tenth of a second of a busy server. */
  private static final int WAITING = 8192;

  /** Most lines in one write. */
  private static final int TOGETHER = 512;

  /** How long a file that was moved away may be written to. */
  private static final long LOOK_MILLIS = 1000;

  /** How long the last lines may take at the end. */
  private static final long AT_END_MILLIS = 2000;

  private static final AccessEntry END =
      new AccessEntry(0, "", null, "", "", AccessEntry.Served.NOTHING, "", 0, 0, 0);

  private final BlockingQueue<AccessEntry> queue = new ArrayBlockingQueue<>(WAITING);
  private final LongAdder dropped = new LongAdder();
  private final AccessFile file;
  private final Thread writer;
  private volatile boolean closed;

  /** Whether the last write failed, and when the file was last looked for. The writer's own. */
  private boolean failing;

  private long lookedNanos = System.nanoTime();

  private AccessLog(AccessFile file) {
    this.file = file;
    this.writer = Thread.ofPlatform().daemon().name("sluice-access").unstarted(this::write);
  }

  /**
   * Begins to write.
   *
   * @param target a path, or {@code -} for standard output
   * @throws StatusException INVALID_ARGUMENT if it can't be opened
   */
  public static AccessLog open(String target) {
    AccessLog log = new AccessLog(AccessFile.open(target));
    log.writer.start();
    return log;
  }

  /** A request has ended. Never waits. */
  public void add(AccessEntry entry) {
    if (closed || !queue.offer(entry)) {
      dropped.increment();
    }
  }

  /** How many requests are not in the log, since it was full or could not be written. */
  public long dropped() {
    return dropped.sum();
  }

  private void write() {
    List<AccessEntry> batch = new ArrayList<>(TOGETHER);
    try (file) {
      boolean more = true;
      while (more) {
        AccessEntry first = queue.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        if (first != null) {
          batch.add(first);
          var _ = queue.drainTo(batch, TOGETHER - 1);
        }
        more = !batch.remove(END);
        write(batch);
        batch.clear();
      }
    } catch (InterruptedException | IOException unforeseen) {
      LOG.log(Level.ERROR, "The access log has ended", unforeseen);
    }
  }

  private void write(List<AccessEntry> batch) {
    try {
      followRotation();
      if (!batch.isEmpty()) {
        StringBuilder lines = new StringBuilder();
        batch.forEach(entry -> lines.append(AccessLine.of(entry)));
        file.add(lines.toString().getBytes(StandardCharsets.UTF_8));
        tell(null);
      }
    } catch (IOException | RuntimeException failure) {
      dropped.add(batch.size());
      tell(failure);
    }
  }

  private void followRotation() throws IOException {
    long now = System.nanoTime();
    if (now - lookedNanos >= TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS)) {
      lookedNanos = now;
      file.followRotation();
    }
  }

  /** Once when it begins, and once when it is over. */
  private void tell(@Nullable Exception failure) {
    boolean fails = failure != null;
    if (fails == failing) {
      return;
    }
    failing = fails;
    if (failure == null) {
      LogEvent.of("access_log_goes_on", "The access log is written again; missing: " + dropped())
          .with("dropped", dropped())
          .log(LOG, Level.INFO);
    } else {
      LogEvent.of(
              "access_log_failed", "The access log can't be written, requests go on: " + failure)
          .with("error", failure.toString())
          .log(LOG, Level.ERROR);
    }
  }

  /** Writes what there is, as far as the disk takes it in time, and no more. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (queue.offer(END, AT_END_MILLIS, TimeUnit.MILLISECONDS)) {
        writer.join(AT_END_MILLIS);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
