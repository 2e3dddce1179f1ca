package dev.sluice.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.batching.Batching;
import dev.sluice.batching.BatchingParameters;
import dev.sluice.server.LogRecorder;
import dev.sluice.server.TestCertificates;
import dev.sluice.server.config.CommandLine.Outcome;
import dev.sluice.server.config.CommandLine.Versions;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code docs/configuration.md} says what the code does: its tables are those that the code makes,
 * and what it shows of command lines and files is read by the code that is there for it.
 */
class ConfigurationPageTest {

  private static final Path PAGE =
      Path.of(System.getProperty("sluice.root"), "docs", "configuration.md");

  private static final String REMEDY =
      "docs/configuration.md is not what the code says: run docs/generate and commit the page";

  /** A file's example says which flag names the file, or what the file is called. */
  private static final Pattern FILE =
      Pattern.compile("```textproto *(\\S*)\n(.*?)```", Pattern.DOTALL);

  private static final Pattern SHELL = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

  /** The names of flags have underlines, as few options of other programs do. */
  private static final Pattern FLAG = Pattern.compile("--([a-z0-9]+(?:_[a-z0-9]+)+)");

  /** Flags that name a file, and the one that is for those who name one. */
  private static final Pattern NEEDS_A_FILE =
      Pattern.compile(".*_(config|parameters)_file|rest_api_tls");

  private static final Pattern PEM =
      Pattern.compile("(BEGIN ([A-Z ]+)-----\\\\n\"\\s*)\".*?\"(\\s*\"-----END)", Pattern.DOTALL);

  private static final CommandLine COMMAND_LINE = new CommandLine("x", 2, new Versions("1", "2"));

  private static String page;

  @TempDir private Path directory;

  @BeforeAll
  static void read() throws IOException {
    if (Boolean.getBoolean("sluice.docs.write")) { // which docs/generate asks for
      Files.writeString(PAGE, ConfigurationPage.anew(Files.readString(PAGE)));
    }
    page = Files.readString(PAGE);
  }

  /** An example of a file. */
  private record FileExample(String name, String text) {}

  private static List<FileExample> files() {
    return FILE.matcher(page)
        .results()
        .map(match -> new FileExample(match.group(1), match.group(2)))
        .toList();
  }

