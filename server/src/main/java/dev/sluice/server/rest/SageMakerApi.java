package dev.sluice.server.rest;

import dev.sluice.batching.Call;
import dev.sluice.server.Readiness;
import dev.sluice.server.config.Hosting;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * SageMaker's contract with a container, as its TensorFlow Serving container keeps it: {@code
 * /ping}, {@code /invocations}, and {@code /models} where the endpoint is a multi-model one. A body
 * becomes a predict request of the REST API, which answers. All else on the port is the REST API.
 * Thread-safe.
 */
final class SageMakerApi extends HostedApi {

  private static final Pattern MODEL = Pattern.compile("/models/([^/]+)(/invoke)?");
  private static final String LINES = "application/jsonlines";

  private final Hosting.SageMaker host;
  private final SageMakerModels models;

  /**
   * @param models what a multi-model endpoint has loaded; without a part in others
   */
  SageMakerApi(RestApi rest, Readiness readiness, Hosting.SageMaker host, SageMakerModels models) {
    super(rest, readiness);
    this.host = host;
    this.models = models;
  }

  @Override
  @Nullable Call route(String path, Request request, Consumer<Response> answer) {
    boolean isRead = request.method().equals("GET") || request.method().equals("HEAD");
    if (path.equals("/ping")) {
      answer.accept(isRead ? health() : onlyBy("GET", request));
      return null;
    }
    if (path.equals("/invocations")) {
      return invoke(Optional.empty(), request, answer);
    }
    if (host.multiModel() && path.equals("/models")) {
      models(request, isRead, answer);
      return null;
    }
    Matcher model = MODEL.matcher(path);
    if (host.multiModel() && model.matches()) {
      String name = Route.selector(model.group(1), null, null).name();
      return model.group(2) == null
          ? model(name, request, isRead, answer)
          : invoke(Optional.of(name), request, answer);
    }
    return other(request, answer);
  }

  private void models(Request request, boolean isRead, Consumer<Response> answer) {
    if (request.method().equals("POST")) {
      requireOpen();
      models.load(request.body(), answer);
    } else {
      answer.accept(isRead ? models.list() : onlyBy("GET or POST", request));
    }
  }

  private @Nullable Call model(
      String name, Request request, boolean isRead, Consumer<Response> answer) {
    if (request.method().equals("DELETE")) {
      models.unload(name, answer);
    } else {
      answer.accept(isRead ? models.get(name) : onlyBy("GET or DELETE", request));
    }
    return null;
  }

  private @Nullable Call invoke(
      Optional<String> loaded, Request request, Consumer<Response> answer) {
    if (!request.method().equals("POST")) {
      answer.accept(onlyBy("POST", request));
      return null;
    }
    Consumer<Response> accepted =
        accepted(request.headers().get(HttpHeaderNames.ACCEPT, ""), answer);
    try {
      return ask(loaded, request, accepted);
    } catch (RuntimeException | Error failure) {
      accepted.accept(Response.error(Status.of(failure)));
      return null;
    }
  }

  /**
   * Asks a model.
   *
   * @param loaded the one that the path names; empty for the one that the attributes name, or the
   *     default one
   * @throws StatusException why it can't be asked; then there is no answer
   */
  private @Nullable Call ask(Optional<String> loaded, Request request, Consumer<Response> answer) {
    loaded.ifPresent(models::requireLoaded);
    CustomAttributes attributes =
        CustomAttributes.of(request.headers().get(CustomAttributes.HEADER));
    Route route = attributes.route(loaded.orElseGet(() -> named(attributes)));
    String type = mediaType(request.headers().get(HttpHeaderNames.CONTENT_TYPE, Response.JSON));
    byte[] body = body(type, request.body());
    if (body == null) {
      answer.accept(
          Response.error(
              HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type: " + type));
      return null;
    }
    return infer(route, request.with(body), answer);
  }

  private String named(CustomAttributes attributes) {
    String name = attributes.model().isEmpty() ? host.defaultModel() : attributes.model();
    if (name.isEmpty()) {
      throw StatusException.invalidArgument(
          "The request names no model: expected /models/<model>/invoke, or tfs-model-name in %s",
          CustomAttributes.HEADER);
    }
    return name;
  }

  /** Without parameters, in lower case. */
  private static String mediaType(String header) {
    return header.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
  }

  /** The request that a body means; null if it is of another type. */
  private static byte @Nullable [] body(String type, byte[] body) {
    return switch (type) {
      case Response.JSON, LINES, "application/jsons" -> JsonInstances.request(body);
      case "text/csv" -> CsvInstances.request(body);
      default -> null;
    };
  }

  /** Who asks for one of the types that there are gets his answer in one line and of that type. */
  private static Consumer<Response> accepted(String accept, Consumer<Response> answer) {
    if (accept.isEmpty()) {
      return answer;
    }
    return Arrays.stream(accept.split(",", -1))
        .map(SageMakerApi::mediaType)
        .filter(type -> type.equals(Response.JSON) || type.equals(LINES))
        .findFirst()
        .<Consumer<Response>>map(type -> response -> answer.accept(response.inOneLine(type)))
        .orElse(answer);
  }
}
