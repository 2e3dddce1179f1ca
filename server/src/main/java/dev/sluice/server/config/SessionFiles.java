package dev.sluice.server.config;

import dev.sluice.batching.BatchObserver;
import dev.sluice.batching.BatchThreads;
import dev.sluice.batching.Batching;
import dev.sluice.proto.config.BatchingParameters;
import dev.sluice.proto.config.SessionBundleConfig;
import dev.sluice.proto.tensorflow.ConfigProto;
import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What flags and files say of sessions, batching and warm-up: either the flags and the files that
 * each is for, or the platform config file alone.
 *
 * @param sessions how they are made
 * @param batching how requests become runs
 * @param warmUp what versions are warmed up with while they load
 */
record SessionFiles(SessionSettings sessions, Batching batching, WarmUpSettings warmUp) {

  /**
   * Reads the files that the flags name.
   *
   * @param log gets what is said in vain, and the place of a syntax error
   * @throws StatusException NOT_FOUND without a file, INVALID_ARGUMENT for one that can't be in
   *     force, UNIMPLEMENTED for what Sluice can't do
   */
  static SessionFiles read(ServerOptions options, Logger log) {
    String platforms = options.string(Flag.PLATFORM_CONFIG_FILE);
    return platforms.isEmpty()
        ? byFlags(options, log)
        : byPlatform(new PlatformConfigFile(platforms, log).tensorFlow(), options, log);
  }

  private static SessionFiles byFlags(ServerOptions options, Logger log) {
    StartChecks.requireBatching(options);
    Batching batching = BatchingChoice.of(options, log);
    ConfigProto config = sessionConfig(options, log);
    StartChecks.requireOneParallelism(options);
    return new SessionFiles(
        new SessionSettings(
            List.copyOf(options.savedModelTags()), options.sessionThreads(), config, false),
        batching,
        WarmUpSettings.byFlags(options));
  }

  /** The share of a GPU is the flag's in any case, as in TensorFlow Serving. */
  private static @Nullable ConfigProto sessionConfig(ServerOptions options, Logger log) {
    String path = options.string(Flag.TENSORFLOW_SESSION_CONFIG_FILE);
    float share = options.float32(Flag.PER_PROCESS_GPU_MEMORY_FRACTION);
    if (path.isEmpty() && share == 0) {
      return null;
    }
    ConfigProto.Builder config = ConfigProto.newBuilder();
    if (path.isEmpty()) {
      config.setAllowSoftPlacement(true);
    } else {
      var _ = new TextProtoFile(path, log).read(config);
    }
    config.getGpuOptionsBuilder().setPerProcessGpuMemoryFraction(share);
    return config.build();
  }

  private static SessionFiles byPlatform(
      SessionBundleConfig platform, ServerOptions options, Logger log) {
    warnOfWhatIsInVain(platform, log);
    ConfigProto config = platform.hasSessionConfig() ? platform.getSessionConfig() : null;
    SessionThreads threads =
        new SessionThreads(
            platform.getSessionConfig().getIntraOpParallelismThreads(),
            platform.getSessionConfig().getInterOpParallelismThreads());
    List<String> tags =
        platform.getSavedModelTagsCount() == 0
            ? List.of("serve")
            : platform.getSavedModelTagsList().stream().distinct().toList();
    return new SessionFiles(
        new SessionSettings(tags, threads, config, platform.getEnableSessionMetadata()),
        batching(platform, options),
        WarmUpSettings.byPlatform(platform, options));
  }

  private static Batching batching(SessionBundleConfig platform, ServerOptions options) {
    if (platform.getWrapSessionWithNoThreadingParams()) {
      return new Batching.Off();
    }
    if (!platform.hasBatchingParameters()) {
      return new Batching.Automatic();
    }
    BatchingParameters parameters = platform.getBatchingParameters();
    BatchThreads threads = BatchingFile.threads(parameters, options.cpus());
    return new Batching.Configured(
        threads,
        platform.getEnablePerModelBatchingParams()
            ? null
            : BatchingFile.parameters(parameters).check(),
        BatchObserver.NONE);
  }

  private static void warnOfWhatIsInVain(SessionBundleConfig platform, Logger log) {
    if (platform.getEnableSavedModelConfig()) {
      throw StatusException.unimplemented(
          "enable_saved_model_config is not supported; expected it to be false");
    }
    if (platform.getPreferTfliteModel()) {
      throw StartChecks.tensorFlowLite("prefer_tflite_model in the platform config file");
    }
    warn(log, "session_target", !platform.getSessionTarget().isEmpty());
    warn(log, "in_graph_batching_parameters", platform.hasInGraphBatchingParameters());
    warn(
        log,
        "experimental_fixed_input_tensors",
        platform.getExperimentalFixedInputTensorsCount() > 0);
    warn(log, "mixed_precision", !platform.getMixedPrecision().isEmpty());
  }

  private static void warn(Logger log, String field, boolean given) {
    if (given) {
      log.log(Level.WARNING, field + " in the platform config file has no effect in Sluice");
    }
  }
}
