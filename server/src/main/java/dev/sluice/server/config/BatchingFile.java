package dev.sluice.server.config;

import dev.sluice.batching.BatchThreads;
import dev.sluice.batching.BatchingParameters;
import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads batching parameters: from {@code --batching_parameters_file}, and from a version's own
 * file. What a file does not set has its default.
 *
 * @param log gets the place of a syntax error
 */
public record BatchingFile(Logger log) {

  /** The file in a version's directory that has the parameters of that version. */
  public static final String OF_VERSION = "batching_params.pbtxt";

  /** What the threads are called where a file does not say. */
  static final String THREAD_NAME = "batch_threads";

  /**
   * The parameters that a version brings along.
   *
   * @param version its directory
   * @return empty if there is no such file, which means that the version is not batched
   * @throws StatusException INVALID_ARGUMENT if it can't be parsed, or can't be in force
   */
  public Optional<BatchingParameters> ofVersion(Path version) {
    Path file = version.resolve(OF_VERSION);
    return Files.exists(file)
        ? Optional.of(parameters(parse(file.toString())).check())
        : Optional.empty();
  }

  /**
   * What a file says, not checked yet.
   *
   * @throws StatusException NOT_FOUND without the file, INVALID_ARGUMENT if it can't be parsed
   */
  dev.sluice.proto.config.BatchingParameters parse(String path) {
    var message = dev.sluice.proto.config.BatchingParameters.newBuilder();
    new TextProtoFile(path, log).read(message);
    return message.build();
  }

  /** How a model is batched by what a file says, not checked yet. */
  static BatchingParameters parameters(dev.sluice.proto.config.BatchingParameters file) {
    BatchingParameters unset = BatchingParameters.DEFAULTS;
    return new BatchingParameters(
        file.hasMaxBatchSize() ? file.getMaxBatchSize().getValue() : unset.maxBatchSize(),
        file.hasBatchTimeoutMicros()
            ? file.getBatchTimeoutMicros().getValue()
            : unset.batchTimeoutMicros(),
        file.hasMaxEnqueuedBatches()
            ? file.getMaxEnqueuedBatches().getValue()
            : unset.maxEnqueuedBatches(),
        file.getAllowedBatchSizesList(),
        file.getPadVariableLengthInputs(),
        file.getEnableLargeBatchSplitting().getValue(),
        file.hasMaxExecutionBatchSize()
            ? OptionalLong.of(file.getMaxExecutionBatchSize().getValue())
            : OptionalLong.empty());
  }

  /**
   * The threads that a file asks for.
   *
   * @param cpus how many there are where it does not say
   * @throws StatusException INVALID_ARGUMENT for a number that can't be
   */
  static BatchThreads threads(dev.sluice.proto.config.BatchingParameters file, int cpus) {
    return BatchThreads.of(
        file.hasNumBatchThreads() ? file.getNumBatchThreads().getValue() : cpus,
        file.hasThreadPoolName() ? file.getThreadPoolName().getValue() : THREAD_NAME);
  }
}
