package dev.sluice.server.record;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import dev.sluice.proto.serving.PredictionLog;
import dev.sluice.protocol.TfRecordReader;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of a warm-up file and has each run as often as it shall be, on one thread or on
 * several that take records in turns. After the first failure no further record is taken.
 *
 * <p>For one reading. The lock is held while a record is read, since the threads share the file,
 * and never while one runs.
 */
final class WarmUpFile {

  /** More are refused, after the first one too many was run. */
  static final int MOST_RECORDS = 1000;

  private static final int SHOWN_BYTES = 100;

  private final Path path;
  private final Consumer<PredictionLog> runs;

  @GuardedBy("this") private long records;

  @GuardedBy("this") private boolean ended;

  @GuardedBy("this") private boolean readable = true;

  @GuardedBy("this") private @Nullable Throwable failure;

  /**
   * @param runs runs the request of a record; throws what the reading fails with
   */
  WarmUpFile(Path path, Consumer<PredictionLog> runs) {
    this.path = path;
    this.runs = runs;
  }

  /** How many records were read. */
  synchronized long records() {
    return records;
  }

  /** False if the file could not be read to its end. */
  synchronized boolean isReadable() {
    return readable;
  }

  /**
   * Reads and runs all.
   *
   * @param iterations runs of each record, in a row
   * @param threads how many records run at a time; the calling thread is one of them
   * @throws StatusException DATA_LOSS if this is no TFRecord file, INVALID_ARGUMENT for a record
   *     that is no PredictionLog or for one record too many, else the failure of a run
   */
  void replay(int iterations, int threads) {
    try (InputStream file = new BufferedInputStream(Files.newInputStream(path))) {
      TfRecordReader reader = new TfRecordReader(file);
      List<Thread> others = new ArrayList<>();
      IntStream.range(1, threads)
          .forEach(i ->
              others.add(
                  Thread.ofPlatform()
                      .daemon()
                      .name("sluice-warm-up-" + i)
                      .start(() -> work(reader, iterations))));
      work(reader, iterations);
      others.forEach(WarmUpFile::join);
    } catch (IOException unreadable) {
      throw fileSystem(unreadable);
    }
    check();
  }

  /** The others use the file, so there is no leaving before them. */
  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(TfRecordReader reader, int iterations) {
    try {
      for (byte[] record = next(reader); record != null; record = next(reader)) {
        PredictionLog parsed = parsed(record);
        for (int i = 0; i < iterations; i++) {
          runs.accept(parsed);
        }
      }
    } catch (RuntimeException | Error why) {
      failed(why);
    }
  }

  private synchronized void failed(Throwable why) {
    failure = why;
  }

  private synchronized byte @Nullable [] next(TfRecordReader reader) {
    if (ended || failure != null) {
      return null;
    }
    byte[] record = read(reader);
    if (record != null) {
      records++;
    }
    ended = record == null || records > MOST_RECORDS;
    return record;
  }

  @GuardedBy("this") private byte @Nullable [] read(TfRecordReader reader) {
    readable = false;
    byte[] record;
    try {
      record = reader.next();
    } catch (StatusException broken) {
      throw new StatusException(
          broken.code(),
          broken.getMessage() + ". Please verify your warmup data is in TFRecord format.",
          broken);
    } catch (IOException unreadable) {
      throw fileSystem(unreadable);
    }
    readable = true;
    return record;
  }

  private PredictionLog parsed(byte[] record) {
    try {
      return PredictionLog.parseFrom(record);
    } catch (InvalidProtocolBufferException malformed) {
      throw new StatusException(
          StatusCode.INVALID_ARGUMENT,
          "Failed to parse warmup record: " + shown(record) + " from " + path,
          malformed);
    }
  }

  /** Of a record of any bytes and any length, as much as a line of text can bear. */
  private static String shown(byte[] record) {
    return record.length > SHOWN_BYTES
        ? TextFormat.escapeBytes(Arrays.copyOf(record, SHOWN_BYTES)) + "..."
        : TextFormat.escapeBytes(record);
  }

  private synchronized void check() {
    switch (failure) {
      case null -> {}
      case RuntimeException why -> throw why;
      case Error why -> throw why;
      default -> throw new AssertionError(failure);
    }
    if (records > MOST_RECORDS) {
      throw StatusException.invalidArgument(
          "Number of warmup records exceeds the maximum (%d) at %s", MOST_RECORDS, path);
    }
  }

  /** The codes and words that TensorFlow has for what went wrong with a file. */
  private StatusException fileSystem(IOException why) {
    if (Files.isDirectory(path)) {
      return new StatusException(StatusCode.FAILED_PRECONDITION, path + "; Is a directory", why);
    }
    return switch (why) {
      case NoSuchFileException _ ->
          new StatusException(StatusCode.NOT_FOUND, path + "; No such file or directory", why);
      case AccessDeniedException _ ->
          new StatusException(StatusCode.PERMISSION_DENIED, path + "; Permission denied", why);
      default -> new StatusException(StatusCode.UNKNOWN, path + "; " + why.getMessage(), why);
    };
  }
}
