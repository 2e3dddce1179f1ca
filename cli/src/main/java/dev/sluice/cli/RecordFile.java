package dev.sluice.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.proto.serving.PredictionLog;
import dev.sluice.protocol.TfRecordReader;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file of logged requests, read record by record: lines of JSON if its name ends in {@code
 * .jsonl}, else TFRecord. For one thread.
 */
final class RecordFile implements AutoCloseable {

  private static final String LINES = ".jsonl";

  /** Reads one record; null at the end. */
  private interface Reader {
    @Nullable PredictionLog next() throws IOException;
  }

  private final Path path;
  private final InputStream in;
  private final Reader reader;
  private int number;

  private RecordFile(Path path, InputStream in) {
    this.path = path;
    this.in = in;
    this.reader = path.toString().endsWith(LINES) ? lines(in) : records(in);
  }

  /**
   * Opens a file at its beginning.
   *
   * @throws StatusException NOT_FOUND if it can't be opened
   */
  static RecordFile open(Path path) {
    try {
      return new RecordFile(path, FileAtFirst.open(path));
    } catch (IOException failure) {
      throw unreadable(path, failure);
    }
  }

  private static Reader records(InputStream in) {
    TfRecordReader records = new TfRecordReader(in);
    return () -> {
      byte[] record = records.next();
      return record == null ? null : PredictionLog.parseFrom(record);
    };
  }

  private static Reader lines(InputStream in) {
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    return () -> {
      String line = lines.readLine();
      return line == null ? null : parsed(line);
    };
  }

  private static PredictionLog parsed(String line) throws InvalidProtocolBufferException {
    PredictionLog.Builder log = PredictionLog.newBuilder();
    JsonFormat.parser().merge(line, log);
    return log.build();
  }

  /** Which record was read last, counted from 1. */
  int number() {
    return number;
  }

  /**
   * The next record; null at the end of the file.
   *
   * @throws StatusException DATA_LOSS if it can't be read, INVALID_ARGUMENT if it is no
   *     PredictionLog; the text names the file
   */
  @Nullable PredictionLog next() {
    number++;
    try {
      return reader.next();
    } catch (StatusException broken) {
      throw new StatusException(
          broken.code(),
          "%s: %s; expected a TFRecord file of PredictionLog, or lines of JSON in a file *%s"
              .formatted(path, broken.getMessage(), LINES),
          broken);
    } catch (InvalidProtocolBufferException malformed) {
      throw new StatusException(
          StatusCode.INVALID_ARGUMENT,
          "%s: record %d is no PredictionLog: %s".formatted(path, number, malformed.getMessage()),
          malformed);
    } catch (IOException failure) {
      throw unreadable(path, failure);
    }
  }

  private static StatusException unreadable(Path path, IOException failure) {
    return new StatusException(
        StatusCode.NOT_FOUND, "cannot read " + path + ": " + failure, failure);
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException failure) {
      throw unreadable(path, failure);
    }
  }
}
