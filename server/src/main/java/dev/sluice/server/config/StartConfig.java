package dev.sluice.server.config;

import dev.sluice.batching.Batching;
import dev.sluice.proto.config.ModelConfig;
import dev.sluice.proto.config.ModelConfigList;
import dev.sluice.proto.config.ModelServerConfig;
import dev.sluice.proto.config.ThreadPoolFactoryConfig;
import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a server starts with: options and models that have passed every check. Immutable.
 *
 * @param options the value of every flag
 * @param models what to serve, in the order of the config; may be empty
 * @param listed whether they come from a list; false for a file in which there is no config at all
 * @param sessions how the sessions of all models are made
 * @param batching how requests become runs
 * @param warmUp what versions are warmed up with while they load
 * @param monitoringPath where TensorFlow Serving's page of metrics is; null for nowhere
 * @param hosting the platform that asks by a contract of its own, with its default model; null for
 *     none
 * @param traces which requests are traced, and where that is sent; null for none
 */
public record StartConfig(
    ServerOptions options,
    List<ModelEntry> models,
    boolean listed,
    SessionSettings sessions,
    Batching batching,
    WarmUpSettings warmUp,
    @Nullable String monitoringPath,
    @Nullable Hosting hosting,
    @Nullable TraceSettings traces) {

  public StartConfig {
    models = List.copyOf(models);
  }

  /**
   * Checks the options and reads the models they name, in the order in which TensorFlow Serving
   * does, so that of several reasons not to start the same one is told.
   *
   * @param log gets what is worth knowing of the models, and the place of a syntax error
   * @throws StatusException the reason not to start; mostly INVALID_ARGUMENT, UNIMPLEMENTED for
   *     security that Sluice can't give yet, else as {@link ModelConfigFile#read}
   */
  public static StartConfig resolve(ServerOptions options, Logger log) {
    return resolve(options, null, log);
  }

  /**
   * The same on a platform that may bring the models.
   *
   * @param hosting null for no platform
   * @throws StatusException also as {@link HostedModels#of}
   */
  public static StartConfig resolve(ServerOptions options, @Nullable Hosting hosting, Logger log) {
    return resolve(options, hosting, Map.of(), log);
  }

  /**
   * The same in an environment that may speak of traces.
   *
   * @throws StatusException also as {@link TraceSettings#of}
   */
  public static StartConfig resolve(
      ServerOptions options,
      @Nullable Hosting hosting,
      Map<String, String> environment,
      Logger log) {
    ModelConfigFile file = new ModelConfigFile(log);
    Optional<ModelServerConfig> hosted =
        hosting == null ? Optional.empty() : new HostedModels(options, log).of(hosting);
    StartChecks.beforeModelConfig(options, hosted.isPresent());
    ModelServerConfig config = hosted.isPresent() ? hosted.get() : config(options, file, log);
    SessionFiles files = SessionFiles.read(options, log);
    List<ModelEntry> models = file.entries(config);
    checkOtherFile(options, log);
    String monitoringPath = MonitoringFile.path(options, log);
    StartChecks.requireTls(options, log);
    TraceSettings traces = TraceSettings.of(options, environment);
    return new StartConfig(
        options,
        models,
        config.hasModelConfigList(),
        files.sessions(),
        files.batching(),
        files.warmUp(),
        monitoringPath,
        hosting == null ? null : hosting.serving(models),
        traces);
  }

  /** A file that is good or bad before any model is loaded, whatever it is for. */
  private static void checkOtherFile(ServerOptions options, Logger log) {
    String pools = options.string(Flag.THREAD_POOL_FACTORY_CONFIG_FILE);
    if (!pools.isEmpty()) {
      var _ = new TextProtoFile(pools, log).read(ThreadPoolFactoryConfig.newBuilder());
    }
  }

  private static ModelServerConfig config(ServerOptions options, ModelConfigFile file, Logger log) {
    String path = options.string(Flag.MODEL_CONFIG_FILE);
    if (!path.isEmpty()) {
      return file.parse(path);
    }
    String name = options.string(Flag.MODEL_NAME);
    String basePath = options.string(Flag.MODEL_BASE_PATH);
    log.log(
        Level.INFO,
        "Building single TensorFlow model file config:  model_name: "
            + name
            + " model_base_path: "
            + basePath);
    return single(name, basePath);
  }

  private static ModelServerConfig single(String name, String basePath) {
    ModelConfig model =
        ModelConfig.newBuilder()
            .setName(name)
            .setBasePath(basePath)
            .setModelPlatform(ModelConfigFile.TENSORFLOW)
            .build();
    return ModelServerConfig.newBuilder()
        .setModelConfigList(ModelConfigList.newBuilder().addConfig(model))
        .build();
  }
}
