package dev.sluice.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.status.StatusException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the log of requests does with its file. */
class AccessLogTest {

  @TempDir Path folder;

  private static AccessEntry entry(String path) {
    return new AccessEntry(
        1000, "rest", null, "POST", path, AccessEntry.Served.NOTHING, 200, 3, 4, 2_500_000);
  }

  private static void await(BooleanSupplier condition) {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("it did not come").isLessThan(limit);
      LockSupport.parkNanos(5_000_000);
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException notThere) {
      return List.of();
    }
  }

  @Test
  void requestIsAnObjectInALine() throws Exception {
    Path file = folder.resolve("access.log");
    InetAddress six = InetAddress.getByName("::1");
    try (AccessLog log = AccessLog.open(file.toString())) {
      log.add(entry("/a\"b"));
      log.add(
          new AccessEntry(
              0,
              "grpc",
              new InetSocketAddress(six, 7),
              "",
              "/p/Predict",
              new AccessEntry.Served("m", 3L),
              "OK",
              1,
              2,
              1000));
    }
    assertThat(Files.readString(file))
        .isEqualTo(
            """
            {"time":"1970-01-01T00:00:00.998Z","protocol":"rest","method":"POST","path":"/a\\"b",\
            "status":200,"bytes_in":3,"bytes_out":4,"ms":2.5}
            {"time":"1970-01-01T00:00:00.000Z","protocol":"grpc","peer":"[0:0:0:0:0:0:0:1]:7",\
            "path":"/p/Predict","model":"m","version":3,"status":"OK","bytes_in":1,"bytes_out":2,\
            "ms":0.001}
            """);
  }

  @Test
  void linesAreAddedToThoseThatAreThere() throws Exception {
    Path file = Files.writeString(folder.resolve("access.log"), "before\n");
    try (AccessLog log = AccessLog.open(file.toString())) {
      log.add(entry("/after"));
    }
    assertThat(lines(file)).hasSize(2).first().isEqualTo("before");
  }

  @Test
  void fileThatWasMovedAwayIsMadeAnew() throws Exception {
    Path file = folder.resolve("access.log");
    Path old = folder.resolve("access.log.1");
    try (AccessLog log = AccessLog.open(file.toString())) {
      log.add(entry("/first"));
      await(() -> lines(file).size() == 1);
      Files.move(file, old);
      await(() -> Files.exists(file)); // also while nothing is asked
      log.add(entry("/second"));
      await(() -> lines(file).size() == 1);
    }
    assertThat(lines(old)).hasSize(1).first().asString().contains("/first");
    assertThat(lines(file)).hasSize(1).first().asString().contains("/second");
  }

  @Test
  void diskThatTakesNothingCostsLinesAndNothingElse() throws Exception {
    Path logs = Files.createDirectory(folder.resolve("logs"));
    Path file = logs.resolve("access.log");
    Path elsewhere = folder.resolve("elsewhere");
    try (AccessLog log = AccessLog.open(file.toString())) {
      Files.move(logs, elsewhere);
      await(() -> {
        log.add(entry("/lost"));
        return log.dropped() > 0;
      });
      Files.move(elsewhere, logs);
      await(() -> {
        log.add(entry("/kept"));
        return lines(file).stream().anyMatch(line -> line.contains("/kept"));
      });
    }
    assertThat(lines(file)).allMatch(line -> line.startsWith("{") && line.endsWith("}"));
  }

  @Test
  void afterTheEndNothingIsWritten() throws Exception {
    Path file = folder.resolve("access.log");
    AccessLog log = AccessLog.open(file.toString());
    log.close();
    log.add(entry("/late"));
    log.close();
    assertThat(log.dropped()).isEqualTo(1);
    assertThat(lines(file)).isEmpty();
  }

  @Test
  void fileThatCanNotBeOpenedIsRefusedWithTheReason() {
    assertThatThrownBy(() -> AccessLog.open(folder + "/none/access.log"))
        .isInstanceOf(StatusException.class)
        .hasMessageEndingWith("none/access.log can't be opened: its folder is not there");
    assertThatThrownBy(() -> AccessLog.open(folder.toString()))
        .isInstanceOf(StatusException.class)
        .hasMessageContaining("can't be opened: ");
  }
}
