package dev.sluice.server.config;

import dev.sluice.proto.config.LoggingConfig;
import dev.sluice.proto.config.ModelConfig;
import dev.sluice.proto.config.ModelServerConfig;
import dev.sluice.proto.config.ModelType;
import dev.sluice.proto.config.SamplingConfig;
import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads and checks the list of models: from {@code --model_config_file}, and from any other source
 * of a {@link ModelServerConfig}. Safe from any thread.
 */
public final class ModelConfigFile {

  /** The one platform that models can have. */
  static final String TENSORFLOW = ModelConfigChecks.TENSORFLOW;

  private final Logger log;

  /**
   * A reader of model configs.
   *
   * @param log gets what a config says in vain, and the places of what is wrong
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

  /** The config in a file, not checked yet; the log has the places of its flaws. */
  ModelServerConfig parse(String path) {
    ModelConfigText text = ModelConfigText.read(path);
    text.syntaxError().ifPresent(line -> log.log(Level.ERROR, line));
    ModelServerConfig config = text.config();
    text.flaws(Set.of()).forEach(flaw -> log.log(Level.ERROR, text.line(flaw)));
    return config;
  }

  /**
   * Everything that is wrong with the list of models by itself, in the order in which TensorFlow
   * Serving looks for it; empty where there is no list.
   *
   * @param known the names of the models that are served already
   */
  public static List<ConfigFlaw> flaws(ModelServerConfig config, Set<String> known) {
    return ModelConfigChecks.flaws(
        config.getModelConfigList().getConfigList(), known, Set.of(TENSORFLOW));
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
      case MODEL_CONFIG_LIST -> check(config);
      case CUSTOM_MODEL_CONFIG ->
          throw StatusException.unimplemented(
              "ModelServer does not yet support custom model config.");
      case CONFIG_NOT_SET -> {
        log.log(Level.INFO, "Taking no action for empty config.");
        yield List.of();
      }
    };
  }

  private List<ModelEntry> check(ModelServerConfig config) {
    warn(config);
    for (ConfigFlaw flaw : flaws(config, Set.of())) {
      if (flaw.kind() != ConfigFlaw.Kind.FILE_SYSTEM) { // whoever opens the path says so
        throw flaw.exception();
      }
    }
    return entriesOf(config);
  }

  /** The models of a list, whether it has flaws or not. */
  public static List<ModelEntry> entriesOf(ModelServerConfig config) {
    return config.getModelConfigList().getConfigList().stream()
        .map(ModelConfigFile::entry)
        .toList();
  }

  /** Says on the log what a config says in vain. */
  public void warn(ModelServerConfig config) {
    config.getModelConfigList().getConfigList().forEach(this::warn);
  }

  @SuppressWarnings("deprecation") // old files say model_type and go on working
  private void warn(ModelConfig model) {
    if (model.getModelType() != ModelType.MODEL_TYPE_UNSPECIFIED) {
      log.log(
          Level.WARNING,
          "Deprecated ModelServerConfig::model_type field used. Prefer"
              + " ModelServerConfig::model_platform.");
    }
    if (model.hasLoggingConfig()) {
      inVain(model.getLoggingConfig())
          .ifPresent(why ->
              log.log(
                  Level.WARNING,
                  "logging_config of model "
                      + model.getName()
                      + " has no effect, as it has "
                      + why));
    }
  }

  /** Why nothing is logged by a config. */
  private static Optional<String> inVain(LoggingConfig logging) {
    if (logging.getLogCollectorConfig().getType().isEmpty()) {
      return Optional.of("no type; expected tfrecord or jsonl");
    }
    SamplingConfig sampling = logging.getSamplingConfig();
    return sampling.getSamplingRate() <= 0 && sampling.getPerTaskSamplingConfigsCount() == 0
        ? Optional.of("no sampling_rate; expected more than 0, up to 1 for every request")
        : Optional.empty();
  }

  private static ModelEntry entry(ModelConfig model) {
    return new ModelEntry(
        model.getName(),
        model.getBasePath(),
        model.getModelVersionPolicy(),
        model.getVersionLabelsMap(),
        model.getLoggingConfig());
  }
}
