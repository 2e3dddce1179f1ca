package dev.sluice.server;

import static dev.sluice.server.ReloadingServer.await;
import static dev.sluice.server.ReloadingServer.list;
import static dev.sluice.server.ReloadingServer.model;
import static dev.sluice.server.ReloadingServer.version;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who loads, who looks at storage, and how often a load is tried, as the flags want it. */
class LoadFlagsTest {

  @TempDir Path folder;

  private Set<Thread> before;

  @BeforeEach
  void noteThreads() {
    before = Thread.getAllStackTraces().keySet();
  }

  /** The names of the server's threads that begin so, in their order. */
  private List<String> threads(String beginning) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !before.contains(thread))
        .map(Thread::getName)
        .filter(name -> name.startsWith(beginning))
        .sorted()
        .toList();
  }

  private String only(long version) {
    String policy = "model_version_policy { specific { versions: " + version + " } }";
    return list(model(folder, "m", policy));
  }

  /** A pool starts a thread for each of its first pieces of work, so three of each tell all. */
  @Test
  @Proves({"--num_load_threads", "--num_unload_threads", "--file_system_poll_wait_seconds"})
  void loadsAndUnloadsHaveTheirThreadsAndNobodyLooksAgain() throws Exception {
    for (int version = 1; version <= 4; version++) {
      version(folder, "m", version);
    }
    try (ReloadingServer server =
        ReloadingServer.start(
            folder,
            only(1),
            "--num_load_threads=3",
            "--num_unload_threads=2",
            "--file_system_poll_wait_seconds=0")) {
      await("the threads of the start are replaced", () -> threads("sluice-settle").isEmpty());
      for (int version = 2; version <= 4; version++) {
        long next = version;
        server.reload(only(next));
        await("version " + next + " answers", () -> server.answers("m") == next);
      }
      await(
          "three threads load",
          () ->
              threads("sluice-load")
                  .equals(List.of("sluice-load-1", "sluice-load-2", "sluice-load-3")));
      await(
          "two threads unload",
          () -> threads("sluice-unload").equals(List.of("sluice-unload-1", "sluice-unload-2")));
      assertThat(threads("sluice-poll")).isEmpty();
    }
  }

  /** With the default interval the three retries would take three minutes. */
  @Test
  @Proves({"--max_num_load_retries", "--load_retry_interval_micros"})
  void failingLoadIsTriedAgainAsOftenAndAsSoonAsTheFlagsSay() throws Exception {
    version(folder, "m", 1);
    Path broken = Files.createDirectories(folder.resolve("broken/1"));
    Files.writeString(broken.resolve("saved_model.pb"), "?");
    String retrying = "Retrying of Loading servable: {name: broken version: 1} ";
    try (LoggedLines log = LoggedLines.of("dev.sluice.core.LoadRetry");
        ReloadingServer server =
            ReloadingServer.start(
                folder,
                list(model(folder, "m"), model(folder, "broken")),
                "--max_num_load_retries=3",
                "--load_retry_interval_micros=1000")) {
      log.await(retrying + "exhausted max_num_retries: 3");
      assertThat(log.lines())
          .filteredOn(line -> line.startsWith(retrying + "retry: "))
          .containsExactly(retrying + "retry: 1", retrying + "retry: 2", retrying + "retry: 3");
      assertThat(server.answers("m")).isEqualTo(1);
    }
  }
}
