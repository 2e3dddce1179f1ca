package dev.sluice.server.config;

import dev.sluice.status.StatusException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A platform that runs the server in a container and asks it by an HTTP contract of its own, as its
 * environment variables describe it. Immutable. Without these variables there is none, and nothing
 * is as it would not be otherwise.
 */
public sealed interface Hosting {

  /** The port for the platform where its variables name none: both platforms have the same. */
  int PORT = 8080;

  /** What SageMaker gives its containers as the only argument. */
  String SERVE = "serve";

  /** The port on which the platform asks, 1 to 65535. */
  int port();

  /** The model that is meant where a request names none; empty where every request has to. */
  String defaultModel();

  /** The platform's name, for people. */
  String platform();

  /**
   * Amazon SageMaker.
   *
   * @param ports the only ports that may be opened beside that; null for any
   * @param modelFolder where it puts the models of an endpoint that is not multi-model
   * @param multiModel whether it loads and unloads models while the server runs
   */
  record SageMaker(
      int port, @Nullable Ports ports, Path modelFolder, boolean multiModel, String defaultModel)
      implements Hosting {

    @Override
    public String platform() {
      return "SageMaker";
    }
  }

  /** Ports from the lowest to the highest. */
  record Ports(int lowest, int highest) {}

  /**
   * Google Vertex AI.
   *
   * @param healthRoute the path that is asked whether the server is ready
   * @param predictRoute the path that predictions are asked of
   * @param storage where the model's artifacts are, a path or a URI; empty for none
   */
  record VertexAi(
      int port, String healthRoute, String predictRoute, String storage, String defaultModel)
      implements Hosting {

    @Override
    public String platform() {
      return "Vertex AI";
    }
  }

  /**
   * The platform that these variables and arguments speak of; null if they speak of none.
   *
   * @throws StatusException INVALID_ARGUMENT if a variable has no value that it can have, or if
   *     there are two platforms
   */
  static @Nullable Hosting of(Map<String, String> environment, List<String> arguments) {
    HostVariables variables = new HostVariables(environment);
    boolean sageMaker = isSageMaker(variables, arguments);
    boolean vertexAi = isVertexAi(variables);
    if (sageMaker && vertexAi) {
      throw StatusException.invalidArgument(
          "There are variables of SageMaker (SAGEMAKER_...) and of Vertex AI (AIP_...), expected"
              + " those of one");
    }
    if (sageMaker) {
      return sageMaker(variables);
    }
    return vertexAi ? vertexAi(variables) : null;
  }

  private static boolean isSageMaker(HostVariables variables, List<String> arguments) {
    return arguments.contains(SERVE)
        || Stream.of(
                "SAGEMAKER_BIND_TO_PORT",
                "SAGEMAKER_SAFE_PORT_RANGE",
                "SAGEMAKER_MULTI_MODEL",
                "SAGEMAKER_TFS_DEFAULT_MODEL_NAME")
            .anyMatch(variables::has);
  }

  /** A training job of Vertex AI has variables too, and another mode. */
  private static boolean isVertexAi(HostVariables variables) {
    String mode = variables.text("AIP_MODE", "");
    return mode.isEmpty() ? variables.has("AIP_HTTP_PORT") : mode.equals("PREDICTION");
  }

  private static Hosting sageMaker(HostVariables variables) {
    return new SageMaker(
        variables.port("SAGEMAKER_BIND_TO_PORT", PORT),
        variables.ports("SAGEMAKER_SAFE_PORT_RANGE"),
        Path.of(variables.text("SAGEMAKER_BASE_DIR", "/opt/ml"), "model"),
        variables.bool("SAGEMAKER_MULTI_MODEL"),
        variables.text("SAGEMAKER_TFS_DEFAULT_MODEL_NAME", ""));
  }

  private static Hosting vertexAi(HostVariables variables) {
    return new VertexAi(
        variables.port("AIP_HTTP_PORT", PORT),
        variables.route("AIP_HEALTH_ROUTE", "/health"),
        variables.route("AIP_PREDICT_ROUTE", "/predict"),
        variables.text("AIP_STORAGE_URI", ""),
        "");
  }

  /**
   * The arguments of the server as they are to be read on a platform: what it wants, for flags that
   * are not given, and what it insists on.
   *
   * @param hosting null for no platform, where nothing changes
   * @param given without the program's name
   */
  static List<String> arguments(@Nullable Hosting hosting, List<String> given) {
    if (!(hosting instanceof SageMaker sageMaker)) {
      return given;
    }
    List<String> all = new ArrayList<>();
    // The files are complete before the server hears of them, and a load that fails is to be told
    // soon.
    all.add("--max_num_load_retries=0");
    all.add("--version_completeness_check=false");
    if (sageMaker.multiModel()) {
      // Who is never told that there is no room loads until the process is killed.
      all.add("--model_memory_budget_bytes=" + MemoryLimit.bytes() / 2);
    }
    given.stream().filter(argument -> !argument.equals(SERVE)).forEach(all::add);
    Ports ports = sageMaker.ports();
    if (ports != null) {
      all.add("--port=" + ports.lowest());
      all.add("--rest_api_port=" + (ports.lowest() + 1));
    }
    return List.copyOf(all);
  }

  /**
   * The same with a default model, now that it is known what is served.
   *
   * @throws StatusException INVALID_ARGUMENT if the platform's default is none of the models
   */
  default Hosting serving(List<ModelEntry> models) {
    List<String> names = models.stream().map(ModelEntry::name).toList();
    return switch (this) {
      case SageMaker host when host.multiModel() -> host;
      case SageMaker host ->
          new SageMaker(
              host.port(),
              host.ports(),
              host.modelFolder(),
              false,
              choose(host.defaultModel(), names));
      case VertexAi host ->
          new VertexAi(
              host.port(),
              host.healthRoute(),
              host.predictRoute(),
              host.storage(),
              choose(host.defaultModel(), names));
    };
  }

  private static String choose(String wanted, List<String> names) {
    if (wanted.isEmpty()) {
      return names.isEmpty() ? "" : names.getFirst();
    }
    if (!names.contains(wanted)) {
      throw StatusException.invalidArgument(
          "SAGEMAKER_TFS_DEFAULT_MODEL_NAME is %s, expected one of the models: %s",
          wanted, String.join(", ", names));
    }
    return wanted;
  }
}
