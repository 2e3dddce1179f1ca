package dev.sluice.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.proto.config.FileSystemStoragePathSourceConfig.ServableVersionPolicy.PolicyChoiceCase;
import dev.sluice.proto.config.ModelServerConfig;
import dev.sluice.server.LogRecorder;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelConfigFileTest {

  private static final String PLATFORM = " model_platform: 'tensorflow' ";

  private final LogRecorder log = new LogRecorder();
  private final ModelConfigFile reader = new ModelConfigFile(log);
  @TempDir private Path directory;

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("models.config"), text);
  }

  private List<ModelEntry> read(String text) throws IOException {
    return reader.read(file(text).toString());
  }

  private StatusException refusal(String text) throws IOException {
    String path = file(text).toString();
    return assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> reader.read(path))
        .actual();
  }

  private void assertInvalid(String message, String text) throws IOException {
    StatusException refusal = refusal(text);
    assertThat(refusal.code()).isEqualTo(StatusCode.INVALID_ARGUMENT);
    assertThat(refusal).hasMessage(message);
  }

  private void assertUnparseable(String text, String reason) throws IOException {
    assertInvalid("Invalid protobuf file: '" + directory.resolve("models.config") + "'", text);
    assertThat(log.lines())
        .containsExactly(
            "ERROR Error parsing text-format tensorflow.serving.ModelServerConfig: " + reason);
  }

  private static String model(String name, String rest) {
    return "config { name: '" + name + "' base_path: '/models/" + name + "' " + rest + " }";
  }

  private static String list(String... models) {
    return "model_config_list {" + String.join(" ", models) + "}";
  }

  @Test
  void everyFormOfTheFormatIsRead() throws IOException {
    List<ModelEntry> models =
        read(
            """
            # models
            model_config_list {
              config {
                name: 'half'
                base_path: '/models/' "half"
                model_platform: 'tensorflow'
                model_version_policy { specific { versions: 1 versions: 0x3 } }
                version_labels { key: 'stable' value: 1 }
                version_labels { key: 'canary' value: 2 }
                version_labels { key: 'canary' value: 3 }
              }
              config: { name: "two", base_path: "file:///bucket/two"; model_platform: "tensorflow",
                model_version_policy: { latest: { num_versions: 2 } } },
              config < name: 'third' base_path: '/models/third' model_platform: 'tensorflow'
                model_version_policy { all {} } >
              config: [{ name: '' base_path: '/f' model_platform: 'tensorflow'
                model_version_policy { specific { versions: [5, 6] } } }]
            }
            """);

    assertThat(models).extracting(ModelEntry::name).containsExactly("half", "two", "third", "");
    assertThat(models)
        .extracting(ModelEntry::basePath)
        .containsExactly("/models/half", "file:///bucket/two", "/models/third", "/f");
    assertThat(models)
        .extracting(entry -> entry.versionPolicy().getPolicyChoiceCase())
        .containsExactly(
            PolicyChoiceCase.SPECIFIC,
            PolicyChoiceCase.LATEST,
            PolicyChoiceCase.ALL,
            PolicyChoiceCase.SPECIFIC);
    assertThat(models.get(0).versionPolicy().getSpecific().getVersionsList())
        .containsExactly(1L, 3L);
    assertThat(models.get(1).versionPolicy().getLatest().getNumVersions()).isEqualTo(2);
    assertThat(models.get(0).versionLabels()).isEqualTo(Map.of("stable", 1L, "canary", 3L));
    assertThat(log.lines()).isEmpty();
  }

  @Test
  void policyMayBeLeftOut() throws IOException {
    assertThat(read(list(model("m", PLATFORM))))
        .singleElement()
        .satisfies(entry ->
            assertThat(entry.versionPolicy().getPolicyChoiceCase())
                .isEqualTo(PolicyChoiceCase.POLICYCHOICE_NOT_SET));
  }

  @Test
  void emptyListIsLegal() throws IOException {
    assertThat(read("model_config_list {}")).isEmpty();
    assertThat(log.lines()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {" ", "\n\n", "# nothing"})
  void whiteSpaceAndCommentsAreAnEmptyConfig(String text) throws IOException {
    assertThat(read(text)).isEmpty();
    assertThat(log.lines()).containsExactly("INFO Taking no action for empty config.");
  }

  @Test
  void fileUriIsRead() throws IOException {
    assertThat(reader.read("file://" + file(list(model("m", PLATFORM))))).hasSize(1);
  }

  @Test
  @Spec("CP-1")
  void missingFileIsNotFound() {
    Path path = directory.resolve("none");

    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> reader.read(path.toString()))
        .withMessage(path + "; No such file or directory")
        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(StatusCode.NOT_FOUND));
  }

  @Test
  void directoryIsRefusedByItsName() {
    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> reader.read(directory.toString()))
        .withMessageStartingWith(directory + "; ")
        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(StatusCode.UNKNOWN));
  }

  @Test
  void unknownSchemeIsUnimplemented() {
    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> reader.read("gs://bucket/models.config"))
        .withMessageStartingWith(
            "File system scheme 'gs' not implemented (file: 'gs://bucket/models.config')")
        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(StatusCode.UNIMPLEMENTED));
  }

  @Test
  void fileOfZeroBytesIsRefused() throws IOException {
    assertInvalid(directory.resolve("models.config") + "; Invalid argument", "");
    assertThat(log.lines()).isEmpty();
  }

  @Test
  @Spec("PR-1")
  void syntaxErrorIsToldWithItsPlace() throws IOException {
    assertInvalid(
        "Invalid protobuf file: '" + directory.resolve("models.config") + "'",
        "model_config_list {\n  config { name: }\n}");
    assertThat(log.lines())
        .singleElement()
        .asString()
        .startsWith("ERROR Error parsing text-format tensorflow.serving.ModelServerConfig: 2:18: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "improper model config",
        "model_config_list { config { nom: 'a' } }",
        "model_config_list { config { name: 'a' name: 'b' } }",
        "model_config_list {} model_config_list {}",
        "model_config_list {} custom_model_config {}",
        "model_config_list { config { model_version_policy { all {} latest {} } } }",
        "model_config_list { config { model_version_policy { latest { num_versions: -1 } } } }",
        "model_config_list { config { model_version_policy { latest: 2 } } }",
        "model_config_list { config { name: 5 } }",
        "model_config_list { config { model_type: KERAS } }",
        "model_config_list {",
        "model_config_list }"
      })
  void whatTheFormatForbidsIsRefused(String text) throws IOException {
    assertThat(refusal(text))
        .hasMessage("Invalid protobuf file: '" + directory.resolve("models.config") + "'");
    assertThat(log.lines())
        .singleElement()
        .asString()
        .matches(
            "ERROR Error parsing text-format tensorflow.serving.ModelServerConfig: \\d+:\\d+: .+");
  }

  @Test
  void bytesThatAreNoTextAreRefusedWithTheirPlace() throws IOException {
    Path path = directory.resolve("models.config");
    Files.write(path, "#\n# \u00e9\n".getBytes(StandardCharsets.ISO_8859_1));

    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> reader.read(path.toString()))
        .withMessage("Invalid protobuf file: '" + path + "'");
    assertThat(log.lines())
        .containsExactly(
            "ERROR Error parsing text-format tensorflow.serving.ModelServerConfig: 2:3: Expected"
                + " UTF-8.");
  }

  @Test
  void namesMayHaveAnyLetters() throws IOException {
    assertThat(read(list(model("größe 模型", PLATFORM))))
        .extracting(ModelEntry::name)
        .containsExactly("größe 模型");
  }

  @Test
  void unknownFieldIsNamed() throws IOException {
    assertUnparseable(
        "model_server_list {}",
        "1:1: Input contains unknown fields and/or extensions: 1:1:"
            + " tensorflow.serving.ModelServerConfig.model_server_list");
  }

  @Test
  @Spec("SC-12")
  void modelListedTwiceIsRefused() throws IOException {
    assertInvalid(
        "Illegal to list model m multiple times in config list",
        list(model("m", PLATFORM), model("n", PLATFORM), model("m", PLATFORM)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"models/m", "", "./m", "gs:/m", "1s://m", "://m"})
  void relativeBasePathIsRefused(String path) throws IOException {
    assertInvalid(
        "Expected model m to have an absolute path or URI; got base_path()=" + path,
        "model_config_list { config { name: 'm' base_path: '" + path + "'" + PLATFORM + "} }");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/m", "/m/", "file:///m", "gs://b/m", "s3.x://b", "C://m"})
  void absoluteBasePathStaysAsGiven(String path) throws IOException {
    assertThat(
            read(
                "model_config_list { config { name: 'm' base_path: '"
                    + path
                    + "'"
                    + PLATFORM
                    + "} }"))
        .extracting(ModelEntry::basePath)
        .containsExactly(path);
  }

  @ParameterizedTest
  @CsvSource({"/models/m, /models/m", "file:///models/m, /models/m", "file://host/m/, /m"})
  void localBasePathHasADirectory(String basePath, Path expected) throws IOException {
    assertThat(entry(basePath).directory()).isEqualTo(expected);
  }

  @Test
  void remoteBasePathHasNoDirectory() throws IOException {
    ModelEntry entry = entry("s3://bucket/m");

    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(entry::directory)
        .withMessage(
            "File system scheme 's3' not implemented (file: 's3://bucket/m'); expected a path, or"
                + " file:// and a path");
  }

  private ModelEntry entry(String basePath) throws IOException {
    return read("model_config_list { config { name: 'm' base_path: '"
            + basePath
            + "'"
            + PLATFORM
            + "} }")
        .getFirst();
  }

  @Test
  void modelWithoutPlatformIsRefused() throws IOException {
    assertInvalid(
        "Illegal setting neither ModelServerConfig::model_type (deprecated) nor"
            + " ModelServerConfig::model_platform, model name is m",
        list(model("m", "")));
  }

  @Test
  @Spec("SC-11")
  void modelWithTypeAndPlatformIsRefused() throws IOException {
    assertInvalid(
        "Illegal setting both ModelServerConfig::model_type (deprecated) and"
            + " ModelServerConfig::model_platform, model name is m",
        list(model("m", "model_type: TENSORFLOW" + PLATFORM)));
  }

  @Test
  @Spec("SC-11")
  void deprecatedTypeStillWorks() throws IOException {
    assertThat(read(list(model("m", "model_type: TENSORFLOW")))).hasSize(1);
    assertThat(log.lines())
        .containsExactly(
            "WARNING Deprecated ModelServerConfig::model_type field used. Prefer"
                + " ModelServerConfig::model_platform.");
  }

  @Test
  @Spec("SC-12")
  void unsupportedPlatformIsRefused() throws IOException {
    assertInvalid(
        "Model m requests unsupported platform torch", list(model("m", "model_platform: 'torch'")));
  }

  @Test
  void otherTypeIsRefused() throws IOException {
    assertInvalid(
        "ModelServerConfig::model_type choice 2 not supported.",
        list(model("m", "model_type: OTHER")));
  }

  @Test
  void namesAreCheckedBeforePathsAndPathsBeforePlatforms() throws IOException {
    String relative = "config { name: 'r' base_path: 'r' model_platform: 'tensorflow' }";

    assertThat(refusal(list(model("m", ""), relative, model("m", ""))))
        .hasMessageStartingWith("Illegal to list model m multiple times");
    assertThat(refusal(list(model("m", ""), relative)))
        .hasMessageStartingWith("Expected model r to have an absolute path");
    assertThat(refusal(list(model("m", "model_platform: 'x'"), model("n", ""))))
        .hasMessage("Model m requests unsupported platform x");
  }

  @Test
  void customConfigIsRefused() throws IOException {
    StatusException refusal =
        refusal(
            "custom_model_config { [type.googleapis.com/tensorflow.serving.ModelConfig] {"
                + " name: 'm' } }");

    assertThat(refusal.code()).isEqualTo(StatusCode.UNIMPLEMENTED);
    assertThat(refusal).hasMessage("ModelServer does not yet support custom model config.");
  }

  @Test
  void loggingConfigThatLogsNothingIsSaidToHaveNoEffect() throws IOException {
    assertThat(
            read(
                list(
                    logged("m", "filename_prefix: '/l'", "sampling_rate: 0.1"),
                    logged("n", "type: 'jsonl' filename_prefix: '/l'", ""),
                    logged("o", "type: 'jsonl' filename_prefix: '/l'", "sampling_rate: 0.1"))))
        .hasSize(3);
    assertThat(log.lines())
        .containsExactly(
            "WARNING logging_config of model m has no effect, as it has no type; expected tfrecord"
                + " or jsonl",
            "WARNING logging_config of model n has no effect, as it has no sampling_rate; expected"
                + " more than 0, up to 1 for every request");
  }

  private static String logged(String name, String collector, String sampling) {
    return model(
        name,
        PLATFORM
            + "logging_config { log_collector_config { "
            + collector
            + " } sampling_config { "
            + sampling
            + " } }");
  }

  @Test
  @Spec("LC-1")
  void loggingConfigOfAnotherTypeOrWithoutAPlaceIsRefused() throws IOException {
    StatusException refusal = refusal(list(logged("m", "type: 'csv' filename_prefix: '/l'", "")));
    assertThat(refusal.code()).isEqualTo(StatusCode.NOT_FOUND);
    assertThat(refusal).hasMessage("Cannot find LogCollector::Factory for type: csv");
    assertThat(refusal(list(logged("m", "type: 'tfrecord'", ""))))
        .hasMessage(
            "Expected the log of model m to have a filename_prefix, such as /var/log/sluice/m");
  }

  @Test
  void configFromElsewhereIsCheckedAlike() {
    ModelServerConfig.Builder config = ModelServerConfig.newBuilder();
    config.getModelConfigListBuilder().addConfigBuilder().setName("m");

    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> reader.entries(config.build()))
        .withMessage("Expected model m to have an absolute path or URI; got base_path()=");
  }
}
