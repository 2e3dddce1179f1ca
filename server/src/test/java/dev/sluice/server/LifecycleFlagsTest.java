package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.ServableId;
import dev.sluice.testkit.Models;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the flags of the lifecycle do to a server, seen from outside. */
class LifecycleFlagsTest {

  private static final Duration GUARD = Duration.ofSeconds(30);

  @TempDir Path base;

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void eventually(Condition condition) throws Exception {
    long end = System.nanoTime() + GUARD.toNanos();
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("waited too long").isLessThan(end);
      LockSupport.parkNanos(5_000_000);
    }
  }

  private void version(int version) {
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, base, version);
  }

  private static boolean answers(TestServer server, int version) throws Exception {
    return server
            .post("/v1/models/half/versions/" + version + ":predict", "{\"inputs\": [2.0]}")
            .statusCode()
        == 200;
  }

  private static ServableId id(int version) {
    return new ServableId("half", version);
  }

  private long estimate(int version) throws Exception {
    try (Stream<Path> files = Files.walk(base.resolve(Integer.toString(version)))) {
      long bytes = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
      return (long) (1.2 * bytes);
    }
  }

  @Test
  void versionCountsFromItsMarkerOn() throws Exception {
    version(1);
    Files.createFile(base.resolve("1/_SUCCESS"));
    version(2);
    try (TestServer server = TestServer.of("half", base, "--version_marker_file=_SUCCESS")) {
      assertThat(server.server().available()).containsExactly(id(1));
      Files.createFile(base.resolve("2/_SUCCESS"));
      eventually(() -> answers(server, 2));
    }
  }

  @Test
  void versionWithoutRoomFailsAndTheOldOneServesOn() throws Exception {
    version(1);
    long budget = estimate(1) + 100;
    try (TestServer server =
        TestServer.of(
            "half",
            base,
            "--model_memory_budget_bytes=" + budget,
            "--version_completeness_check=false")) {
      version(2);
      eventually(() ->
          server
              .get("/v1/models/half/versions/2")
              .body()
              .contains("Insufficient resources to load servable {name: half version: 2}"));
      assertThat(answers(server, 1)).isTrue();
    }
  }

  @Test
  void oldVersionGoesFirstWhereResourcesArePreserved() throws Exception {
    version(1);
    long budget = estimate(1) + 100;
    try (TestServer server =
        TestServer.of(
            "half",
            base,
            "--model_memory_budget_bytes=" + budget,
            "--version_transition=resources")) {
      version(2);
      eventually(() -> answers(server, 2));
      assertThat(server.server().available()).containsExactly(id(2));
    }
  }

  @Test
  void emptiedDirectoryUnloadsNothingWhereVersionsAreAlwaysPresent() throws Exception {
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, base.resolve("half"), 1);
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, base.resolve("other"), 1);
    String config = TestServer.modelConfig(base, "half", "other");
    try (TestServer server = TestServer.start(config, "--servable_versions_always_present")) {
      Files.move(base.resolve("half/1"), base.resolve("away"));
      for (int version = 2; version < 4; version++) { // two polls at least, and unloads go first
        Models.copyVersion(Models.HALF_PLUS_TWO, 1, base.resolve("other"), version);
        ServableId next = new ServableId("other", version);
        eventually(() -> server.server().available().contains(next));
      }
      assertThat(answers(server, 1)).isTrue();
    }
    assertThatThrownBy(() -> TestServer.start(config, "--servable_versions_always_present"))
        .hasMessageContaining("Unable to find a numerical version path for servable half at: ");
  }
}
