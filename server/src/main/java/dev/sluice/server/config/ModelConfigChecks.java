package dev.sluice.server.config;

import dev.sluice.proto.config.LogCollectorConfig;
import dev.sluice.proto.config.ModelConfig;
import dev.sluice.proto.config.ModelType;
import dev.sluice.server.config.ConfigFlaw.Kind;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds everything that is wrong with a list of models, by the list alone: pure functions of it.
 */
final class ModelConfigChecks {

  /** The one platform that models can have. */
  static final String TENSORFLOW = "tensorflow";

  /** The types of logs of requests. */
  private static final Set<String> LOGS = Set.of("tfrecord", "jsonl");

  private final Set<String> known;
  private final Set<String> platforms;
  private final Set<String> names = new HashSet<>();
  private final List<ConfigFlaw> flaws = new ArrayList<>();

  private ModelConfigChecks(Set<String> known, Set<String> platforms) {
    this.known = known;
    this.platforms = platforms;
  }

  /**
   * All flaws, in the order in which TensorFlow Serving would come across them.
   *
   * @param known the names of the models that are served already
   * @param platforms those that models may have
   */
  static List<ConfigFlaw> flaws(
      List<ModelConfig> models, Set<String> known, Set<String> platforms) {
    ModelConfigChecks checks = new ModelConfigChecks(known, platforms);
    for (int i = 0; i < models.size(); i++) {
      checks.check(i, models.get(i));
    }
    checks.flaws.sort(Comparator.comparing(ConfigFlaw::kind)); // stable, so by index within a kind
    return List.copyOf(checks.flaws);
  }

  private void check(int index, ModelConfig model) {
    if (!names.add(model.getName())) {
      add(
          Kind.NAME,
          index,
          "name",
          "Illegal to list model " + model.getName() + " multiple times in config list");
    }
    checkBasePath(index, model);
    Kind kind = known.contains(model.getName()) ? Kind.KNOWN_PLATFORM : Kind.PLATFORM;
    platformFlaw(model).ifPresent(flaw -> add(kind, index, flaw.field(), flaw.message()));
    checkLogging(index, model);
  }

  private void checkBasePath(int index, ModelConfig model) {
    Location location = Location.of(model.getBasePath());
    if (!location.isAbsolute()) {
      add(
          Kind.BASE_PATH,
          index,
          "base_path",
          "Expected model "
              + model.getName()
              + " to have an absolute path or URI; got base_path()="
              + model.getBasePath());
      return;
    }
    try {
      var _ = location.local();
    } catch (StatusException elsewhere) {
      flaws.add(
          new ConfigFlaw(
              Kind.FILE_SYSTEM, index, "base_path", elsewhere.code(), elsewhere.getMessage()));
    }
  }

  private void checkLogging(int index, ModelConfig model) {
    LogCollectorConfig collector = model.getLoggingConfig().getLogCollectorConfig();
    String type = collector.getType();
    if (type.isEmpty()) {
      return; // nothing is logged, as a warning says
    }
    if (!LOGS.contains(type)) {
      flaws.add(
          new ConfigFlaw(
              Kind.LOGGING,
              index,
              "logging_config",
              StatusCode.NOT_FOUND,
              "Cannot find LogCollector::Factory for type: " + type));
    } else if (collector.getFilenamePrefix().isEmpty()) {
      add(
          Kind.LOGGING,
          index,
          "logging_config",
          "Expected the log of model "
              + model.getName()
              + " to have a filename_prefix, such as /var/log/sluice/"
              + model.getName());
    }
  }

  private void add(Kind kind, int index, String field, String message) {
    flaws.add(new ConfigFlaw(kind, index, field, StatusCode.INVALID_ARGUMENT, message));
  }

  private record PlatformFlaw(String field, String message) {}

  @SuppressWarnings("deprecation") // old files say model_type and go on working
  private Optional<PlatformFlaw> platformFlaw(ModelConfig model) {
    boolean typed = model.getModelTypeValue() != ModelType.MODEL_TYPE_UNSPECIFIED_VALUE;
    String platform = model.getModelPlatform();
    if (typed && !platform.isEmpty()) {
      return flaw(
          "model_type",
          "Illegal setting both ModelServerConfig::model_type (deprecated) and"
              + " ModelServerConfig::model_platform, model name is "
              + model.getName());
    }
    if (typed && model.getModelType() != ModelType.TENSORFLOW) {
      return flaw(
          "model_type",
          "ModelServerConfig::model_type choice " + model.getModelTypeValue() + " not supported.");
    }
    if (!typed && platform.isEmpty()) {
      return flaw(
          "model_platform",
          "Illegal setting neither ModelServerConfig::model_type (deprecated) nor"
              + " ModelServerConfig::model_platform, model name is "
              + model.getName());
    }
    return support(model.getName(), typed ? TENSORFLOW : platform);
  }

  private Optional<PlatformFlaw> support(String name, String platform) {
    if (known.contains(name) && !platform.equals(TENSORFLOW)) {
      return flaw(
          "model_platform",
          "Illegal to change a model's platform. For model "
              + name
              + " platform was "
              + TENSORFLOW
              + " and new platform requested is "
              + platform);
    }
    return platforms.contains(platform)
        ? Optional.empty()
        : flaw("model_platform", "Model " + name + " requests unsupported platform " + platform);
  }

  private static Optional<PlatformFlaw> flaw(String field, String message) {
    return Optional.of(new PlatformFlaw(field, message));
  }
}
