package dev.sluice.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.batching.Batching;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/configuration.md} says what the code does. */
class ConfigurationPageTest {

  private static final Path PAGE =
      Path.of(System.getProperty("sluice.root"), "docs", "configuration.md");

  @TempDir private Path directory;

  // To write the tables anew, copy what the failure expects.
  @Test
  void tableOfReferenceFlagsIsThatOfTheCode() throws IOException {
    assertThat(section("flags-of-tensorflow-serving")).isEqualTo(table(flag -> !flag.isOwn()));
  }

  @Test
  void tableOfOwnFlagsIsThatOfTheCode() throws IOException {
    assertThat(section("flags-of-sluice")).isEqualTo(table(Flag::isOwn));
  }

  @Test
  void exampleOfAModelConfigFileIsReadAsThePageSays() throws IOException {
    Matcher example =
        Pattern.compile("```textproto\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(PAGE));
    assertThat(example.find()).isTrue();
    Path file = Files.writeString(directory.resolve("models.config"), example.group(1));
    RecordedLog log = new RecordedLog();

    List<ModelEntry> models = new ModelConfigFile(log).read(file.toString());

    assertThat(models).extracting(ModelEntry::name).containsExactly("half", "two", "three");
    assertThat(log.lines()).isEmpty();
  }

  @Test
  void exampleOfBatchingParametersCanBeInForce() throws IOException {
    Matcher example =
        Pattern.compile("```textproto\n(max_batch_size.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(PAGE));
    assertThat(example.find()).isTrue();
    Path file = Files.writeString(directory.resolve("batching.config"), example.group(1));
    RecordedLog log = new RecordedLog();

    var message = new BatchingFile(log).parse(file.toString());

    assertThat(message.getAllFields()).hasSize(message.getDescriptorForType().getFields().size());
    assertThat(BatchingFile.parameters(message).check().executionLimit()).isEqualTo(64);
    assertThat(log.lines()).isEmpty();
  }

  private Path example(String beginning) throws IOException {
    Matcher example =
        Pattern.compile("```textproto\n(" + beginning + ".*?)```", Pattern.DOTALL)
            .matcher(Files.readString(PAGE));
    assertThat(example.find()).as("an example that begins with %s", beginning).isTrue();
    return Files.writeString(directory.resolve("example"), example.group(1));
  }

  private StartConfig start(String flag, Path file) {
    CommandLine line = new CommandLine("x", 2, new CommandLine.Versions("1", "2"));
    RecordedLog log = new RecordedLog();
    List<String> flags =
        List.of("--model_base_path=/m", "--rest_api_port=1", "--" + flag + "=" + file);
    StartConfig config =
        StartConfig.resolve(((CommandLine.Outcome.Start) line.parse(flags)).options(), log);
    assertThat(log.lines()).noneMatch(text -> text.startsWith("WARNING"));
    return config;
  }

  @Test
  void exampleOfASessionConfigCanBeInForce() throws IOException {
    StartConfig config = start("tensorflow_session_config_file", example("allow_soft_placement"));
    assertThat(config.sessions().config().getOperationTimeoutInMs()).isEqualTo(60_000);
  }

  @Test
  void exampleOfAPlatformConfigCanBeInForce() throws IOException {
    StartConfig config = start("platform_config_file", example("platform_configs"));
    assertThat(config.sessions().threads()).isEqualTo(new SessionThreads(4, 0));
    assertThat(config.batching()).isInstanceOf(Batching.Configured.class);
  }

  @Test
  void exampleOfAMonitoringConfigCanBeRead() throws IOException {
    assertThat(start("monitoring_config_file", example("prometheus_config")).models()).hasSize(1);
  }

  /** The text between two comments that carry the name. */
  private static String section(String name) throws IOException {
    String page = Files.readString(PAGE);
    String begin = "<!-- begin " + name + " -->\n";
    String end = "<!-- end " + name + " -->";
    assertThat(page).contains(begin).contains(end);
    return page.substring(page.indexOf(begin) + begin.length(), page.indexOf(end));
  }

  private static String table(Predicate<Flag> chosen) {
    String head = "| Flag | Type | Default | Meaning | Verdict |\n|---|---|---|---|---|\n";
    return Arrays.stream(Flag.values())
        .filter(chosen)
        .map(ConfigurationPageTest::row)
        .collect(Collectors.joining("\n", head, "\n"));
  }

  private static String row(Flag flag) {
    return "| `%s` | %s | %s | %s | %s |"
        .formatted(
            flag.label(),
            flag.type().label(),
            shownDefault(flag),
            flag.help(),
            flag.support().verdict());
  }

  private static String shownDefault(Flag flag) {
    return switch (flag.perCpu()) {
      case 0 -> "`" + flag.type().show(flag.defaultValue(1)) + "`";
      case 1 -> "number of CPUs";
      default -> flag.perCpu() + " × number of CPUs";
    };
  }
}
