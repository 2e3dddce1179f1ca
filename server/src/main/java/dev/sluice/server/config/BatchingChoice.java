package dev.sluice.server.config;

import dev.sluice.batching.BatchObserver;
import dev.sluice.batching.BatchThreads;
import dev.sluice.batching.Batching;
import dev.sluice.batching.BatchingParameters;
import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import org.jspecify.annotations.Nullable;

/** What the flags about batching amount to. */
final class BatchingChoice {

  /** What the threads are called where there is no file. */
  private static final String THREAD_NAME = "model_server_batch_threads";

  private BatchingChoice() {}

  /**
   * Reads and checks the file that the flags name.
   *
   * @param log gets the place of a syntax error
   * @throws StatusException INVALID_ARGUMENT for parameters that can't be in force, else as {@link
   *     BatchingFile#parse}
   */
  static Batching of(ServerOptions options, Logger log) {
    Boolean wanted = options.enableBatching();
    if (wanted == null) {
      return new Batching.Automatic();
    }
    return wanted ? configured(options, log) : new Batching.Off();
  }

  private static Batching configured(ServerOptions options, Logger log) {
    String path = options.string(Flag.BATCHING_PARAMETERS_FILE);
    boolean perVersion = options.perModelBatchingParameters();
    if (path.isEmpty()) {
      BatchThreads threads = BatchThreads.of(options.cpus(), THREAD_NAME);
      return new Batching.Configured(
          threads, perVersion ? null : BatchingParameters.DEFAULTS, BatchObserver.NONE);
    }
    var file = new BatchingFile(log).parse(path);
    BatchThreads threads = BatchingFile.threads(file, options.cpus());
    // Where versions bring their own, nothing but the threads is taken from here.
    @Nullable BatchingParameters parameters =
        perVersion ? null : BatchingFile.parameters(file).check();
    return new Batching.Configured(threads, parameters, BatchObserver.NONE);
  }
}
