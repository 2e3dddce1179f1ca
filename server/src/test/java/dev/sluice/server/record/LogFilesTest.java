package dev.sluice.server.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.proto.serving.PredictLog;
import dev.sluice.proto.serving.PredictionLog;
import dev.sluice.protocol.TfRecordReader;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFilesTest {

  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-01-02T03:04:05Z"));

  @TempDir private Path folder;

  private LogFiles files(LogFormat format, LogFiles.Limits limits, LogFiles.Opener opener) {
    return new LogFiles(folder.resolve("logs/half").toString(), format, limits, opener, CLOCK);
  }

  private LogFiles files(LogFormat format, int records, int files) {
    return files(format, new LogFiles.Limits(records, files), LogFiles.Opener.FILES);
  }

  private static byte[] record(String model) {
    PredictLog.Builder log = PredictLog.newBuilder();
    log.getRequestBuilder().getModelSpecBuilder().setName(model);
    return PredictionLog.newBuilder().setPredictLog(log).build().toByteArray();
  }

  private static byte[] framed(String model) throws IOException {
    return LogFormat.TFRECORD.framed(record(model));
  }

  private List<Path> written() throws IOException {
    try (Stream<Path> all = Files.list(folder.resolve("logs"))) {
      return all.sorted().toList();
    }
  }

  private static List<byte[]> records(Path file) throws IOException {
    List<byte[]> records = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      TfRecordReader reader = new TfRecordReader(in);
      for (byte[] record = reader.next(); record != null; record = reader.next()) {
        records.add(record);
      }
    }
    return records;
  }

  @Test
  void fullFileIsFollowedByAnotherAndTheOldestIsDeleted() throws Exception {
    LogFiles files = files(LogFormat.TFRECORD, 2, 2);
    for (int i = 0; i < 5; i++) {
      files.write(framed("m" + i));
    }
    String name = "half-" + ProcessHandle.current().pid() + "-20260102T030405";
    assertThat(written())
        .extracting(file -> file.getFileName().toString())
        .containsExactly(name + ".1.tfrecord", name + ".2.tfrecord");
    assertThat(records(written().get(0))).containsExactly(record("m2"), record("m3"));
    assertThat(records(written().get(1))).as("not closed yet").containsExactly(record("m4"));
    files.close();
  }

  @Test
  void linesAreJson() throws Exception {
    LogFiles files = files(LogFormat.JSONL, 10, 2);
    files.write(LogFormat.JSONL.framed(record("a")));
    files.write(LogFormat.JSONL.framed(record("b")));
    files.close();
    assertThat(Files.readAllLines(written().getFirst(), UTF_8))
        .containsExactly(
            "{\"predictLog\":{\"request\":{\"modelSpec\":{\"name\":\"a\"}}}}",
            "{\"predictLog\":{\"request\":{\"modelSpec\":{\"name\":\"b\"}}}}");
  }

  @Test
  void noFormatTakesWhatIsNoRecord() {
    for (LogFormat format : LogFormat.values()) {
      assertThatThrownBy(() -> format.framed(new byte[] {-1, -1}))
          .isInstanceOf(InvalidProtocolBufferException.class);
    }
  }

  @Test
  void fileOnAFullDiskIsNotKeptAndTheNextOneIsAnother() throws Exception {
    List<Path> opened = new ArrayList<>();
    LogFiles files =
        files(
            LogFormat.TFRECORD,
            new LogFiles.Limits(10, 10),
            path -> {
              opened.add(path);
              Files.createDirectories(path.getParent());
              Files.createFile(path);
              return new FileOutputStream("/dev/full");
            });
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> files.write(framed("m"))).isInstanceOf(IOException.class);
      files.giveUp();
      assertThat(written()).isEmpty();
    }
    assertThat(opened).hasSize(2);
  }

  /** Writes half of what it gets the third time. */
  private static OutputStream fullAfterTwo(OutputStream disk) {
    return new FilterOutputStream(disk) {
      private int writes;

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        writes++;
        out.write(bytes, offset, writes < 3 ? length : length / 2);
        if (writes == 3) {
          throw new IOException("No space left on device");
        }
      }
    };
  }

  @Test
  void recordOfWhichOnlyAPartFoundRoomIsCutOff() throws Exception {
    LogFiles files =
        files(
            LogFormat.TFRECORD,
            new LogFiles.Limits(10, 10),
            path -> fullAfterTwo(LogFiles.Opener.FILES.open(path)));
    files.write(framed("m1"));
    files.write(framed("m2"));
    assertThatThrownBy(() -> files.write(framed("m3"))).hasMessage("No space left on device");
    files.giveUp();
    files.write(framed("m4"));
    files.close();
    assertThat(written()).hasSize(2);
    List<byte[]> all = new ArrayList<>();
    for (Path file : written()) {
      all.addAll(records(file));
    }
    assertThat(all).containsExactlyInAnyOrder(record("m1"), record("m2"), record("m4"));
  }

  @Test
  void fileInThePlaceOfTheFolderIsNamed() throws Exception {
    Files.createFile(folder.resolve("logs"));
    assertThatThrownBy(() -> files(LogFormat.TFRECORD, 1, 1).write(framed("m")))
        .isInstanceOf(NotDirectoryException.class)
        .hasMessageContaining(folder.resolve("logs").toString());
  }
}
