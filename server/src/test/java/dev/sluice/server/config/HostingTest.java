package dev.sluice.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.server.LogRecorder;
import dev.sluice.server.config.CommandLine.Outcome.Start;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the variables of a platform amount to, without a server. */
class HostingTest {

  @TempDir private Path folder;

  private final LogRecorder log = new LogRecorder();

  private static Hosting of(String... variables) {
    return of(List.of(), variables);
  }

  private static Hosting of(List<String> arguments, String... variables) {
    Map<String, String> environment = new java.util.HashMap<>();
    for (String variable : variables) {
      String[] parts = variable.split("=", 2);
      environment.put(parts[0], parts[1]);
    }
    return Hosting.of(environment, arguments);
  }

  private StartConfig resolve(Hosting hosting, String... flags) {
    CommandLine line = new CommandLine("test", 2, new CommandLine.Versions("test", "test"));
    Start start = (Start) line.parse(Hosting.arguments(hosting, List.of(flags)));
    return StartConfig.resolve(start.options(), hosting, log);
  }

  private Path version(String path) throws IOException {
    Path version = Files.createDirectories(folder.resolve(path));
    Files.createFile(version.resolve("saved_model.pb"));
    return version;
  }

  @Test
  void othersVariablesMeanNothing() {
    List<String> flags = List.of("--port=1", "--model_name=serve");
    Hosting none =
        of(flags, "SAGEMAKER_REGION=x", "AIP_MODE=TRAINING", "AIP_HTTP_PORT=1", "AIP_MODEL_DIR=x");
    assertThat(none).isNull();
    assertThat(Hosting.arguments(none, flags)).isSameAs(flags);
    assertThat(of("SAGEMAKER_BIND_TO_PORT=", "AIP_MODE=", "AIP_HTTP_PORT=")).isNull();
  }

  @Test
  void sageMakerIsKnownByItsArgumentOrItsVariables() {
    Hosting.SageMaker plain = (Hosting.SageMaker) of(List.of("--port=1", "serve"));
    assertThat(plain)
        .isEqualTo(new Hosting.SageMaker(8080, null, Path.of("/opt/ml/model"), false, ""));
    assertThat(
            of(
                "SAGEMAKER_BIND_TO_PORT=21017",
                "SAGEMAKER_SAFE_PORT_RANGE=21000-21999",
                "SAGEMAKER_MULTI_MODEL=True",
                "SAGEMAKER_TFS_DEFAULT_MODEL_NAME=half",
                "SAGEMAKER_BASE_DIR=/ml"))
        .isEqualTo(
            new Hosting.SageMaker(
                21017, new Hosting.Ports(21000, 21999), Path.of("/ml/model"), true, "half"));
  }

