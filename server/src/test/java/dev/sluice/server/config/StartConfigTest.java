package dev.sluice.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.proto.config.FileSystemStoragePathSourceConfig.ServableVersionPolicy;
import dev.sluice.server.LogRecorder;
import dev.sluice.server.config.CommandLine.Outcome.Start;
import dev.sluice.server.config.CommandLine.Versions;
import dev.sluice.status.StatusCode;
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
import org.junit.jupiter.params.provider.ValueSource;

class StartConfigTest {

  private static final String MODEL = "--model_base_path=/models/m";

  private final LogRecorder log = new LogRecorder();
  @TempDir private Path directory;

  private StartConfig resolve(String... arguments) {
    CommandLine commandLine = new CommandLine("server", 2, new Versions("1", "2"));
    Start start = (Start) commandLine.parse(List.of(arguments));
    return StartConfig.resolve(start.options(), log);
  }

  private void assertRefused(StatusCode code, String message, String... arguments) {
    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> resolve(arguments))
        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(code))
        .withMessage(message);
  }

  private String file(String text) throws IOException {
    return Files.writeString(directory.resolve("models.config"), text).toString();
  }

  @Test
  void singleModelIsBuiltFromNameAndBasePath() {
    StartConfig config = resolve("--model_name=half", "--model_base_path=/models/half");

    assertThat(config.models())
        .containsExactly(
            new ModelEntry(
                "half", "/models/half", ServableVersionPolicy.getDefaultInstance(), Map.of()));
    assertThat(config.options().port()).isEqualTo(8500);
    assertThat(log.lines())
        .containsExactly(
            "INFO Building single TensorFlow model file config:  model_name: half"
                + " model_base_path: /models/half");
  }

  @Test
  void singleModelNeedsAnAbsolutePath() {
    assertRefused(
        StatusCode.INVALID_ARGUMENT,
        "Expected model default to have an absolute path or URI; got base_path()=models/half",
        "--model_base_path=models/half");
  }

  @Test
  void configFileWinsOverTheSingleModel() throws IOException {
    String path = file("model_config_list {}");

    StartConfig config = resolve("--model_config_file=" + path, "--model_base_path=relative");

    assertThat(config.models()).isEmpty();
    assertThat(log.lines()).isEmpty();
  }

  @Test
  void missingConfigFileIsNotFound() {
    assertRefused(
        StatusCode.NOT_FOUND,
        directory.resolve("none") + "; No such file or directory",
        "--model_config_file=" + directory.resolve("none"));
  }

  @Test
  void serverWithoutListenerIsRefused() {
    assertRefused(
        StatusCode.INVALID_ARGUMENT,
        "At least one of server_options.grpc_port or server_options.grpc_socket_path must be set.",
        "--port=0",
        "--rest_api_port=8501",
        MODEL);
  }

  @Test
  void serverWithNothingButASocketStarts() {
    StartConfig config = resolve("--port=0", "--grpc_socket_path=s", MODEL);
    assertThat(config.options().grpcSocketPath()).isEqualTo("s");
  }

  @ParameterizedTest
  @CsvSource({"grpc.a, grpc.a", "=1, =1", "'grpc.a=1,', ''", "'grpc.a=1,,grpc.b=2', ''"})
  void channelArgumentThatIsNoSettingIsRefused(String arguments, String item) {
    assertRefused(
        StatusCode.INVALID_ARGUMENT,
        "--grpc_channel_arguments has the item \"" + item + "\", expected key=value",
        "--grpc_channel_arguments=" + arguments,
        MODEL);
  }

  @Test
  void channelArgumentsKeepTheirOrderAndTheirLastValue() {
    StartConfig config =
        resolve("--grpc_channel_arguments=grpc.b=1,grpc.a=x=y,grpc.c=,grpc.b=2", MODEL);
    assertThat(config.options().grpcChannelArguments().toString())
        .isEqualTo("{grpc.b=2, grpc.a=x=y, grpc.c=}");
  }

  @Test
  void twoKindsOfSecurityAreRefused() {
    assertRefused(
        StatusCode.INVALID_ARGUMENT,
        "Either use_alts_credentials must be false or ssl_config_file must be empty.",
        "--use_alts_credentials",
        "--ssl_config_file=/etc/ssl.cfg",
        MODEL);
  }

  @Test
  void securityThatCannotBeGivenIsRefused() {
    assertRefused(
        StatusCode.UNIMPLEMENTED,
        "--use_alts_credentials does not work yet, and Sluice does not serve in clear text where"
            + " security was asked for.",
        "--use_alts_credentials",
        MODEL);
  }

  @Test
  void tlsWithoutItsFileIsRefused() {
    assertRefused(
        StatusCode.NOT_FOUND,
        "/nowhere/ssl.cfg; No such file or directory",
        "--ssl_config_file=/nowhere/ssl.cfg",
        MODEL);
    assertRefused(
        StatusCode.INVALID_ARGUMENT,
        "--rest_api_tls needs --ssl_config_file",
        "--rest_api_tls=true",
        MODEL);
    assertThat(resolve("--rest_api_tls=false", MODEL).models()).hasSize(1);
  }

  @Test
  void securityThatIsSwitchedOffStarts() {
    assertThat(resolve("--use_alts_credentials=false", "--ssl_config_file=", MODEL).models())
        .hasSize(1);
  }

  @Test
  void serverWithoutModelsIsRefused() {
    assertRefused(
        StatusCode.INVALID_ARGUMENT,
        "Both server_options.model_base_path and server_options.model_config_file are empty!",
        "--model_name=m");
  }

  @Test
  void batchingParametersNeedBatching() {
    assertRefused(
        StatusCode.INVALID_ARGUMENT,
        "server_options.batching_parameters_file is set without setting"
            + " server_options.enable_batching to true.",
        "--batching_parameters_file=/b",
        MODEL);
    assertRefused(
        StatusCode.NOT_FOUND,
        "/b; No such file or directory",
        "--batching_parameters_file=/b",
        "--enable_batching",
        MODEL);
  }

  @Test
  void threeKindsOfParallelismAreRefused() {
    assertRefused(
        StatusCode.INVALID_ARGUMENT,
        "Either configure server_options.tensorflow_session_parallelism or"
            + " (server_options.tensorflow_intra_op_parallelism,"
            + " server_options.tensorflow_inter_op_parallelism) separately. You cannot configure"
            + " all.",
        "--tensorflow_session_parallelism=1",
        "--tensorflow_intra_op_parallelism=1",
        "--tensorflow_inter_op_parallelism=1",
        MODEL);
  }

  @Test
  void platformConfigSwitchesTheSessionChecksOff() throws IOException {
    String platform =
        "platform_configs { key: 'tensorflow' value { source_adapter_config {"
            + " type_url: 'x/tensorflow.serving.SavedModelBundleSourceAdapterConfig' } } }";
    StartConfig config =
        resolve(
            "--platform_config_file=" + file(platform),
            "--batching_parameters_file=/b",
            "--tensorflow_session_parallelism=1",
            "--tensorflow_intra_op_parallelism=1",
            "--tensorflow_inter_op_parallelism=1",
            MODEL);

    assertThat(config.models()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--port=65536 is 65536, expected 0 to 65535",
        "--port=-1 is -1, expected 0 to 65535",
        "--rest_api_num_threads=0 is 0, expected at least 1",
        "--grpc_max_threads=0 is 0, expected at least 1",
        "--max_tensor_bytes=0 is 0, expected at least 1",
        "--rest_api_max_body_bytes=-1 is -1, expected at least 1",
        "--num_load_threads=-1 is -1, expected at least 0",
        "--num_unload_threads=-1 is -1, expected at least 0",
        "--drain_timeout_seconds=-1 is -1, expected at least 0",
        "--version_completeness_patience_seconds=-1 is -1, expected at least 0"
      })
  void valueOutOfRangeIsRefused(String argumentAndReason) {
    String argument = argumentAndReason.substring(0, argumentAndReason.indexOf(' '));
    String reason = argumentAndReason.replaceFirst("=\\S+", "");

    assertRefused(StatusCode.INVALID_ARGUMENT, reason, argument, MODEL);
  }

  // Each line of arguments has every flaw of the lines after it.
  @Test
  void firstFailingCheckIsTheOneTold() throws IOException {
    String broken = "--model_config_file=" + file("model_config_list {");
    String twoFlaws = "--batching_parameters_file=/b";

    assertFirst("At least one of", "--port=0", "--use_alts_credentials", "--ssl_config_file=s");
    assertFirst("Either use_alts", "--use_alts_credentials", "--ssl_config_file=s");
    assertFirst("Both server_options", "--use_alts_credentials", twoFlaws);
    assertFirst("--use_alts_credentials does", "--use_alts_credentials", broken, twoFlaws);
    assertFirst("Invalid protobuf file: '", broken, twoFlaws);
    assertFirst("server_options.batching_", twoFlaws, "--model_base_path=relative");
    assertFirst("Expected model default", "--model_base_path=relative");
  }

  private void assertFirst(String message, String... arguments) {
    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> resolve(arguments))
        .withMessageStartingWith(message);
  }

  @Test
  void unknownTransitionAndMarkerThatIsNoFileNameAreRefused() {
    assertRefused(
        StatusCode.INVALID_ARGUMENT,
        "--version_transition is both, expected availability or resources",
        MODEL,
        "--version_transition=both");
    assertRefused(
        StatusCode.INVALID_ARGUMENT,
        "--version_marker_file is done/yes, expected the name of a file in a version's directory",
        MODEL,
        "--version_marker_file=done/yes");
    assertRefused(
        StatusCode.INVALID_ARGUMENT,
        "--model_memory_budget_bytes is -1, expected at least 0",
        MODEL,
        "--model_memory_budget_bytes=-1");
  }

  @Test
  void lifecycleFlagsAreRead() {
    ServerOptions options =
        resolve(
                MODEL,
                "--version_transition=resources",
                "--version_marker_file=_SUCCESS",
                "--model_memory_budget_bytes=7",
                "--servable_versions_always_present")
            .options();
    assertThat(options.resourcePreserving()).isTrue();
    assertThat(options.versionMarkerFile()).isEqualTo("_SUCCESS");
    assertThat(options.modelMemoryBudget()).isEqualTo(7);
    assertThat(options.servableVersionsAlwaysPresent()).isTrue();
    assertThat(resolve(MODEL).options().modelMemoryBudget()).isEqualTo(Long.MAX_VALUE);
  }
}
