package dev.sluice.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.batching.BatchObserver;
import dev.sluice.batching.BatchThreads;
import dev.sluice.batching.Batching;
import dev.sluice.batching.BatchingParameters;
import dev.sluice.server.LogRecorder;
import dev.sluice.server.config.CommandLine.Outcome.Start;
import dev.sluice.server.config.CommandLine.Versions;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchingChoiceTest {

  private static final int CPUS = 3;

  @TempDir private Path directory;
  private final LogRecorder log = new LogRecorder();

  private Batching choice(String... flags) {
    CommandLine commandLine = new CommandLine("server", CPUS, new Versions("1", "2"));
    List<String> all =
        Stream.concat(Stream.of("--model_base_path=/models/m"), Stream.of(flags)).toList();
    Start start = (Start) commandLine.parse(all);
    return StartConfig.resolve(start.options(), log).batching();
  }

  private String file(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("batching.config"), text);
    return "--batching_parameters_file=" + file;
  }

  private static Batching configured(int threads, String name, BatchingParameters parameters) {
    return new Batching.Configured(new BatchThreads(threads, name), parameters, BatchObserver.NONE);
  }

  private void assertRefused(StatusCode code, String message, String... flags) {
    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> choice(flags))
        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(code))
        .withMessage(message);
  }

  @Test
  void withoutTheFlagTheSchedulerDecides() {
    assertThat(choice()).isEqualTo(new Batching.Automatic());
    assertThat(choice("--enable_batching=false", "--enable_batching=auto"))
        .isEqualTo(new Batching.Automatic());
  }

  @Test
  void falseIsNoBatching() {
    assertThat(choice("--enable_batching=false")).isEqualTo(new Batching.Off());
    assertThat(choice("--enable_batching=0")).isEqualTo(new Batching.Off());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--enable_batching", "--enable_batching=true", "--enable_batching=1"})
  void trueIsTheParametersOfTheReferenceWithAThreadPerProcessor(String flag) {
    assertThat(choice(flag))
        .isEqualTo(configured(CPUS, "model_server_batch_threads", BatchingParameters.DEFAULTS));
  }

  @Test
  void fileReplacesTheWholeSet() throws IOException {
    String everything =
        """
        max_batch_size { value: 128 }
        batch_timeout_micros { value: 0 }
        max_enqueued_batches { value: 1000000 }
        num_batch_threads { value: 8 }
        thread_pool_name { value: 'pool' }
        allowed_batch_sizes : 1
        allowed_batch_sizes : 128
        pad_variable_length_inputs : true
        enable_large_batch_splitting { value: true }
        max_execution_batch_size { value: 32 }
        """;
    BatchingParameters expected =
        new BatchingParameters(
            128, 0, 1_000_000, List.of(1L, 128L), true, true, OptionalLong.of(32));
    assertThat(choice("--enable_batching", file(everything)))
        .isEqualTo(configured(8, "pool", expected));
    assertThat(choice("--enable_batching", file("# all defaults\n")))
        .isEqualTo(configured(CPUS, "batch_threads", BatchingParameters.DEFAULTS));
  }

  @Test
  void versionsBringTheirOwnWhereThatIsAskedFor() throws IOException {
    String perVersion = "--enable_per_model_batching_parameters";
    String file = file("max_batch_size { value: 0 } num_batch_threads { value: 2 }");
    assertThat(choice("--enable_batching", perVersion, file))
        .as("nothing but the threads counts in the file")
        .isEqualTo(
            new Batching.Configured(
                new BatchThreads(2, "batch_threads"), null, BatchObserver.NONE));
    assertThat(choice(perVersion)).isEqualTo(new Batching.Automatic());
  }

  @Test
  void flawsOfTheFileEndTheStart() throws IOException {
    assertRefused(
        StatusCode.INVALID_ARGUMENT,
        "num_batch_threads must be positive; was 0",
        "--enable_batching",
        file("num_batch_threads { value: 0 }"));
    assertRefused(
        StatusCode.INVALID_ARGUMENT,
        "num_batch_threads must be at most 10000; was 4000000000",
        "--enable_batching",
        file("num_batch_threads { value: 4000000000 }"));
    assertRefused(
        StatusCode.INVALID_ARGUMENT,
        "Last entry in allowed_batch_sizes must match max_batch_size; last entry was 8; expected 4",
        "--enable_batching",
        file("max_batch_size { value: 4 } allowed_batch_sizes: [2, 8]"));
    Path none = directory.resolve("none");
    assertRefused(
        StatusCode.NOT_FOUND,
        none + "; No such file or directory",
        "--enable_batching",
        "--batching_parameters_file=" + none);
  }

  @Test
  void commonMistakeIsToldWithItsPlace() throws IOException {
    String file = file("max_batch_size: 128\n");
    assertRefused(
        StatusCode.INVALID_ARGUMENT,
        "Invalid protobuf file: '" + directory.resolve("batching.config") + "'",
        "--enable_batching",
        file);
    assertThat(log.lines().getLast())
        .startsWith("ERROR Error parsing text-format tensorflow.serving.BatchingParameters: 1:");
  }

  @Test
  void fileWithoutBatchingEndsTheStart() throws IOException {
    for (String flag : List.of("--enable_batching=auto", "--enable_batching=false")) {
      assertRefused(
          StatusCode.INVALID_ARGUMENT,
          "server_options.batching_parameters_file is set without setting"
              + " server_options.enable_batching to true.",
          flag,
          file(""));
    }
  }

  @Test
  void versionWithoutAFileIsNotBatched() throws IOException {
    BatchingFile reader = new BatchingFile(log);
    assertThat(reader.ofVersion(directory)).isEmpty();
    Path file = directory.resolve("batching_params.pbtxt");
    Files.writeString(file, "max_batch_size { value: 10 } num_batch_threads { value: 0 }");
    assertThat(reader.ofVersion(directory))
        .as("threads have no effect")
        .hasValueSatisfying(own -> assertThat(own.maxBatchSize()).isEqualTo(10));
    Files.writeString(file, "max_batch_size { value: 0 }");
    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> reader.ofVersion(directory))
        .withMessage("input_batch_size_limit must be positive; was 0");
    Files.writeString(file, "max_batch_size 10");
    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> reader.ofVersion(directory))
        .withMessage("Invalid protobuf file: '" + file + "'");
  }
}
