package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigVerbTest {

  @TempDir Path folder;

  private String file(String name, String... models) throws IOException {
    String text = "model_config_list {\n" + String.join("\n", models) + "\n}\n";
    return Files.writeString(folder.resolve(name), text).toString();
  }

  private String model(String name, String... more) throws IOException {
    Path base = Files.createDirectories(folder.resolve(name));
    return "config { name: '%s' base_path: '%s' model_platform: 'tensorflow' %s }"
        .formatted(name, base, String.join(" ", more));
  }

  @Test
  void goodFileIsSaidToBeGood() throws IOException {
    String file = file("models.config", model("one"), model("two"));

    assertThat(VerbRun.of("config", "check", file))
        .isEqualTo(new VerbRun(0, file + ": good, 2 models\n", ""));
  }

  @Test
  void everyFlawIsALineWithItsPlaceAndField() throws IOException {
    String file =
        file(
            "models.config",
            model("one"),
            "config { name: 'one' base_path: 'one' }",
            "config { name: 'x' base_path: '/x' model_platform: 'torch' }");

    VerbRun run = VerbRun.of("config", "check", file);

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines())
        .containsExactly(
            file
                + ":3:10: model_config_list.config[1].name: Illegal to list model one multiple times"
                + " in config list",
            file
                + ":3:22: model_config_list.config[1].base_path: Expected model one to have an"
                + " absolute path or URI; got base_path()=one",
            file
                + ":3:1: model_config_list.config[1].model_platform: Illegal setting neither"
                + " ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform,"
                + " model name is one",
            file
                + ":4:36: model_config_list.config[2].model_platform: Model x requests unsupported"
                + " platform torch");
  }

  @Test
  void syntaxErrorIsALineWithItsPlace() throws IOException {
    String file = file("models.config", "config { nom: 'a' }");

    VerbRun run = VerbRun.of("config", "check", file);

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).startsWith(file + ":2:10: ").contains("nom").hasLineCount(1);
  }

  @Test
  void missingFileAndFileWithoutAListAreNotGood() throws IOException {
    String none = folder.resolve("none").toString();
    assertThat(VerbRun.of("config", "check", none))
        .isEqualTo(new VerbRun(1, "", "sluice config: " + none + "; No such file or directory\n"));

    String blank = Files.writeString(folder.resolve("blank"), "# nothing\n").toString();
    assertThat(VerbRun.of("config", "check", blank))
        .isEqualTo(new VerbRun(1, "", blank + ": expected a model_config_list, there is none\n"));
  }

  @Test
  void folderThatIsMissingIsAWarning() throws IOException {
    String file =
        file(
            "models.config",
            "config { name: 'm' base_path: '/no/m' model_platform: 'tensorflow' }");

    assertThat(VerbRun.of("config", "check", file))
        .isEqualTo(
            new VerbRun(
                0,
                file + ": good, 1 model\n",
                file
                    + ":2:20: model_config_list.config[0].base_path: warning: there is no folder"
                    + " /no/m here\n"));
  }

  @Test
  void whatAReloadWouldChangeIsALineForEachModel() throws IOException {
    String old =
        file(
            "old.config",
            model("stays"),
            model("goes"),
            model("changes", "version_labels { key: 'stable' value: 1 }"));
    String next =
        file(
            "new.config",
            model("stays"),
            model(
                "changes",
                "version_labels { key: 'stable' value: 2 } model_version_policy { all {} }"),
            model("comes", "version_labels { key: 'b' value: 2 }"));

    VerbRun run = VerbRun.of("config", "check", next, "--against=" + old);

    assertThat(run.code()).isZero();
    assertThat(run.out().lines())
        .containsExactly(
            "+ comes: " + folder.resolve("comes") + ", versions latest 1, label b at 2",
            "- goes",
            "~ changes: versions latest 1 -> all; label stable 1 -> 2");
    assertThat(VerbRun.of("config", "check", old, "--against=" + old))
        .isEqualTo(new VerbRun(0, "no change\n", ""));
  }

  @Test
  void runningServerSaysWhichModelsWouldComeAndGo() throws Exception {
    Path base = Models.copyTo(folder, Models.HALF_PLUS_TWO);
    String file = file("models.config", model("two"));
    try (LocalServer server = LocalServer.of("half", base)) {
      VerbRun run = VerbRun.of("config", "check", file, "--against=127.0.0.1:" + server.restPort());
      assertThat(run.code()).isZero();
      assertThat(run.out().lines())
          .containsExactly("+ two: " + folder.resolve("two") + ", versions latest 1", "- half");

      String same = file("same.config", model("half"));
      assertThat(VerbRun.of("config", "check", same, "--against=127.0.0.1:" + server.restPort()))
          .extracting(VerbRun::out)
          .isEqualTo("no model would come or go\n");
    }
  }

  @Test
  void wrongCommandLinesAreNamed() throws IOException {
    String file = file("models.config");
    assertThat(VerbRun.of("config", "chek", file).err())
        .contains("unknown action: chek, expected check");
    assertThat(VerbRun.of("config", "chek", file).code()).isEqualTo(2);
    assertThat(VerbRun.of("config", "check").code()).isEqualTo(2);
    assertThat(VerbRun.of("config", "check", file, "--against=nowhere").err())
        .contains("--against is nowhere, expected a file that exists, or host:port");
    VerbRun closed = VerbRun.of("config", "check", file, "--against=127.0.0.1:1");
    assertThat(closed.code()).isEqualTo(1);
    assertThat(closed.err()).contains("nothing listens there");
  }
}
