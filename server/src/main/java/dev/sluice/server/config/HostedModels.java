package dev.sluice.server.config;

import dev.sluice.proto.config.FileSystemStoragePathSourceConfig.ServableVersionPolicy;
import dev.sluice.proto.config.ModelConfig;
import dev.sluice.proto.config.ModelConfigList;
import dev.sluice.proto.config.ModelServerConfig;
import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Which models a platform brings. What it brings goes before {@code --model_base_path}, which the
 * image's entry point always gives, and after {@code --model_config_file}, which only a person
 * gives.
 */
public final class HostedModels {

  private final ServerOptions options;
  private final Logger log;

  HostedModels(ServerOptions options, Logger log) {
    this.options = options;
    this.log = log;
  }

  /** A model with all its versions, as platforms want them. */
  public static ModelConfig model(String name, String basePath) {
    return ModelConfig.newBuilder()
        .setName(name)
        .setBasePath(basePath)
        .setModelPlatform(ModelConfigFile.TENSORFLOW)
        .setModelVersionPolicy(
            ServableVersionPolicy.newBuilder()
                .setAll(ServableVersionPolicy.All.getDefaultInstance()))
        .build();
  }

  /** A list of models, which may be empty. */
  public static ModelServerConfig list(Collection<ModelConfig> models) {
    return ModelServerConfig.newBuilder()
        .setModelConfigList(ModelConfigList.newBuilder().addAllConfig(models))
        .build();
  }

  /**
   * The models to begin with; empty to do as the flags say.
   *
   * @throws StatusException NOT_FOUND if there is no model, neither here nor by the flags;
   *     UNIMPLEMENTED if they are where Sluice can't read; INVALID_ARGUMENT if a model config file
   *     is given where the platform says what to load
   */
  Optional<ModelServerConfig> of(Hosting hosting) {
    boolean listed = !options.modelConfigFile().isEmpty();
    return switch (hosting) {
      case Hosting.SageMaker host when host.multiModel() -> {
        if (listed) {
          throw StatusException.invalidArgument(
              "--model_config_file is given, and with SAGEMAKER_MULTI_MODEL=true SageMaker says"
                  + " which models there are");
        }
        yield Optional.of(list(List.of()));
      }
      case Hosting.SageMaker host -> listed ? Optional.empty() : sageMaker(host.modelFolder());
      case Hosting.VertexAi host ->
          listed || host.storage().isEmpty() ? Optional.empty() : vertexAi(host.storage());
    };
  }

  private Optional<ModelServerConfig> sageMaker(Path folder) {
    Path script = folder.resolve("code/inference.py");
    if (Files.exists(script)) {
      log.log(
          Level.WARNING,
          script + " is not run: Sluice has no Python, so requests must be what the model takes");
    }
    return found(folder, "/<name>/<number>/saved_model.pb");
  }

  private Optional<ModelServerConfig> vertexAi(String storage) {
    if (Location.of(storage).isLocal()) {
      return found(Location.of(storage).local(), "/<number>/saved_model.pb");
    }
    if (flagsNameAFolder()) {
      log.log(
          Level.WARNING,
          "AIP_STORAGE_URI is "
              + storage
              + ", which Sluice can't read; what the flags name is served");
      return Optional.empty();
    }
    throw StatusException.unimplemented(
        "AIP_STORAGE_URI is %s, which Sluice can't read. Put the model into the image (COPY model"
            + " /models/model, with the version as a folder in it: /models/model/1/saved_model.pb),"
            + " or copy it to a local folder before the server starts and give that as"
            + " --model_base_path or AIP_STORAGE_URI",
        storage);
  }

  private Optional<ModelServerConfig> found(Path folder, String expected) {
    List<Path> models = ModelFolders.in(folder);
    if (!models.isEmpty()) {
      models.forEach(model -> log.log(Level.INFO, "Found the model " + model));
      return Optional.of(list(models.stream().map(HostedModels::named).toList()));
    }
    if (flagsNameAFolder()) {
      log.log(
          Level.INFO,
          "There is no model in " + folder + "; what --model_base_path names is served");
      return Optional.empty();
    }
    throw StatusException.notFound(
        "There is no model in %s, expected %s%s, and --model_base_path \"%s\" names no folder either",
        folder, folder, expected, options.string(Flag.MODEL_BASE_PATH));
  }

  private static ModelConfig named(Path basePath) {
    return model(String.valueOf(basePath.getFileName()), basePath.toString());
  }

  private boolean flagsNameAFolder() {
    String path = options.string(Flag.MODEL_BASE_PATH);
    return !path.isEmpty()
        && Location.of(path).isLocal()
        && Files.isDirectory(Location.of(path).local());
  }
}
