package dev.sluice.server.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proto.serving.PredictLog;
import dev.sluice.proto.serving.PredictionLog;
import dev.sluice.protocol.TfRecordWriter;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How often the records of a file run, and what ends that; with runs that do nothing. */
class WarmUpFileTest {

  private static final byte[] RECORD =
      PredictionLog.newBuilder()
          .setPredictLog(PredictLog.getDefaultInstance())
          .build()
          .toByteArray();

  private final AtomicInteger runs = new AtomicInteger();
  @TempDir private Path folder;
  private Path path;

  @BeforeEach
  void place() {
    path = folder.resolve("requests");
  }

  private void write(List<byte[]> records) throws IOException {
    try (OutputStream out = Files.newOutputStream(path)) {
      TfRecordWriter writer = new TfRecordWriter(out);
      for (byte[] record : records) {
        writer.write(record);
      }
    }
  }

  private WarmUpFile file() {
    return file(record -> runs.incrementAndGet());
  }

  private WarmUpFile file(Consumer<PredictionLog> run) {
    return new WarmUpFile(path, run);
  }

  private static void assertFails(WarmUpFile file, int threads, StatusCode code, String text) {
    assertThatThrownBy(() -> file.replay(1, threads))
        .isInstanceOfSatisfying(
            StatusException.class, failure -> assertThat(failure.code()).isEqualTo(code))
        .hasMessage(text);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "1, 4", "2, 4"})
  @Spec({"WU-2", "WU-6"})
  void everyRecordRunsAsOftenAsItShall(int iterations, int threads) throws Exception {
    write(Collections.nCopies(100, RECORD));
    WarmUpFile file = file();
    file.replay(iterations, threads);
    assertThat(runs.get()).isEqualTo(100 * iterations);
    assertThat(file.records()).isEqualTo(100);
    write(List.of());
    WarmUpFile empty = file();
    empty.replay(iterations, threads);
    assertThat(empty.records()).isZero();
    assertThat(runs.get()).isEqualTo(100 * iterations);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  @Spec("WU-4")
  void oneRecordTooManyIsRunAndThenRefused(int threads) throws Exception {
    write(Collections.nCopies(1000, RECORD));
    file().replay(1, threads);
    assertThat(runs.getAndSet(0)).isEqualTo(1000);
    write(Collections.nCopies(1005, RECORD));
    assertFails(
        file(),
        threads,
        StatusCode.INVALID_ARGUMENT,
        "Number of warmup records exceeds the maximum (1000) at " + path);
    assertThat(runs.get()).isEqualTo(1001);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  @Spec("WU-3")
  void textIsNoTfRecordFile(int threads) throws Exception {
    Files.writeString(path, "this is not what was wanted here");
    WarmUpFile file = file();
    assertFails(
        file,
        threads,
        StatusCode.DATA_LOSS,
        "corrupted record at 0 (Is this even a TFRecord file?). Please verify your warmup data is"
            + " in TFRecord format.");
    assertThat(file.isReadable()).isFalse();
    assertThat(runs.get()).isZero();
  }

  @Test
  @Spec("WU-5")
  void recordThatIsNoPredictionLogIsShownShortened() throws Exception {
    write(List.of(RECORD, "no\nproto\u0001".getBytes(UTF_8)));
    WarmUpFile file = file();
    assertFails(
        file,
        1,
        StatusCode.INVALID_ARGUMENT,
        "Failed to parse warmup record: no\\nproto\\001 from " + path);
    assertThat(file.isReadable()).isTrue();
    assertThat(runs.get()).isEqualTo(1);
    byte[] large = new byte[1000];
    Arrays.fill(large, (byte) 7);
    write(List.of(large));
    assertFails(
        file(),
        1,
        StatusCode.INVALID_ARGUMENT,
        "Failed to parse warmup record: " + "\\a".repeat(100) + "... from " + path);
  }

  @Test
  void nothingIsTakenAfterAFailure() throws Exception {
    write(Collections.nCopies(10, RECORD));
    WarmUpFile file =
        file(record -> {
          if (runs.incrementAndGet() == 3) {
            throw StatusException.unavailable("not now");
          }
        });
    assertFails(file, 1, StatusCode.UNAVAILABLE, "not now");
    assertThat(runs.get()).isEqualTo(3);
    assertThat(file.records()).isEqualTo(3);
  }

  @Test
  void threadsRunRecordsAtTheSameTime() throws Exception {
    write(Collections.nCopies(4, RECORD));
    CountDownLatch together = new CountDownLatch(4);
    file(
            record -> {
              runs.incrementAndGet();
              together.countDown();
              await(together);
            })
        .replay(1, 4);
    assertThat(together.getCount()).as("the four had met").isZero();
    assertThat(runs.get()).isEqualTo(4);
  }

  private static void await(CountDownLatch latch) {
    try {
      var _ = latch.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  @Test
  void fileThatCannotBeReadHasTheCodeOfTheFileSystem() throws Exception {
    assertFails(file(), 1, StatusCode.NOT_FOUND, path + "; No such file or directory");
    Files.createDirectory(path);
    assertFails(file(), 1, StatusCode.FAILED_PRECONDITION, path + "; Is a directory");
  }
}
