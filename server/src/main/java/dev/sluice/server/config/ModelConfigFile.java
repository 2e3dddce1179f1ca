package dev.sluice.server.config;

import dev.sluice.proto.config.ModelConfig;
import dev.sluice.proto.config.ModelServerConfig;
import dev.sluice.proto.config.ModelType;
import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads and checks the list of models: from {@code --model_config_file}, and from any other source
 * of a {@link ModelServerConfig}. Safe from any thread.
 */
public final class ModelConfigFile {

  /** The one platform that models can have. */
  static final String TENSORFLOW = "tensorflow";

  private final Logger log;

  /**
   * A reader of model configs.
   *
   * @param log gets what a config says in vain, and the place of a syntax error
   */
  public ModelConfigFile(Logger log) {
    this.log = log;
  }

  /**
   * The models that a file lists.
   *
   * @param path a path or a {@code file://} URI
   * @return unmodifiable, in the file's order; empty for an empty list
   * @throws StatusException NOT_FOUND without the file, INVALID_ARGUMENT where it is empty or can't
   *     be parsed, else as {@link #entries}
   */
  public List<ModelEntry> read(String path) {
    return entries(parse(path));
  }

  /** The config in a file, not checked yet. */
  ModelServerConfig parse(String path) {
    ModelServerConfig.Builder config = ModelServerConfig.newBuilder();
    new TextProtoFile(path, log).read(config);
    return config.build();
  }

  /**
   * The models that a config lists.
   *
   * @return unmodifiable, in the config's order; empty for an empty list or an empty config
   * @throws StatusException UNIMPLEMENTED for a custom config; INVALID_ARGUMENT for a model that is
   *     listed twice, has a relative base path, or has not exactly one platform that is known here
   */
  public List<ModelEntry> entries(ModelServerConfig config) {
    return switch (config.getConfigCase()) {
      case MODEL_CONFIG_LIST -> check(config.getModelConfigList().getConfigList());
      case CUSTOM_MODEL_CONFIG ->
          throw StatusException.unimplemented(
              "ModelServer does not yet support custom model config.");
      case CONFIG_NOT_SET -> {
        log.log(Level.INFO, "Taking no action for empty config.");
        yield List.of();
      }
    };
  }

  // Of several flaws the first kind is told, not the first model's: names, paths, platforms.
  private List<ModelEntry> check(List<ModelConfig> models) {
    requireDistinctNames(models);
    models.forEach(ModelConfigFile::requireAbsolutePath);
    models.forEach(this::requirePlatform);
    models.forEach(this::warnOfLogging);
    return models.stream().map(ModelConfigFile::entry).toList();
  }

  private static void requireDistinctNames(List<ModelConfig> models) {
    Set<String> names = new HashSet<>();
    for (ModelConfig model : models) {
      if (!names.add(model.getName())) {
        throw StatusException.invalidArgument(
            "Illegal to list model %s multiple times in config list", model.getName());
      }
    }
  }

  private static void requireAbsolutePath(ModelConfig model) {
    if (!Location.of(model.getBasePath()).isAbsolute()) {
      throw StatusException.invalidArgument(
          "Expected model %s to have an absolute path or URI; got base_path()=%s",
          model.getName(), model.getBasePath());
    }
  }

  private void requirePlatform(ModelConfig model) {
    String platform = platform(model);
    if (platform.isEmpty()) {
      throw StatusException.invalidArgument(
          "Illegal setting neither ModelServerConfig::model_type (deprecated) nor"
              + " ModelServerConfig::model_platform, model name is %s",
          model.getName());
    }
    if (!platform.equals(TENSORFLOW)) {
      throw StatusException.invalidArgument(
          "Model %s requests unsupported platform %s", model.getName(), platform);
    }
  }

  @SuppressWarnings("deprecation") // old files say model_type and go on working
  private String platform(ModelConfig model) {
    if (model.getModelType() == ModelType.MODEL_TYPE_UNSPECIFIED) {
      return model.getModelPlatform();
    }
    log.log(
        Level.WARNING,
        "Deprecated ModelServerConfig::model_type field used. Prefer"
            + " ModelServerConfig::model_platform.");
    if (!model.getModelPlatform().isEmpty()) {
      throw StatusException.invalidArgument(
          "Illegal setting both ModelServerConfig::model_type (deprecated) and"
              + " ModelServerConfig::model_platform, model name is %s",
          model.getName());
    }
    return model.getModelType() == ModelType.TENSORFLOW ? TENSORFLOW : "other";
  }

  private void warnOfLogging(ModelConfig model) {
    if (model.hasLoggingConfig()) {
      log.log(
          Level.WARNING,
          "logging_config of model " + model.getName() + " is accepted but has no effect yet");
    }
  }

  private static ModelEntry entry(ModelConfig model) {
    return new ModelEntry(
        model.getName(),
        model.getBasePath(),
        model.getModelVersionPolicy(),
        model.getVersionLabelsMap());
  }
}
