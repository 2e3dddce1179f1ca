package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.server.config.ConfigFlaw;
import dev.sluice.server.config.ModelConfigText;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelConfigWatcherTest {

  private static final String GOOD = "model_config_list { config { name: 'a' base_path: '/a' } }";

  @TempDir Path folder;

  private final List<String> received = new ArrayList<>();
  private final LogRecorder log = new LogRecorder();
  private List<ConfigFlaw> flaws = List.of();
  private Path file;
  private ModelConfigWatcher watcher;

  @BeforeEach
  void watch() throws IOException {
    file = Files.writeString(folder.resolve("models.config"), GOOD);
    watcher = new ModelConfigWatcher(file.toString(), this::receive, log);
  }

  private List<ConfigFlaw> receive(ModelConfigText text) {
    received.add(text.config().getModelConfigList().getConfig(0).getName());
    return flaws;
  }

  private void write(String text) throws IOException {
    Files.writeString(file, text);
  }

  @Test
  void whatIsThereIsTakenWhenTwoLooksFindTheSame() throws IOException {
    assertThat(watcher.look()).as("look again soon").isTrue();
    assertThat(received).isEmpty();
    assertThat(watcher.look()).isFalse();
    assertThat(received).containsExactly("a");

    write(GOOD.replace("'a'", "'b'"));
    assertThat(watcher.look()).isTrue();
    assertThat(received).containsExactly("a");
    write(GOOD.replace("'a'", "'c'"));
    assertThat(watcher.look()).isTrue();
    assertThat(received).containsExactly("a");
    assertThat(watcher.look()).isFalse();
    assertThat(received).containsExactly("a", "c");
  }

  /** Another config may have come from a client, and the file is what counts. */
  @Test
  void unchangedFileIsHandedOnAtEveryLook() {
    for (int i = 0; i < 4; i++) {
      var _ = watcher.look();
    }
    assertThat(received).containsExactly("a", "a", "a");
    assertThat(log.lines()).isEmpty();
  }

  @Test
  void fileThatIsBeingWrittenIsNotComplainedAbout() throws IOException {
    for (int length = 1; length <= GOOD.length(); length++) {
      write(GOOD.substring(0, length));
      assertThat(watcher.look()).isTrue();
    }
    assertThat(watcher.look()).isFalse();
    assertThat(received).containsExactly("a");
    assertThat(log.lines()).isEmpty();
  }

  @Test
  void malformedFileIsToldOnceWithItsPlace() throws IOException {
    write("model_config_list {\n  config { nom: 'a' } }");
    for (int i = 0; i < 5; i++) {
      var _ = watcher.look();
    }

    assertThat(received).isEmpty();
    assertThat(log.lines()).hasSize(3);
    assertThat(log.lines().get(0))
        .startsWith("ERROR Error parsing text-format tensorflow.serving.ModelServerConfig: 2:12: ");
    assertThat(log.lines().get(1))
        .isEqualTo(
            "ERROR Failed to read ModelServerConfig file: Invalid protobuf file: '" + file + "'");
    assertThat(log.lines().get(2)).contains("What is served stays as it is");
  }

  @Test
  void missingFileIsToldOnceAndWhenItIsBack() throws IOException {
    Files.delete(file);
    for (int i = 0; i < 5; i++) {
      var _ = watcher.look();
    }
    assertThat(log.lines())
        .containsExactly(
            "ERROR Failed to read ModelServerConfig file: " + file + "; No such file or directory",
            "INFO What is served stays as it is until " + file + " is as it should be");

    write(GOOD);
    for (int i = 0; i < 5; i++) {
      var _ = watcher.look();
    }
    assertThat(received).contains("a");
    assertThat(log.lines())
        .hasSize(3)
        .last()
        .isEqualTo("INFO " + file + " is as it should be again");
  }

  /** An editor writes a new file and renames it; for a moment there is none. */
  @Test
  void fileThatIsGoneForOneLookIsNotComplainedAbout() throws IOException {
    var _ = watcher.look();
    Files.delete(file);
    var _ = watcher.look();
    write(GOOD);
    var _ = watcher.look();
    var _ = watcher.look();

    assertThat(received).containsExactly("a");
    assertThat(log.lines()).isEmpty();
  }

  @Test
  void refusedConfigIsToldOnceByFileLineColumnAndField() throws IOException {
    flaws =
        List.of(
            new ConfigFlaw(
                ConfigFlaw.Kind.LABEL,
                0,
                "base_path",
                StatusCode.FAILED_PRECONDITION,
                "not like this"));
    for (int i = 0; i < 5; i++) {
      var _ = watcher.look();
    }

    assertThat(log.lines())
        .containsExactly(
            "ERROR " + file + ":1:40: model_config_list.config[0].base_path: not like this",
            "ERROR PollFilesystemAndReloadConfig failed to ReloadConfig: not like this",
            "INFO What is served stays as it is until " + file + " is as it should be");
  }

  @Test
  void configThatIsNoListIsToldOnce() throws IOException {
    ModelConfigWatcher refused =
        new ModelConfigWatcher(
            file.toString(),
            _ -> {
              throw StatusException.failedPrecondition("Cannot transition");
            },
            log);
    for (int i = 0; i < 5; i++) {
      var _ = refused.look();
    }
    assertThat(log.lines())
        .hasSize(2)
        .first()
        .isEqualTo("ERROR PollFilesystemAndReloadConfig failed to ReloadConfig: Cannot transition");
  }
}
