package dev.sluice.server.record;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.proto.serving.PredictionLog;
import dev.sluice.protocol.TfRecordWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** How logged requests lie in a file; in a config, the type of the log collector. */
enum LogFormat {
  /** As TensorFlow has them: to be read by its tools, replayed, and used as a warm-up file. */
  TFRECORD(16L << 20) {
    @Override
    byte[] framed(byte[] record) throws InvalidProtocolBufferException {
      var _ =
          PredictionLog.parseFrom(record); // a file with one that does not parse warms nothing up
      ByteArrayOutputStream bytes =
          new ByteArrayOutputStream(Math.toIntExact(TfRecordWriter.size(record)));
      try {
        new TfRecordWriter(bytes).write(record);
      } catch (IOException never) {
        throw new UncheckedIOException(never);
      }
      return bytes.toByteArray();
    }
  },

  /**
   * A line of JSON each: to be read by people and by what collects logs. Text takes many times the
   * memory of tensors while it is made, hence the lower limit.
   */
  JSONL(1L << 20) {
    @Override
    byte[] framed(byte[] record) throws InvalidProtocolBufferException {
      String line =
          JsonFormat.printer()
              .omittingInsignificantWhitespace()
              .print(PredictionLog.parseFrom(record));
      return (line + '\n').getBytes(StandardCharsets.UTF_8);
    }
  };

  private final long mostBytes;

  LogFormat(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** A request and an answer that have more together are not logged. */
  long mostBytes() {
    return mostBytes;
  }

  /** The ending of the names of files. */
  String ending() {
    return "." + name().toLowerCase(Locale.ROOT);
  }

  /**
   * A serialised {@code PredictionLog} as a file has it.
   *
   * @throws InvalidProtocolBufferException if it is none: examples of a model that does not look at
   *     them may be any bytes
   */
  abstract byte[] framed(byte[] record) throws InvalidProtocolBufferException;
}
