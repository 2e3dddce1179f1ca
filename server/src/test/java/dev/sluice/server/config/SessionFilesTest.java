package dev.sluice.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.batching.Batching;
import dev.sluice.server.LogRecorder;
import dev.sluice.server.config.CommandLine.Outcome.Start;
import dev.sluice.server.config.CommandLine.Versions;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the files beside the model config file come to, and how they fail a start. */
class SessionFilesTest {

  private final LogRecorder log = new LogRecorder();
  @TempDir private Path directory;

  private StartConfig resolve(String... flags) {
    List<String> all = new ArrayList<>(List.of(flags));
    all.add("--model_base_path=/m");
    CommandLine line = new CommandLine("x", 3, new Versions("1", "2"));
    return StartConfig.resolve(((Start) line.parse(all)).options(), log);
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  private String platform(String config) throws IOException {
    return "--platform_config_file="
        + file(
            "platform.config",
            """
            platform_configs { key: 'tensorflow' value { source_adapter_config {
              [type.googleapis.com/tensorflow.serving.SavedModelBundleSourceAdapterConfig] {
                legacy_config { %s }
              } } } }
            """
                .formatted(config));
  }

  private StatusException refusal(String... flags) {
    try {
      throw new AssertionError("accepted: " + resolve(flags));
    } catch (StatusException refusal) {
      return refusal;
    }
  }

  @Test
  void withoutFilesTheFlagsCount() {
    SessionSettings sessions =
        resolve("--saved_model_tags=serve,gpu", "--tensorflow_session_parallelism=3").sessions();

    assertThat(sessions)
        .isEqualTo(
            new SessionSettings(List.of("serve", "gpu"), new SessionThreads(3, 3), null, false));
  }

  @Test
  void sessionConfigIsThatOfTheFileButForTheShareOfTheGpu() throws IOException {
    String path =
        file(
            "session.config",
            "gpu_options { allow_growth: true per_process_gpu_memory_fraction: 0.9 }"
                + " intra_op_parallelism_threads: 5 allow_soft_placement: true");

    SessionSettings sessions =
        resolve(
                "--tensorflow_session_config_file=" + path,
                "--per_process_gpu_memory_fraction=0.25")
            .sessions();

    assertThat(sessions.config().getGpuOptions().getAllowGrowth()).isTrue();
    assertThat(sessions.config().getGpuOptions().getPerProcessGpuMemoryFraction()).isEqualTo(0.25);
    assertThat(sessions.threads()).isEqualTo(new SessionThreads(0, 0));
    assertThat(
            resolve("--tensorflow_session_config_file=" + path)
                .sessions()
                .config()
                .getGpuOptions()
                .getPerProcessGpuMemoryFraction())
        .as("the flag's default counts as well")
        .isZero();
  }

  @Test
  void shareOfTheGpuAloneMakesAConfig() {
    SessionSettings sessions = resolve("--per_process_gpu_memory_fraction=0.5").sessions();

    assertThat(sessions.config().getGpuOptions().getPerProcessGpuMemoryFraction()).isEqualTo(0.5);
    assertThat(sessions.config().getAllowSoftPlacement()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tensorflow_session_config_file",
        "platform_config_file",
        "thread_pool_factory_config_file",
        "monitoring_config_file"
      })
  void malformedFileOfAnyKindFailsTheStart(String flag) throws IOException {
    String path = file("bad", "no_such_field: 1");

    StatusException refusal = refusal("--" + flag + "=" + path, "--rest_api_port=8501");

    assertThat(refusal.code()).isEqualTo(StatusCode.INVALID_ARGUMENT);
    assertThat(refusal).hasMessage("Invalid protobuf file: '" + path + "'");
    assertThat(log.lines())
        .anySatisfy(line ->
            assertThat(line)
                .startsWith("ERROR Error parsing text-format tensorflow")
                .contains("1:1"));
    assertThat(refusal("--" + flag + "=/nowhere", "--rest_api_port=8501"))
        .hasMessage("/nowhere; No such file or directory");
  }

  @Test
  void monitoringFileIsReadWithTheRestApiOnly() {
    assertThat(resolve("--monitoring_config_file=/nowhere").models()).hasSize(1);
  }

  @Test
  void platformFileTakesThePlaceOfTheFlags() throws IOException {
    StartConfig config =
        resolve(
            platform(
                "session_config { intra_op_parallelism_threads: 2 operation_timeout_in_ms: 9 }"
                    + " saved_model_tags: 'a' saved_model_tags: 'b'"
                    + " batching_parameters { max_batch_size { value: 64 }"
                    + " num_batch_threads { value: 2 } }"),
            "--saved_model_tags=c",
            "--tensorflow_session_parallelism=7",
            "--batching_parameters_file=/nowhere",
            "--tensorflow_session_config_file=/nowhere");

    assertThat(config.sessions().tags()).containsExactly("a", "b");
    assertThat(config.sessions().threads()).isEqualTo(new SessionThreads(2, 0));
    assertThat(config.sessions().config().getOperationTimeoutInMs()).isEqualTo(9);
    assertThat(config.batching())
        .isInstanceOfSatisfying(
            Batching.Configured.class,
            batching -> assertThat(batching.parameters().maxBatchSize()).isEqualTo(64));
    assertThat(log.lines()).allMatch(line -> line.startsWith("INFO Building single"));
  }

  @Test
  void platformFileMayLeaveEverythingOut() throws IOException {
    StartConfig config = resolve(platform(""));

    assertThat(config.sessions())
        .isEqualTo(new SessionSettings(List.of("serve"), new SessionThreads(0, 0), null, false));
    assertThat(config.batching()).isInstanceOf(Batching.Automatic.class);
    assertThat(resolve(platform("enable_session_metadata: true")).sessions().metadata()).isTrue();
    assertThat(resolve(platform("wrap_session_with_no_threading_params: true")).batching())
        .isInstanceOf(Batching.Off.class);
    assertThat(
            resolve(platform("enable_per_model_batching_params: true batching_parameters {}"))
                .batching())
        .isInstanceOfSatisfying(
            Batching.Configured.class, batching -> assertThat(batching.parameters()).isNull());
  }

  @Test
  void whatHasNoEffectInThePlatformFileIsAWarning() throws IOException {
    resolve(platform("mixed_precision: 'bfloat16'"));

    assertThat(log.lines())
        .contains("WARNING mixed_precision in the platform config file has no effect in Sluice");
  }

  @Test
  void platformFileThatCanNotBeInForceIsRefused() throws IOException {
    assertThat(refusal("--platform_config_file=" + file("p", "# nothing")))
        .hasMessage("PlatformConfigMap has no entry for platform tensorflow")
        .extracting(StatusException::code)
        .isEqualTo(StatusCode.FAILED_PRECONDITION);
    assertThat(refusal("--platform_config_file=" + file("p", "platform_configs { key: 'x' }")))
        .hasMessageContaining("platform x in");
    String entry = "platform_configs { key: 'tensorflow' value { source_adapter_config { %s } } }";
    assertThat(
            refusal("--platform_config_file=" + file("p", entry.formatted("type_url: 'nothing'"))))
        .hasMessage("Supplied config's type_url could not be parsed: nothing");
    assertThat(refusal("--platform_config_file=" + file("p", entry.formatted("type_url: 'a/b.C'"))))
        .hasMessage("Unable to find compiled-in proto descriptor of type b.C")
        .extracting(StatusException::code)
        .isEqualTo(StatusCode.INTERNAL);
    String type = "type_url: 'a/tensorflow.serving.SavedModelBundleSourceAdapterConfig' value: 'x'";
    assertThat(refusal("--platform_config_file=" + file("p", entry.formatted(type))))
        .hasMessageStartingWith("Malformed content of Any: ");
    assertThat(refusal(platform("prefer_tflite_model: true")))
        .hasMessageStartingWith("prefer_tflite_model in the platform config file asks for")
        .extracting(StatusException::code)
        .isEqualTo(StatusCode.UNIMPLEMENTED);
    assertThat(refusal(platform("enable_saved_model_config: true")).code())
        .isEqualTo(StatusCode.UNIMPLEMENTED);
    assertThatThrownBy(() -> resolve(platform("batching_parameters { num_batch_threads {} }")))
        .hasMessage("num_batch_threads must be positive; was 0");
  }
}