  private static FileExample file(String name) {
    return files().stream().filter(file -> file.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void tablesAreThoseThatTheCodeMakes() {
    String anew = ConfigurationPage.anew(page);
    List<String> missing = new ArrayList<>(anew.lines().toList());
    missing.removeAll(page.lines().toList());
    assertThat(missing).as(REMEDY).isEmpty();
    assertThat(page).as(REMEDY).isEqualTo(anew);
  }

  /** The cells of the tables of flags, row by row. */
  private static List<List<String>> rows() {
    return ConfigurationPage.FLAGS.stream()
        .flatMap(table -> ConfigurationPage.part(page, table).lines().skip(2))
        .map(line -> List.of(line.substring(2, line.length() - 2).split(" \\| ")))
        .toList();
  }

  private static String plain(String cell) {
    return cell.replace("`", "");
  }

  @Test
  void everyFlagOfTheServerIsInThePageAndEveryOneOfThePageIsTheServers() {
    assertThat(rows()).extracting(row -> plain(row.get(0))).isEqualTo(CommandLine.flagNames());
    assertThat(ConfigurationPage.part(page, ConfigurationPage.FLAGS.get(0)).lines().skip(2))
        .as("flags of TensorFlow Serving")
        .hasSize(48);
  }

  @Test
  void typesAndDefaultsOfThePageAreThoseOfTheUsageText() {
    String usage = ((Outcome.Exit) COMMAND_LINE.parse(List.of("--help"))).stdout();
    for (List<String> row : rows()) {
      String value =
          plain(row.get(2)).replace("4 × number of CPUs", "8").replace("number of CPUs", "2");
      assertThat(usage)
          .contains("\t--%s=%s\t%s\t".formatted(plain(row.get(0)), value, row.get(1)))
          .contains(row.get(4));
    }
  }

  @Test
  void exampleOfEachFlagIsTaken() {
    for (List<String> row : rows()) {
      Flag flag = Objects.requireNonNull(Flag.named(plain(row.get(0))));
      String argument = plain(row.get(3));
      assertThat(argument).matches("--" + flag.label() + "(=.+)?");
      switch (COMMAND_LINE.parse(List.of("--model_base_path=/m", argument))) {
        case Outcome.Exit exit -> assertThat(exit.code()).as(argument).isZero();
        case Outcome.Start start -> assertTaken(flag, start);
      }
    }
  }

  private static void assertTaken(Flag flag, Outcome.Start start) {
    assertThat(start.stdout()).as(flag.label()).isEmpty();
    if (flag.support() == Support.REFUSED || flag.support() == Support.UNSERVED) {
      assertThatThrownBy(() -> StartConfig.resolve(start.options(), new LogRecorder()))
          .isInstanceOf(StatusException.class)
          .hasMessageContaining(flag.label());
    } else if (!NEEDS_A_FILE.matcher(flag.label()).matches()) {
      assertThat(StartConfig.resolve(start.options(), new LogRecorder()).models()).hasSize(1);
    }
  }

  @Test
  void commandsAreUnderstoodWithoutAWord() {
    List<String> commands =
        SHELL
            .matcher(page)
            .results()
            .flatMap(block -> block.group(1).replaceAll("\\\\\n\\s*", "").lines())
            .filter(line -> line.startsWith("./sluice serve "))
            .toList();
    assertThat(commands).isNotEmpty();
    for (String command : commands) {
      List<String> words = Arrays.asList(command.split(" +"));
      assertThat(COMMAND_LINE.parse(words.subList(2, words.size())))
          .as(command)
          .isInstanceOfSatisfying(
              Outcome.Start.class,
              start -> {
                assertThat(start.stdout()).isEmpty();
                assertThat(start.warnings()).isEmpty();
                assertThat(StartConfig.resolve(start.options(), new LogRecorder()).models())
                    .hasSize(1);
              });
    }
  }

  @Test
  void everyFlagThatTheTextNamesExists() {
    Set<String> named = new TreeSet<>();
    FLAG.matcher(page).results().map(match -> match.group(1)).forEach(named::add);
    assertThat(CommandLine.flagNames()).containsAll(named);
  }

  @Test
  void everyFileThatAFlagNamesHasAnExample() {
    assertThat(files())
        .extracting(FileExample::name)
        .as("what follows ```textproto: the flag that names the file")
        .doesNotContain("")
        .containsAll(
            CommandLine.flagNames().stream()
                .filter(flag -> flag.matches(".*_(config|parameters)_file"))
                .toList());
  }

  @Test
  void everyExampleOfAFileIsTakenByTheServer() throws IOException {
    List<FileExample> files = files();
    for (int i = 0; i < files.size(); i++) {
      Path folder = Files.createDirectory(directory.resolve(Integer.toString(i)));
      FileExample file = files.get(i);
      if (file.name().equals(BatchingFile.OF_VERSION)) {
        Files.writeString(folder.resolve(file.name()), file.text());
        assertThat(new BatchingFile(new LogRecorder()).ofVersion(folder)).isPresent();
      } else {
        var _ = start(file, folder);
      }
    }
  }

  /** What the server makes of a file that a flag names; it has no objection and no warning. */
  private StartConfig start(FileExample example, Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve(example.name()), withCertificates(example.text()));
    List<String> flags = new ArrayList<>();
    flags.add("--model_base_path=/m");
    flags.add("--rest_api_port=8501");
    flags.add("--" + example.name() + "=" + file);
    if (example.name().equals(Flag.BATCHING_PARAMETERS_FILE.label())) {
      flags.add("--enable_batching");
    }
    LogRecorder log = new LogRecorder();
    Outcome.Start parsed = (Outcome.Start) COMMAND_LINE.parse(flags);
    assertThat(parsed.stdout()).isEmpty();
    StartConfig config = StartConfig.resolve(parsed.options(), log);
    assertThat(log.lines()).as("%s", example).allMatch(line -> line.startsWith("INFO"));
    return config;
  }

  private StartConfig start(String flag) throws IOException {
    return start(file(flag), directory);
  }

  /** A page is no place for a key, so where one stands the example has only its beginning. */
  private static String withCertificates(String text) {
    return PEM.matcher(text)
        .replaceAll(
            match -> Matcher.quoteReplacement(match.group(1) + body(match) + match.group(3)));
  }

  private static String body(MatchResult match) {
    String pem =
        match.group(2).equals("CERTIFICATE")
            ? TestCertificates.certificatePem(TestCertificates.SERVER)
            : TestCertificates.keyPem(TestCertificates.SERVER);
    String body = pem.replaceAll("-----[A-Z ]+-----\n", "");
    return '"' + body.replace("\n", "\\n") + '"';
  }

  @Test
  void exampleOfAModelConfigFileIsReadAsThePageSays() throws IOException {
    assertThat(start("model_config_file").models())
        .extracting(ModelEntry::name)
        .containsExactly("half", "two", "three");
  }

  @Test
  void exampleOfBatchingParametersHasThemAll() throws IOException {
    StartConfig config = start("batching_parameters_file");

    BatchingParameters parameters = ((Batching.Configured) config.batching()).parameters();
    assertThat(parameters.executionLimit()).isEqualTo(64);
    var message =
        new BatchingFile(new LogRecorder())
            .parse(directory.resolve("batching_parameters_file").toString());
    assertThat(message.getAllFields()).hasSize(message.getDescriptorForType().getFields().size());
  }

  @Test
  void examplesOfSessionsAreInForce() throws IOException {
    assertThat(
            start("tensorflow_session_config_file").sessions().config().getOperationTimeoutInMs())
        .isEqualTo(60_000);
    StartConfig platform = start("platform_config_file");
    assertThat(platform.sessions().threads()).isEqualTo(new SessionThreads(4, 0));
    assertThat(platform.batching()).isInstanceOf(Batching.Configured.class);
  }
}