  @Test
  void vertexAiIsKnownByItsModeOrItsPort() {
    assertThat(of("AIP_MODE=PREDICTION"))
        .isEqualTo(new Hosting.VertexAi(8080, "/health", "/predict", "", ""));
    assertThat(
            of(
                "AIP_HTTP_PORT=7080",
                "AIP_HEALTH_ROUTE=/v1/endpoints/1/deployedModels/2",
                "AIP_PREDICT_ROUTE=/v1/endpoints/1/deployedModels/2:predict",
                "AIP_STORAGE_URI=gs://bucket/x"))
        .isEqualTo(
            new Hosting.VertexAi(
                7080,
                "/v1/endpoints/1/deployedModels/2",
                "/v1/endpoints/1/deployedModels/2:predict",
                "gs://bucket/x",
                ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SAGEMAKER_BIND_TO_PORT=x | SAGEMAKER_BIND_TO_PORT is x, expected a port, 1 to 65535",
        "AIP_HTTP_PORT=65536 | AIP_HTTP_PORT is 65536, expected a port, 1 to 65535",
        "SAGEMAKER_SAFE_PORT_RANGE=9-9 | SAGEMAKER_SAFE_PORT_RANGE is 9-9, expected two ports or more, such as 21000-21999",
        "SAGEMAKER_MULTI_MODEL=yes | SAGEMAKER_MULTI_MODEL is yes, expected true or false",
      })
  void badValueIsNamed(String variable, String message) {
    assertThatThrownBy(() -> of(variable)).isInstanceOf(StatusException.class).hasMessage(message);
  }

  @Test
  void badRouteAndTwoPlatformsAreRefused() {
    assertThatThrownBy(() -> of("AIP_MODE=PREDICTION", "AIP_HEALTH_ROUTE=health"))
        .hasMessage("AIP_HEALTH_ROUTE is health, expected a path, such as /health");
    assertThatThrownBy(() -> of(List.of("serve"), "AIP_HTTP_PORT=8080"))
        .hasMessageContaining("expected those of one");
  }

  @Test
  void portsOfFlagsGiveWayToTheRangeAndOtherFlagsWin() {
    Hosting hosting = of("SAGEMAKER_BIND_TO_PORT=8080", "SAGEMAKER_SAFE_PORT_RANGE=21000-21999");
    assertThat(
            Hosting.arguments(hosting, List.of("--port=8500", "--max_num_load_retries=3", "serve")))
        .containsExactly(
            "--max_num_load_retries=0",
            "--version_completeness_check=false",
            "--port=8500",
            "--max_num_load_retries=3",
            "--port=21000",
            "--rest_api_port=21001");
    assertThat(Hosting.arguments(of("SAGEMAKER_MULTI_MODEL=true"), List.of()))
        .anyMatch(flag -> flag.matches("--model_memory_budget_bytes=[1-9][0-9]{8,}"));
  }

  @Test
  void modelsOfSageMakerAreFoundInEveryShape() throws Exception {
    version("model/half/0000001");
    version("model/half/2");
    version("model/export/Servo/1527887769");
    version("model/deep/er/3/assets/4"); // 3 is no version: it has no SavedModel
    Files.createDirectories(folder.resolve("model/code/1"));
    Files.createFile(folder.resolve("model/code/inference.py"));
    Hosting hosting = of("SAGEMAKER_BASE_DIR=" + folder, "SAGEMAKER_BIND_TO_PORT=8080");
    StartConfig config = resolve(hosting, "--model_name=m", "--model_base_path=/nowhere");
    assertThat(config.models().stream().map(ModelEntry::basePath))
        .containsExactly(
            folder + "/model/deep/er/3/assets",
            folder + "/model/export/Servo",
            folder + "/model/half");
    assertThat(config.models().stream().map(ModelEntry::name))
        .containsExactly("assets", "Servo", "half");
    assertThat(config.models()).allMatch(model -> model.versionPolicy().hasAll());
    assertThat(config.hosting()).extracting("defaultModel").isEqualTo("assets");
    assertThat(log.lines()).anyMatch(line -> line.contains("code/inference.py is not run"));
  }

  @Test
  void modelFolderCanHoldTheVersionsItself() throws Exception {
    version("model/1");
    Hosting hosting = of("SAGEMAKER_BASE_DIR=" + folder, "SAGEMAKER_BIND_TO_PORT=8080");
    assertThat(resolve(hosting).models())
        .singleElement()
        .extracting(ModelEntry::name)
        .isEqualTo("model");
  }

  @Test
  void flagsSayWhatIsServedWhereThePlatformBringsNothing() throws Exception {
    version("baked/half/1");
    Hosting sageMaker = of("SAGEMAKER_BASE_DIR=" + folder, "SAGEMAKER_BIND_TO_PORT=8080");
    String baked = "--model_base_path=" + folder + "/baked/half";
    StartConfig config = resolve(sageMaker, "--model_name=half", baked);
    assertThat(config.models()).extracting(ModelEntry::name).containsExactly("half");
    assertThat(config.hosting()).extracting("defaultModel").isEqualTo("half");
    Hosting remote = of("AIP_MODE=PREDICTION", "AIP_STORAGE_URI=gs://bucket/model");
    assertThat(resolve(remote, "--model_name=half", baked).models()).hasSize(1);
    assertThat(log.lines())
        .anyMatch(line -> line.contains("gs://bucket/model, which Sluice can't"));
    assertThat(resolve(of("AIP_MODE=PREDICTION"), baked).models()).hasSize(1);
  }

  @Test
  void missingModelIsToldWithWhatWasExpected() {
    Hosting sageMaker = of("SAGEMAKER_BASE_DIR=" + folder, "SAGEMAKER_BIND_TO_PORT=8080");
    assertThatThrownBy(() -> resolve(sageMaker, "--model_base_path=/nowhere/model"))
        .hasMessage(
            "There is no model in %1$s/model, expected %1$s/model/<name>/<number>/saved_model.pb,"
                    .formatted(folder)
                + " and --model_base_path \"/nowhere/model\" names no folder either");
    Hosting remote = of("AIP_MODE=PREDICTION", "AIP_STORAGE_URI=gs://bucket/model");
    assertThatThrownBy(() -> resolve(remote, "--model_base_path=/nowhere/model"))
        .hasMessageStartingWith(
            "AIP_STORAGE_URI is gs://bucket/model, which Sluice can't read. Put");
    Hosting local = of("AIP_MODE=PREDICTION", "AIP_STORAGE_URI=" + folder);
    assertThatThrownBy(() -> resolve(local))
        .hasMessageContaining("expected " + folder + "/<number>/saved_model.pb");
  }

  @Test
  void defaultModelHasToBeOneOfThem() throws Exception {
    version("model/half/1");
    Hosting hosting = of("SAGEMAKER_BASE_DIR=" + folder, "SAGEMAKER_TFS_DEFAULT_MODEL_NAME=double");
    assertThatThrownBy(() -> resolve(hosting))
        .hasMessage("SAGEMAKER_TFS_DEFAULT_MODEL_NAME is double, expected one of the models: half");
  }

  @Test
  void multiModelEndpointBeginsWithoutModels() throws Exception {
    version("model/half/1");
    Hosting hosting = of("SAGEMAKER_BASE_DIR=" + folder, "SAGEMAKER_MULTI_MODEL=true");
    StartConfig config = resolve(hosting, "--model_base_path=/nowhere/model");
    assertThat(config.models()).isEmpty();
    assertThat(config.listed()).isTrue();
    assertThatThrownBy(() -> resolve(hosting, "--model_config_file=/x"))
        .hasMessageContaining("with SAGEMAKER_MULTI_MODEL=true SageMaker says");
  }
}
