package dev.sluice.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.server.config.CommandLine.Outcome.Exit;
import dev.sluice.server.config.CommandLine.Outcome.Start;
import dev.sluice.server.config.CommandLine.Versions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {

  private static final CommandLine COMMAND_LINE =
      new CommandLine("tensorflow_model_server", 3, new Versions("2.19.1", "2.18.0"));

  private static Start start(String... arguments) {
    return (Start) COMMAND_LINE.parse(List.of(arguments));
  }

  private static Exit exit(String... arguments) {
    return (Exit) COMMAND_LINE.parse(List.of(arguments));
  }

  private static ServerOptions options(String... arguments) {
    Start start = start(arguments);
    assertThat(start.stdout()).isEmpty();
    return start.options();
  }

  private static String usage() {
    return exit("--help").stdout();
  }

  @Test
  void withoutArgumentsEveryFlagHasItsDefault() {
    Start start = start();

    assertThat(start.stdout()).isEmpty();
    assertThat(start.warnings()).isEmpty();
    ServerOptions options = start.options();
    assertThat(options.port()).isEqualTo(8500);
    assertThat(options.restApiPort()).isZero();
    assertThat(options.restApiThreads()).isEqualTo(12);
    assertThat(options.grpcMaxThreads()).isEqualTo(12);
    assertThat(options.rest().timeout()).contains(Duration.ofSeconds(30));
    assertThat(options.rest().maxBodyBytes()).isEqualTo(256 << 20);
    assertThat(options.maxTensorBytes()).isEqualTo(1L << 30);
    assertThat(options.drainTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(options.bindAddress()).isEmpty();
    assertThat(options.tensorflowLibraryDir()).isEmpty();
    assertThat(options.modelConfigIsolation()).isTrue();
    assertThat(options.savedModelTags()).containsExactly("serve");
    assertThat(options.sessionThreads()).isEqualTo(new SessionThreads(0, 0));
    assertThat(options.signatureMethodNameCheck()).isFalse();
    assertThat(options.serializationAsTensorContent()).isFalse();
  }

  @Test
  void loadingHasTheDefaultsOfTheReference() {
    ServerOptions options = options();

    assertThat(options.numLoadThreads()).isZero();
    assertThat(options.numUnloadThreads()).isZero();
    assertThat(options.maxNumLoadRetries()).isEqualTo(5);
    assertThat(options.loadRetryInterval()).isEqualTo(Duration.ofMinutes(1));
    assertThat(options.fileSystemPollWaitSeconds()).isEqualTo(1);
  }

  @Test
  void eachWorkingFlagReachesItsOption() {
    ServerOptions options =
        options(
            "--port=9000",
            "--rest_api_port=9001",
            "--rest_api_num_threads=7",
            "--rest_api_timeout_in_ms=250",
            "--grpc_max_threads=9",
            "--num_load_threads=2",
            "--num_unload_threads=3",
            "--max_num_load_retries=0",
            "--load_retry_interval_micros=1500",
            "--file_system_poll_wait_seconds=-1",
            "--saved_model_tags=serve,gpu",
            "--enable_signature_method_name_check",
            "--enable_serialization_as_tensor_content=true");

    assertThat(options.port()).isEqualTo(9000);
    assertThat(options.restApiPort()).isEqualTo(9001);
    assertThat(options.restApiThreads()).isEqualTo(7);
    assertThat(options.rest().timeout()).contains(Duration.ofMillis(250));
    assertThat(options.grpcMaxThreads()).isEqualTo(9);
    assertThat(options.numLoadThreads()).isEqualTo(2);
    assertThat(options.numUnloadThreads()).isEqualTo(3);
    assertThat(options.maxNumLoadRetries()).isZero();
    assertThat(options.loadRetryInterval()).isEqualTo(Duration.ofNanos(1_500_000));
    assertThat(options.fileSystemPollWaitSeconds()).isEqualTo(-1);
    assertThat(options.savedModelTags()).containsExactly("serve", "gpu");
    assertThat(options.signatureMethodNameCheck()).isTrue();
    assertThat(options.serializationAsTensorContent()).isTrue();
  }

  @Test
  void eachFlagOfItsOwnReachesItsOption() {
    ServerOptions options =
        options(
            "--bind_address=127.0.0.1",
            "--tensorflow_library_dir=/opt/tf",
            "--max_tensor_bytes=10",
            "--drain_timeout_seconds=1",
            "--rest_api_max_body_bytes=11",
            "--model_config_isolation=false");

    assertThat(options.bindAddress()).isEqualTo("127.0.0.1");
    assertThat(options.tensorflowLibraryDir()).isEqualTo("/opt/tf");
    assertThat(options.maxTensorBytes()).isEqualTo(10);
    assertThat(options.drainTimeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(options.rest().maxBodyBytes()).isEqualTo(11);
    assertThat(options.modelConfigIsolation()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1"})
  void restTimeoutOfZeroOrLessIsNone(String millis) {
    assertThat(options("--rest_api_timeout_in_ms=" + millis).rest().timeout()).isEmpty();
  }

  @Test
  void negativeRetryIntervalIsNone() {
    assertThat(options("--load_retry_interval_micros=-5").loadRetryInterval())
        .isEqualTo(Duration.ZERO);
  }

  @Test
  void emptyTagListMeansServe() {
    assertThat(options("--saved_model_tags=").savedModelTags()).containsExactly("serve");
  }

  @ParameterizedTest
  @CsvSource({
    "4, 0, 0, 4, 4",
    "0, 2, 0, 2, 0",
    "0, 0, 3, 0, 3",
    "4, 2, 0, 2, 0",
    "0, 2, 3, 2, 3",
    "-1, -1, -1, -1, -1"
  })
  void opThreadsWinOverSessionParallelism(
      long both, long intra, long inter, long intraOp, long interOp) {
    ServerOptions options =
        options(
            "--tensorflow_session_parallelism=" + both,
            "--tensorflow_intra_op_parallelism=" + intra,
            "--tensorflow_inter_op_parallelism=" + inter);

    assertThat(options.sessionThreads()).isEqualTo(new SessionThreads(intraOp, interOp));
  }

  @Test
  void lastOccurrenceWins() {
    assertThat(options("--port=1", "--rest_api_port=5", "--port=2").port()).isEqualTo(2);
  }

  @Test
  void stringsAreVerbatimAfterTheFirstEquals() {
    ServerOptions options = options("--model_name= a=b,'c' ", "--model_base_path=");

    assertThat(options.string(Flag.MODEL_NAME)).isEqualTo(" a=b,'c' ");
    assertThat(options.string(Flag.MODEL_BASE_PATH)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "--model_config_isolation, true",
    "--model_config_isolation=true, true",
    "--model_config_isolation=TrUe, true",
    "--model_config_isolation=1, true",
    "--model_config_isolation=false, false",
    "--model_config_isolation=FALSE, false",
    "--model_config_isolation=0, false"
  })
  void switchesTakeTheFormsOfTheReference(String argument, boolean expected) {
    assertThat(options(argument).modelConfigIsolation()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--port=",
        "--port=8500x",
        "--port= 8500",
        "--port=8500 ",
        "--port=0x10",
        "--port=1e3",
        "--port=1_000",
        "--port=١",
        "--port=2147483648",
        "--max_tensor_bytes=9223372036854775808",
        "--max_tensor_bytes=1GiB",
        "--per_process_gpu_memory_fraction=half",
        "--per_process_gpu_memory_fraction=0.5f",
        "--per_process_gpu_memory_fraction=0x1p3",
        "--per_process_gpu_memory_fraction=",
        "--enable_batching=yes",
        "--enable_batching=",
        "--enable_batching= true"
      })
  void valueThatCannotBeReadEndsTheStartWithUsage(String argument) {
    Exit exit = exit("--rest_api_port=1", argument);

    String flag = argument.substring(2, argument.indexOf('='));
    String value = argument.substring(argument.indexOf('=') + 1);
    assertThat(exit.code()).isEqualTo(255);
    assertThat(exit.errors())
        .containsExactly("Couldn't interpret value " + value + " for flag " + flag + ".");
    assertThat(exit.stdout()).isEqualTo(usage());
  }

  @Test
  void everyValueThatCannotBeReadIsNamed() {
    assertThat(exit("--port=a", "--port=1", "--version=b").errors())
        .containsExactly(
            "Couldn't interpret value a for flag port.",
            "Couldn't interpret value b for flag version.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-2147483648", "+5", "2147483647", "007"})
  void integersMayHaveASignAndLeadingZeros(String text) {
    assertThat(options("--max_num_load_retries=" + text).maxNumLoadRetries())
        .isEqualTo(Integer.parseInt(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.5", ".5", "5e-1", "+0.5", "00.50"})
  void fractionsAreDecimal(String text) {
    assertThat(options("--per_process_gpu_memory_fraction=" + text).value(fraction()))
        .isEqualTo(0.5f);
  }

  private static Flag fraction() {
    return Flag.PER_PROCESS_GPU_MEMORY_FRACTION;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--prot=8500",
        "-port=8500",
        "--port",
        "port=8500",
        "stray",
        "",
        "--PORT=1",
        "--noenable_batching",
        "--enable_batchingx",
        "---port=1"
      })
  void argumentThatIsNoFlagIsNamedAndTheStartGoesOn(String argument) {
    Start start = start("--rest_api_port=1", argument, "other");

    assertThat(start.stdout()).isEqualTo("unknown argument: " + argument + "\n" + usage());
    assertThat(start.options().restApiPort()).isEqualTo(1);
    assertThat(start.options().port()).isEqualTo(8500);
    assertThat(start.warnings()).isEmpty();
  }

  @Test
  void valueAfterASpaceIsNotTakenAndTheDefaultStays() {
    Start start = start("--port", "9000");

    assertThat(start.stdout()).startsWith("unknown argument: --port\nusage: ");
    assertThat(start.options().port()).isEqualTo(8500);
  }

  @Test
  void doubleDashEndsTheFlags() {
    Start start = start("--port=1", "--", "--port=2", "--help");

    assertThat(start.options().port()).isEqualTo(1);
    assertThat(start.stdout()).startsWith("unknown argument: --\nusage: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "--version --help", "--help --version", "stray --help"})
  void helpPrintsUsageAndFails(String arguments) {
    Exit exit = exit(arguments.split(" "));

    assertThat(exit.code()).isEqualTo(255);
    assertThat(exit.errors()).isEmpty();
    assertThat(exit.stdout()).startsWith("usage: tensorflow_model_server\nFlags:\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "--version=1", "--version=true", "stray --version"})
  void versionPrintsTwoLinesAndSucceeds(String arguments) {
    Exit exit = exit(arguments.split(" "));

    assertThat(exit.code()).isZero();
    assertThat(exit.errors()).isEmpty();
    assertThat(exit.stdout())
        .isEqualTo("TensorFlow ModelServer: 2.19.1\nTensorFlow Library: 2.18.0\n");
  }

  @Test
  void versionThatIsTakenBackStarts() {
    assertThat(start("--version", "--version=false").stdout()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Flag.class)
  void flagGivenInVainIsWarnedOfExactlyOnce(Flag flag) {
    String shown = flag.type() == FlagType.STRING ? "" : flag.type().show(flag.defaultValue(1));
    String argument = "--" + flag.label() + "=" + shown;

    int expected =
        switch (flag.support()) {
          case NOT_YET, NO_EFFECT, FOR_GPUS -> 1;
          case WORKS, NOT_NEEDED, REFUSED, UNSERVED -> 0;
        };
    assertThat(start(argument, argument).warnings())
        .hasSize(expected)
        .allMatch(line -> line.startsWith("--" + flag.label() + " "));
  }

  @Test
  void warningsSayWhatToExpect() {
    assertThat(start("--skip_initialize_tpu", "--num_tflite_pools=2").warnings())
        .containsExactly(
            "--num_tflite_pools has no effect in Sluice",
            "--skip_initialize_tpu has no effect in Sluice");
  }

  @Test
  void usageHasOneLinePerFlagInTheOrderOfTheTable() {
    assertThat(usage())
        .startsWith(
            "usage: tensorflow_model_server\n"
                + "Flags:\n"
                + "\t--port=8500\tint32\tTCP port of gRPC; 0 opens none.\n"
                + "\t--grpc_socket_path=\"\"\tstring\t")
        .contains(
            "\t--rest_api_num_threads=12\tint32\t",
            "\t--enable_batching=auto\tbool\t",
            "\t--model_name=\"default\"\tstring\t",
            "\t--load_retry_interval_micros=60000000\tint64\t",
            "\t--per_process_gpu_memory_fraction=0.000000\tfloat\t",
            "\t--num_tflite_pools=3\tint32\t",
            "\t--max_tensor_bytes=1073741824\tint64\tMost bytes that one tensor of a request may"
                + " take. Sluice's own.\n")
        .endsWith("Sluice's own.\n");
    assertThat(usage().lines().skip(2)).hasSize(Flag.values().length);
    assertThat(usage().lines().skip(2)).allMatch(line -> line.split("\t", -1).length == 4);
  }

  @Test
  void tableHoldsTheFlagsOfTheReferenceInTheirOrderThenItsOwn() {
    assertThat(Arrays.stream(Flag.values()).filter(flag -> !flag.isOwn()).map(Flag::label))
        .containsExactly(
            "port",
            "grpc_socket_path",
            "rest_api_port",
            "rest_api_num_threads",
            "rest_api_timeout_in_ms",
            "rest_api_enable_cors_support",
            "enable_batching",
            "allow_version_labels_for_unavailable_models",
            "batching_parameters_file",
            "enable_per_model_batching_parameters",
            "model_config_file",
            "model_config_file_poll_wait_seconds",
            "model_name",
            "model_base_path",
            "num_load_threads",
            "num_unload_threads",
            "max_num_load_retries",
            "load_retry_interval_micros",
            "file_system_poll_wait_seconds",
            "flush_filesystem_caches",
            "tensorflow_session_parallelism",
            "tensorflow_session_config_file",
            "tensorflow_intra_op_parallelism",
            "tensorflow_inter_op_parallelism",
            "use_alts_credentials",
            "ssl_config_file",
            "platform_config_file",
            "per_process_gpu_memory_fraction",
            "saved_model_tags",
            "grpc_channel_arguments",
            "grpc_max_threads",
            "enable_model_warmup",
            "num_request_iterations_for_warmup",
            "version",
            "monitoring_config_file",
            "remove_unused_fields_from_bundle_metagraph",
            "prefer_tflite_model",
            "num_tflite_pools",
            "num_tflite_interpreters_per_pool",
            "enable_signature_method_name_check",
            "xla_cpu_compilation_enabled",
            "xla_gpu_compilation_enabled",
            "enable_profiler",
            "thread_pool_factory_config_file",
            "mixed_precision",
            "skip_initialize_tpu",
            "enable_grpc_healthcheck_service",
            "enable_serialization_as_tensor_content");
    assertThat(Arrays.stream(Flag.values()).filter(Flag::isOwn).map(Flag::label))
        .containsExactly(
            "bind_address",
            "admin_port",
            "admin_bind_address",
            "metrics",
            "tensorflow_library_dir",
            "custom_op_libraries",
            "freeze_models",
            "max_tensor_bytes",
            "max_inflight_bytes",
            "drain_timeout_seconds",
            "drain_delay_seconds",
            "rest_api_tls",
            "rest_api_max_body_bytes",
            "rest_api_max_inflated_bytes",
            "rest_api_max_gzip_ratio",
            "rest_api_max_header_bytes",
            "rest_api_receive_timeout_seconds",
            "rest_api_min_receive_bytes_per_second",
            "rest_api_idle_timeout_seconds",
            "rest_api_cancel_on_close",
            "rest_api_gzip_min_bytes",
            "rest_error_hints",
            "model_config_isolation",
            "model_config_reload_timeout_seconds",
            "version_completeness_check",
            "version_completeness_patience_seconds",
            "version_marker_file",
            "servable_versions_always_present",
            "model_memory_budget_bytes",
            "version_transition",
            "synthesize_warmup",
            "log_format",
            "log_level",
            "access_log",
            "request_log_file_records",
            "request_log_files",
            "trace_endpoint",
            "trace_sampling_rate");
  }

  @ParameterizedTest
  @EnumSource(Flag.class)
  void everyDefaultCanBeGivenOnTheCommandLine(Flag flag) {
    Object value = flag.defaultValue(3);
    String text = flag.type() == FlagType.STRING ? (String) value : flag.type().show(value);

    assertThat(start("--" + flag.label() + "=" + text).options().value(flag)).isEqualTo(value);
  }

  @Test
  void machineWithoutProcessorsIsRefused() {
    assertThatThrownBy(() -> new CommandLine("server", 0, new Versions("1", "2")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cpus 0, expected at least 1");
  }
}
