package dev.sluice.server.record;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.status.StatusCode;
import dev.sluice.tensorflow.BackgroundThread;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes records from requests and has a thread of its own write them to files. Never makes a
 * request wait: what finds no room is dropped. A file that can't be written is given up; another
 * one is tried a second later, and until then records are dropped. Every record that was offered is
 * told of once.
 *
 * <p>Thread-safe. The lock is held for the queue alone, not while a file is written.
 */
final class LogSink {

  /**
   * What a sink is made of.
   *
   * @param name what the server's log calls it
   * @param files used by the sink's thread alone
   * @param nanoTime a clock as {@link System#nanoTime}
   */
  record Parts(
      String name,
      LogFormat format,
      LogFiles files,
      RequestLogObserver observer,
      LongSupplier nanoTime) {}

  private record Entry(String model, byte[] record) {}

  private static final System.Logger LOG = System.getLogger(LogSink.class.getName());

  private static final int MOST_WAITING = 10_000;
  private static final long MOST_WAITING_BYTES =
      Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 16);
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Parts parts;
  private final Thread thread;

  @GuardedBy("this") private final Deque<Entry> waiting = new ArrayDeque<>();

  @GuardedBy("this") private long waitingBytes;

  @GuardedBy("this") private boolean ended;

  /** Used by the thread alone, as is the next. */
  private boolean failing;

  private long failedAt;

  private LogSink(Parts parts) {
    this.parts = parts;
    this.thread = Thread.ofPlatform().daemon().name("sluice-request-log").unstarted(this::work);
  }

  /** Starts the thread. */
  static LogSink start(Parts parts) {
    LogSink sink = new LogSink(parts);
    sink.thread.start();
    return sink;
  }

  /** A record with more bytes has no chance. */
  long mostBytes() {
    return parts.format().mostBytes();
  }

  /** Takes a record, or drops it; returns at once. */
  void offer(String model, byte[] record) {
    StatusCode outcome = taken(new Entry(model, record));
    if (outcome != StatusCode.OK) {
      parts.observer().logged(model, outcome);
    }
  }

  private synchronized StatusCode taken(Entry entry) {
    if (ended) {
      return StatusCode.UNAVAILABLE;
    }
    long bytes = waitingBytes + entry.record().length;
    if (waiting.size() == MOST_WAITING || bytes > MOST_WAITING_BYTES) {
      return StatusCode.RESOURCE_EXHAUSTED;
    }
    waiting.addLast(entry);
    waitingBytes = bytes;
    notifyAll();
    return StatusCode.OK;
  }

  private void work() {
    BackgroundThread.lower(BackgroundThread.RUNS);
    for (Entry next = next(); next != null; next = next()) {
      parts.observer().logged(next.model(), write(next.record()));
    }
    try {
      parts.files().close();
    } catch (IOException why) {
      LOG.log(Level.WARNING, "The request log " + parts.name() + " can't be closed: " + why);
    }
  }

  /** Waits for a record; null if there will be none any more. */
  private synchronized @Nullable Entry next() {
    while (waiting.isEmpty() && !ended) {
      try {
        wait();
      } catch (InterruptedException notOurs) {
        LOG.log(Level.DEBUG, "the thread of a request log was interrupted", notOurs);
      }
    }
    Entry next = waiting.pollFirst();
    if (next != null) {
      waitingBytes -= next.record().length;
    }
    return next;
  }

  private StatusCode write(byte[] record) {
    if (failing && parts.nanoTime().getAsLong() - failedAt < PAUSE_NANOS) {
      return StatusCode.DATA_LOSS;
    }
    try {
      parts.files().write(parts.format().framed(record));
      recovered();
      return StatusCode.OK;
    } catch (InvalidProtocolBufferException unfit) {
      LOG.log(Level.DEBUG, "a request can't be logged", unfit);
      return StatusCode.INVALID_ARGUMENT;
    } catch (IOException | RuntimeException | OutOfMemoryError why) {
      failed(why);
      return StatusCode.DATA_LOSS;
    }
  }

  private void recovered() {
    if (failing) {
      failing = false;
      LOG.log(Level.INFO, "The request log " + parts.name() + " is written again");
    }
  }

  private void failed(Throwable why) {
    if (!failing) {
      LOG.log(
          Level.WARNING,
          "The request log "
              + parts.name()
              + " can't be written, so requests are missing in it from now on: "
              + why);
    }
    failing = true;
    failedAt = parts.nanoTime().getAsLong();
    parts.files().giveUp();
  }

  private synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** Has sinks write what waits and end; those whose disks do not answer for seconds are left. */
  static void close(Collection<LogSink> sinks) {
    sinks.forEach(LogSink::end);
    long begin = System.nanoTime();
    for (LogSink sink : List.copyOf(sinks)) {
      try {
        if (!sink.thread.join(PATIENCE.minusNanos(System.nanoTime() - begin))) {
          LOG.log(
              Level.WARNING,
              "The request log " + sink.parts.name() + " is left: its disk does not answer");
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return; // they end by themselves
      }
    }
  }
}
