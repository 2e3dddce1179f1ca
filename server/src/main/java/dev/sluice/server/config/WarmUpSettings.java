package dev.sluice.server.config;

import dev.sluice.proto.config.ModelWarmupOptions;
import dev.sluice.proto.config.SessionBundleConfig;

/**
 * How versions are warmed up while they load.
 *
 * @param replays whether the requests that a version brings along are run
 * @param synthesizes whether requests are made up for a version that brings none
 * @param iterations how often each recorded request is run, at least 1
 * @param threads how many of them are run at a time, at least 1
 */
public record WarmUpSettings(boolean replays, boolean synthesizes, int iterations, int threads) {

  /** What the flags say. */
  static WarmUpSettings byFlags(ServerOptions options) {
    boolean replays = options.bool(Flag.ENABLE_MODEL_WARMUP);
    return new WarmUpSettings(replays, synthesizes(options, replays), iterations(options, 1), 1);
  }

  /** What the platform config file says, where the flag of iterations says nothing. */
  static WarmUpSettings byPlatform(SessionBundleConfig platform, ServerOptions options) {
    ModelWarmupOptions wanted = platform.getModelWarmupOptions();
    boolean replays = platform.getEnableModelWarmup();
    return new WarmUpSettings(
        replays,
        synthesizes(options, replays),
        iterations(options, Math.max(1, wanted.getNumRequestIterations().getValue())),
        Math.max(1, wanted.getNumModelWarmupThreads().getValue()));
  }

  private static boolean synthesizes(ServerOptions options, boolean replays) {
    return replays && options.bool(Flag.SYNTHESIZE_WARMUP);
  }

  private static int iterations(ServerOptions options, int otherwise) {
    int given = options.int32(Flag.NUM_REQUEST_ITERATIONS_FOR_WARMUP);
    return given > 0 ? given : otherwise;
  }
}
