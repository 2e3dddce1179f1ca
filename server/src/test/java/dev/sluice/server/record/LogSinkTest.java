package dev.sluice.server.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proto.serving.PredictLog;
import dev.sluice.proto.serving.PredictionLog;
import dev.sluice.server.LoggedLines;
import dev.sluice.status.StatusCode;
import dev.sluice.testkit.Spec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What becomes of records on disks that are full, hang, or are just slow. */
class LogSinkTest {

  private static final byte[] RECORD =
      PredictionLog.newBuilder()
          .setPredictLog(PredictLog.getDefaultInstance())
          .build()
          .toByteArray();

  private final BlockingQueue<StatusCode> outcomes = new LinkedBlockingQueue<>();
  private final AtomicLong nanos = new AtomicLong();

  private LogSink sink(LogFiles.Opener opener) {
    LogFiles files =
        new LogFiles(
            "/logs/a",
            LogFormat.TFRECORD,
            new LogFiles.Limits(1_000_000, 10),
            opener,
            InstantSource.fixed(Instant.EPOCH));
    return LogSink.start(
        new LogSink.Parts(
            "/logs/a",
            LogFormat.TFRECORD,
            files,
            (model, outcome) -> outcomes.add(outcome),
            nanos::get));
  }

  /** What became of the next record that is told of. */
  private StatusCode outcome() throws InterruptedException {
    return outcomes.poll(60, TimeUnit.SECONDS);
  }

  private StatusCode outcomeOf(LogSink sink, byte[] record) throws InterruptedException {
    sink.offer("a", record);
    return outcome();
  }

  /** A disk without room until somebody makes some. */
  private static final class FullDisk implements LogFiles.Opener {
    private final AtomicInteger attempts = new AtomicInteger();
    private volatile boolean full = true;

    @Override
    public OutputStream open(Path path) {
      attempts.incrementAndGet();
      return new ByteArrayOutputStream() {
        @Override
        public void write(byte[] bytes) throws IOException {
          if (full) {
            throw new IOException("No space left on device");
          }
          super.write(bytes);
        }
      };
    }
  }

  @Test
  @Spec("RL-2")
  void fullDiskIsCountedAndSaidOnceAndLoggingGoesOnWhenThereIsRoom() throws Exception {
    FullDisk disk = new FullDisk();
    LogSink sink = sink(disk);
    try (LoggedLines log = LoggedLines.of(LogSink.class)) {
      assertThat(outcomeOf(sink, RECORD)).isEqualTo(StatusCode.DATA_LOSS);
      nanos.addAndGet(999_999_999);
      assertThat(outcomeOf(sink, RECORD)).isEqualTo(StatusCode.DATA_LOSS);
      assertThat(disk.attempts).as("not tried again within a second").hasValue(1);
      nanos.addAndGet(1);
      assertThat(outcomeOf(sink, RECORD)).isEqualTo(StatusCode.DATA_LOSS);
      assertThat(disk.attempts).hasValue(2);
      disk.full = false;
      nanos.addAndGet(1_000_000_000);
      assertThat(outcomeOf(sink, RECORD)).isEqualTo(StatusCode.OK);
      assertThat(outcomeOf(sink, RECORD)).isEqualTo(StatusCode.OK);
      assertThat(log.lines())
          .containsExactly(
              "The request log /logs/a can't be written, so requests are missing in it from now"
                  + " on: java.io.IOException: No space left on device",
              "The request log /logs/a is written again");
    } finally {
      LogSink.close(List.of(sink));
    }
  }

  @Test
  void recordThatDoesNotParseIsLeftOutAndTheFileGoesOn() throws Exception {
    AtomicInteger opened = new AtomicInteger();
    LogSink sink =
        sink(path -> {
          opened.incrementAndGet();
          return new ByteArrayOutputStream();
        });
    assertThat(outcomeOf(sink, RECORD)).isEqualTo(StatusCode.OK);
    assertThat(outcomeOf(sink, new byte[] {-1})).isEqualTo(StatusCode.INVALID_ARGUMENT);
    assertThat(outcomeOf(sink, RECORD)).isEqualTo(StatusCode.OK);
    assertThat(opened).hasValue(1);
    LogSink.close(List.of(sink));
  }

  @Test
  void diskThatHangsHoldsUpNobodyAndWhatFindsNoRoomIsDropped() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    CountDownLatch opening = new CountDownLatch(1);
    LogSink sink =
        sink(path -> {
          opening.countDown();
          awaited(hangs);
          return new ByteArrayOutputStream();
        });
    sink.offer("a", RECORD);
    assertThat(opening.await(60, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < 11_000; i++) {
      sink.offer("a", RECORD);
    }
    assertThat(outcomes)
        .as("ten thousand wait")
        .hasSize(1000)
        .containsOnly(StatusCode.RESOURCE_EXHAUSTED);
    hangs.countDown();
    Map<StatusCode, Integer> counts = new EnumMap<>(StatusCode.class);
    for (int i = 0; i < 11_001; i++) {
      counts.merge(outcome(), 1, Integer::sum);
    }
    assertThat(counts)
        .isEqualTo(Map.of(StatusCode.RESOURCE_EXHAUSTED, 1000, StatusCode.OK, 10_001));
    LogSink.close(List.of(sink));
  }

  private static void awaited(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(60, TimeUnit.SECONDS)) {
        throw new IOException("waited in vain");
      }
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }

  @Test
  void bytesThatWaitAreBounded() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    CountDownLatch opening = new CountDownLatch(1);
    LogSink sink =
        sink(path -> {
          opening.countDown();
          awaited(hangs);
          return new ByteArrayOutputStream();
        });
    sink.offer("a", RECORD);
    assertThat(opening.await(60, TimeUnit.SECONDS)).isTrue();
    byte[] large = new byte[8 << 20];
    for (int i = 0; i < 9; i++) {
      sink.offer("a", large); // the same array: 64 MiB that take eight
    }
    assertThat(outcomes).isNotEmpty().containsOnly(StatusCode.RESOURCE_EXHAUSTED);
    hangs.countDown();
    LogSink.close(List.of(sink));
  }

  /** Whatever the threads do first, no record gets lost between the queue and the close. */
  @Test
  void everyRecordIsToldOfThoughTheLogIsClosedMeanwhile() throws Exception {
    LogSink sink = sink(path -> new ByteArrayOutputStream());
    CountDownLatch begun = new CountDownLatch(4);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                begun.countDown();
                for (int record = 0; record < 2000; record++) {
                  sink.offer("a", RECORD);
                }
              }));
    }
    assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
    LogSink.close(List.of(sink));
    for (Thread thread : threads) {
      thread.join();
    }
    List<StatusCode> told = new ArrayList<>();
    for (int i = 0; i < 8000; i++) {
      told.add(outcome());
    }
    assertThat(told).isSubsetOf(StatusCode.OK, StatusCode.UNAVAILABLE);
    assertThat(outcomes).isEmpty();
  }
}
