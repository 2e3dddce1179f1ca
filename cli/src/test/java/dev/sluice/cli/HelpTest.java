package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.server.config.CommandLine;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Help and completion say what there is. */
class HelpTest {

  @TempDir Path temporary;

  private static Set<String> verbs() {
    return Verbs.of(Console.ofProcess()).getSubcommands().keySet();
  }

  @ParameterizedTest
  @MethodSource("verbs")
  void overviewHasEveryVerb(String verb) {
    assertThat(VerbRun.of("help").out()).isEqualTo(Verbs.helpText()).contains("\n  " + verb + "  ");
  }

  @ParameterizedTest
  @MethodSource("verbs")
  void helpHasAnExampleAndFitsATerminal(String verb) {
    String text = VerbRun.of("help", verb).out();
    assertThat(text.lines()).allMatch(line -> line.length() <= 80);
    if (!verb.equals("help")) {
      assertThat(text)
          .contains("Exit code: 0")
          .contains("For example")
          .contains("./sluice " + verb);
      assertThat(VerbRun.of(verb, "--help")).isEqualTo(new VerbRun(0, text, ""));
    }
  }

  @ParameterizedTest
  @MethodSource("verbs")
  void textsOfHelpCanBeFormatted(String verb) {
    var text =
        Verbs.of(Console.ofProcess()).getSubcommands().get(verb).getCommandSpec().usageMessage();
    assertThat(Stream.of(text.description(), text.footer()).flatMap(Arrays::stream))
        .allSatisfy(line -> assertThat(line.formatted()).isNotNull());
  }

  @Test
  void overviewFitsATerminal() {
    assertThat(Verbs.helpText().lines()).allMatch(line -> line.length() <= 80);
    assertThat(VerbRun.of().out()).isEqualTo(Verbs.helpText());
  }

  @Test
  void versionHasBothVersions() {
    assertThat(VerbRun.of("--version").out()).matches("Sluice \\S+, TensorFlow 2\\.\\S+\\R");
  }

  /** What a shell would offer after these words, the last of which is still being typed. */
  private List<String> completed(String... words) throws Exception {
    Path script = temporary.resolve("completion.bash");
    Files.writeString(script, VerbRun.of("completion").out());
    StringBuilder list = new StringBuilder();
    for (String word : words) {
      list.append(" '").append(word).append('\'');
    }
    Process shell =
        new ProcessBuilder(
                "bash",
                "-c",
                """
                . "$1"
                COMP_WORDS=(%s); COMP_CWORD=%d; COMP_LINE="${COMP_WORDS[*]}"
                _complete_sluice 2>/dev/null
                printf '%%s\\n' "${COMPREPLY[@]}"
                """
                    .formatted(list, words.length - 1),
                "bash",
                script.toString())
            .start();
    String out = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(new String(shell.getErrorStream().readAllBytes(), StandardCharsets.UTF_8)).isEmpty();
    return out.lines().toList();
  }

  @Test
  void shellCompletesVerbsAndOptions() throws Exception {
    assertThat(completed("sluice", "")).containsExactlyInAnyOrderElementsOf(verbs());
    assertThat(completed("sluice", "pre")).containsExactly("predict");
    assertThat(completed("sluice", "predict", "m", "--si")).containsExactly("--signature");
    assertThat(completed("sluice", "demo", "--o")).containsExactly("--once");
  }

  @Test
  void shellCompletesEveryFlagOfTheServer() throws Exception {
    assertThat(completed("sluice", "serve", "--"))
        .containsExactlyInAnyOrderElementsOf(
            CommandLine.flagNames().stream().map(flag -> "--" + flag + "=").toList());
    assertThat(completed("sluice", "serve", "--rest_api_p")).containsExactly("--rest_api_port=");
    Path file = Files.createFile(temporary.resolve("models.config"));
    assertThat(completed("sluice", "serve", "--model_config_file", "=", temporary + "/mod"))
        .containsExactly(file.toString());
  }
}
