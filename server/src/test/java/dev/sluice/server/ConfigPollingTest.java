package dev.sluice.server;

import static dev.sluice.server.ReloadingServer.await;
import static dev.sluice.server.ReloadingServer.list;
import static dev.sluice.server.ReloadingServer.model;
import static dev.sluice.server.ReloadingServer.version;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Spec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The model config file of a running server is changed, in good ways and in bad ones. */
class ConfigPollingTest {

  private static final String POLLED = "--model_config_file_poll_wait_seconds=1";

  @TempDir Path folder;

  @BeforeEach
  void models() throws Exception {
    version(folder, "one", 1);
    version(folder, "two", 2);
  }

  private Path file() {
    return folder.resolve("models.config");
  }

  @Test
  @Spec({"H13", "PR-3"})
  @Proves("--model_config_file_poll_wait_seconds")
  void fileThatIsReplacedIsInForceSoonAndAsksForNothingElse() throws Exception {
    try (ReloadingServer server =
        ReloadingServer.start(folder, list(model(folder, "one")), POLLED)) {
      assertThat(server.answers("one")).isEqualTo(1);
      Path next = Files.writeString(folder.resolve("next"), list(model(folder, "two")));
      Files.move(next, file(), StandardCopyOption.ATOMIC_MOVE);

      await("two serves", () -> server.answers("two") == 2);
      await("one is gone", () -> server.answers("one") == 0);
    }
  }

  /** As TensorFlow Serving: what is in the file comes back when a client has asked for else. */
  @Test
  void fileWinsOverWhatAClientAskedFor() throws Exception {
    try (ReloadingServer server =
        ReloadingServer.start(folder, list(model(folder, "one")), POLLED)) {
      server.reload(list(model(folder, "two")));
      assertThat(server.answers("two")).isEqualTo(2);

      await("one is back", () -> server.answers("one") == 1);
      await("two is gone", () -> server.answers("two") == 0);
    }
  }

  @Test
  @Spec({"H13", "PR-3"})
  void withoutAPeriodTheFileIsReadOnce() throws Exception {
    try (ReloadingServer server = ReloadingServer.start(folder, list(model(folder, "one")))) {
      Files.writeString(file(), list(model(folder, "two")));
      version(folder, "one", 3); // a poll of storage later, nothing else has changed
      await("the new version serves", () -> server.answers("one") == 3);
      assertThat(server.answers("two")).isZero();
    }
  }

  /** What is wrong with the file is in {@link ModelConfigWatcherTest}. */
  @Test
  void fileThatIsRewrittenPieceByPieceGoesAwayOrIsWrongUnloadsNothing() throws Exception {
    String both = list(model(folder, "one"), model(folder, "two"));
    try (ReloadingServer server =
        ReloadingServer.start(folder, list(model(folder, "one")), POLLED)) {
      for (String bad :
          new String[] {"", " ", "model_config_list {", "# soon", "custom_model_config {}"}) {
        Files.writeString(file(), bad);
        long before = server.answers("one");
        version(folder, "one", before + 1);
        await("storage was polled", () -> server.answers("one") == before + 1);
      }
      Files.delete(file());
      long before = server.answers("one");
      version(folder, "one", before + 1);
      await("storage was polled", () -> server.answers("one") == before + 1);

      for (int i = 0; i < both.length(); i++) {
        Files.writeString(
            file(), both.substring(i, i + 1), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        assertThat(server.answers("one")).isEqualTo(before + 1);
      }
      await("two serves", () -> server.answers("two") == 2);
      assertThat(server.answers("one")).isEqualTo(before + 1);
    }
  }

  @Test
  void modelThatIsMissingInTheFileKeepsNothingFromComing() throws Exception {
    try (ReloadingServer server =
        ReloadingServer.start(folder, list(model(folder, "one")), POLLED)) {
      Files.writeString(file(), list(model(folder, "missing"), model(folder, "two")));
      await("two serves", () -> server.answers("two") == 2);

      Files.writeString(file(), list(model(folder, "one"), model(folder, "missing")));
      await("one is back", () -> server.answers("one") == 1);
      version(folder, "missing", 5);
      await("it serves when it comes", () -> server.answers("missing") == 5);
    }
  }
}
