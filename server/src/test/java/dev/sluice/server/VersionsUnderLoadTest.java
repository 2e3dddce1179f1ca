package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.tensorflow.NativeObjects;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Versions land under load, every other one by a slow copy straight into its place, and go again,
 * every other one by a slow deletion in its place. No request fails, no load fails, and each answer
 * is that of the version that gave it.
 */
class VersionsUnderLoadTest {

  private static final int REQUESTS_PER_SECOND = 2400;

  /** A hang guard; what is measured is printed. */
  private static final Duration HANGS = Duration.ofSeconds(60);

  private static final int CHUNKS_PER_FILE = 4;

  @TempDir Path folder;

  private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
  private Duration slowestAfterRename = Duration.ZERO;
  private Duration slowestAfterCopy = Duration.ZERO;
  private Duration slowestAfterRemoval = Duration.ZERO;

  @AfterEach
  void nothingStaysOpen() {
    pace.shutdownNow();
    assertThat(NativeObjects.open()).isEmpty();
  }

  @Test
  void twoVersionsLandAndGoWithoutAFailedRequest() throws Exception {
    landAndGo(2, Duration.ofMillis(2500));
  }

  @Test
  @Tag("stress")
  @Timeout(600)
  void tenVersionsLandAndGoWithoutAFailedRequest() throws Exception {
    landAndGo(10, Duration.ofSeconds(5));
  }

  private void landAndGo(int count, Duration copy) throws Exception {
    Path base = Files.createDirectory(folder.resolve("half"));
    StampedModel.make(base, 1);
    try (TestServer server = TestServer.of("half", base, "--max_num_load_retries=0");
        VersionLoad load = new VersionLoad(server, REQUESTS_PER_SECOND)) {
      await(load, 1);
      for (int version = 2; version <= count + 1; version++) {
        land(base, version, copy, load);
        assertNothingFailed(server, load);
      }
      waitUntilAlone(server, count + 1);
      load.goDown();
      for (int version = count + 1; version > 1; version--) {
        remove(base, version, load);
        assertNothingFailed(server, load);
      }
      System.out.printf(
          "Versions under load: %d landed and went; answers at most %d ms after a rename, %d ms"
              + " after the last byte of a copy, %d ms after a removal; %s%n",
          count,
          slowestAfterRename.toMillis(),
          slowestAfterCopy.toMillis(),
          slowestAfterRemoval.toMillis(),
          load.rate());
    }
  }

  private void land(Path base, int version, Duration copy, VersionLoad load) throws Exception {
    Path made = StampedModel.make(folder.resolve("made"), version);
    boolean renamed = version % 2 == 0;
    long landed = renamed ? rename(made, base) : copySlowly(made, base, copy);
    Duration took = Duration.ofNanos(await(load, version) - landed);
    if (renamed) {
      slowestAfterRename = longer(slowestAfterRename, took);
    } else {
      slowestAfterCopy = longer(slowestAfterCopy, took);
    }
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static long rename(Path made, Path base) throws IOException {
    Files.move(made, base.resolve(made.getFileName()));
    return System.nanoTime();
  }

  /** A part of a file and where it goes. */
  private record Chunk(Path file, byte[] bytes) {
    long write() throws IOException {
      Files.createDirectories(file.getParent());
      Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      return System.nanoTime();
    }
  }

  /**
   * Copies file after file in an order of chance, a few bytes at a time, with a pause in the middle
   * that is longer than the quiet period. Returns when the last byte was written.
   */
  private long copySlowly(Path made, Path base, Duration duration) throws Exception {
    List<Chunk> chunks = chunks(made, base.resolve(made.getFileName()));
    long pause = Duration.ofMillis(1500).toNanos();
    long step = (duration.toNanos() - pause) / (chunks.size() - 1);
    List<Future<Long>> written = new ArrayList<>();
    for (int i = 0; i < chunks.size(); i++) {
      long at = i * step + (i >= chunks.size() / 2 ? pause : 0);
      written.add(pace.schedule(chunks.get(i)::write, at, TimeUnit.NANOSECONDS));
    }
    for (Future<Long> chunk : written) {
      chunk.get();
    }
    return written.getLast().get();
  }

  private static List<Chunk> chunks(Path from, Path to) throws IOException {
    List<Path> files = new ArrayList<>(files(from));
    Collections.shuffle(files, new Random(to.getFileName().toString().hashCode()));
    List<Chunk> chunks = new ArrayList<>();
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      int size = Math.ceilDiv(bytes.length, CHUNKS_PER_FILE);
      for (int start = 0; start < bytes.length; start += size) {
        chunks.add(
            new Chunk(
                to.resolve(from.relativize(file).toString()),
                Arrays.copyOfRange(bytes, start, Math.min(bytes.length, start + size))));
      }
    }
    return chunks;
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.filter(Files::isRegularFile).toList();
    }
  }

  private void remove(Path base, int version, VersionLoad load) throws Exception {
    Path directory = base.resolve(Integer.toString(version));
    if (version % 2 == 0) {
      Path hidden = Files.move(directory, folder.resolve("gone-" + version));
      deleteSlowly(hidden, Duration.ZERO);
    } else {
      deleteSlowly(directory, Duration.ofMillis(1500));
    }
    long gone = System.nanoTime();
    Duration took = Duration.ofNanos(await(load, version - 1) - gone);
    slowestAfterRemoval = longer(slowestAfterRemoval, took);
  }

  /** File by file, as rm -r does. */
  private void deleteSlowly(Path directory, Duration duration) throws Exception {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    List<Future<?>> deleted = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      Path file = all.get(i);
      long at = i * duration.toNanos() / all.size();
      deleted.add(
          pace.schedule(
              () -> {
                Files.delete(file);
                return file;
              },
              at,
              TimeUnit.NANOSECONDS));
    }
    for (Future<?> file : deleted) {
      file.get();
    }
  }

  private static long await(VersionLoad load, long version) {
    long limit = System.nanoTime() + HANGS.toNanos();
    while (load.answered(version) == 0) {
      assertThat(System.nanoTime())
          .as("version %d answers; failures: %s", version, load.failures())
          .isLessThan(limit);
      LockSupport.parkNanos(5_000_000);
    }
    return load.answered(version);
  }

  private static void waitUntilAlone(TestServer server, long version) {
    long limit = System.nanoTime() + HANGS.toNanos();
    while (server.server().available().size() > 1) {
      assertThat(System.nanoTime()).as("only %d is left", version).isLessThan(limit);
      LockSupport.parkNanos(5_000_000);
    }
  }

  private static void assertNothingFailed(TestServer server, VersionLoad load) throws Exception {
    assertThat(load.failures()).isEmpty();
    String status = server.get("/v1/models/half").body();
    assertThat(status).contains("\"AVAILABLE\"");
    assertThat(status.replaceAll("\\s", "").replace("\"error_code\":\"OK\"", ""))
        .doesNotContain("error_code");
  }
}
