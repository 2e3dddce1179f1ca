package dev.sluice.server.rest;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.batching.Call;
import dev.sluice.core.ServableHandle;
import dev.sluice.model.Model;
import dev.sluice.protocol.JsonExampleRequest;
import dev.sluice.protocol.JsonInferenceResponse;
import dev.sluice.server.Decoders;
import dev.sluice.server.Inference;
import dev.sluice.server.InferenceMethod;
import dev.sluice.server.ModelMetadata;
import dev.sluice.server.ModelSelector;
import dev.sluice.server.ModelStatuses;
import dev.sluice.server.Readiness;
import dev.sluice.server.metrics.Protocol;
import dev.sluice.server.metrics.RequestKind;
import dev.sluice.server.metrics.ServerMetrics;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Answers the requests of the REST API. Thread-safe. */
final class RestApi implements Api {

  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().preservingProtoFieldNames().alwaysPrintFieldsWithNoPresence();

  /**
   * The header with which a client says how many milliseconds its request may take. It counts where
   * it is less than what the server allows.
   */
  static final AsciiString TIMEOUT_HEADER = AsciiString.cached("X-Sluice-Timeout-Ms");

  private final Inference inference;
  private final Optional<Duration> timeout;
  private final boolean hints;
  private final HealthPages health;
  private final ScrapePages scrapes;
  private final Decoders decoders;
  private final ServerMetrics metrics;
  private final Routes routes = new Routes();

  RestApi(Inference inference, Readiness readiness, RestServer.Options options) {
    this.inference = inference;
    this.health = new HealthPages(readiness);
    this.scrapes = new ScrapePages(options.scrapes());
    this.decoders = options.decoders();
    this.metrics = inference.metrics();
    this.timeout = options.settings().timeout();
    this.hints = options.settings().errorHints();
  }

  @Override
  public boolean covers(String target) {
    return Route.isApi(target) || isPage(Route.withoutQuery(target));
  }

  private boolean isPage(String path) {
    return HealthPages.covers(path) || scrapes.covers(path);
  }

  @Override
  public void check(String method, String target) {
    var _ = routes.of(method, target);
  }

  @Override
  public @Nullable Call handle(Request request, Consumer<Response> answer) {
    if (scrapes.isAsked(request.target())) {
      scrapes.answer(Route.withoutQuery(request.target()), decoders, answer);
      return null;
    }
    Route route = null;
    try {
      Optional<Response> page = health(request);
      if (page.isPresent()) {
        answer.accept(page.get());
        return null;
      }
      if (request.method().equals("OPTIONS")) {
        return answered(request, "", answer, preflight(request));
      }
      route = routes.of(request.method(), request.target());
      if (request.trace() != null) {
        request.trace().route(route.template());
      }
      return handle(route, request, answer);
    } catch (RuntimeException | Error failure) {
      Status status = Status.of(failure);
      if (route == null) {
        refused(null, status);
      }
      answer.accept(Response.error(status));
    }
    return null;
  }

  /** The page that a request asks for, if it is one of those. */
  private Optional<Response> health(Request request) {
    return switch (request.method()) {
      case "GET", "HEAD" -> health.answer(Route.withoutQuery(request.target()));
      default -> Optional.empty();
    };
  }

  /**
   * Answers a request whose meaning is known, whatever its target.
   *
   * @throws StatusException why it can't be; then there is no answer
   */
  @Nullable Call handle(Route route, Request request, Consumer<Response> answer) {
    if (request.trace() != null) {
      request.trace().asks(route.model().name());
    }
    try {
      return asked(route, request, answer);
    } catch (RuntimeException | Error failure) {
      refused(route, Status.of(failure));
      throw failure;
    }
  }

  private @Nullable Call asked(Route route, Request request, Consumer<Response> answer) {
    return switch (route.verb()) {
      case PREDICT -> predict(route.model(), request, answer);
      case CLASSIFY -> infer(InferenceMethod.CLASSIFY, route.model(), request, answer);
      case REGRESS -> infer(InferenceMethod.REGRESS, route.model(), request, answer);
      case MODELS -> answered(request, "", answer, Response.json(models()));
      case STATUS -> told(route.model(), request, answer, status(route.model()));
      case METADATA -> told(route.model(), request, answer, metadata(route.model()));
    };
  }

  private @Nullable Call told(
      ModelSelector model, Request request, Consumer<Response> answer, byte[] body) {
    return answered(request, model.name(), answer, Response.json(body));
  }

  private @Nullable Call answered(
      Request request, String model, Consumer<Response> answer, Response response) {
    metrics.answered(model, request.begunNanos());
    answer.accept(response);
    return null;
  }

  private void refused(@Nullable Route route, Status why) {
    metrics.refused(
        Protocol.REST,
        route == null ? RequestKind.OTHER : kind(route.verb()),
        route == null ? "" : route.model().name(),
        why.code());
  }

  private static RequestKind kind(Route.Verb verb) {
    return switch (verb) {
      case PREDICT -> RequestKind.PREDICT;
      case CLASSIFY -> RequestKind.CLASSIFY;
      case REGRESS -> RequestKind.REGRESS;
      case MODELS, STATUS, METADATA -> RequestKind.OTHER;
    };
  }

  private static Response preflight(Request request) {
    String origin = request.origin() == null ? "" : request.origin();
    if (origin.contains("http://") || origin.contains("https://")) {
      return Response.empty();
    }
    throw StatusException.failedPrecondition("Origin header is missing in CORS preflight");
  }

  private Call predict(ModelSelector model, Request request, Consumer<Response> answer) {
    JsonPredict predict = JsonPredict.scan(request, answer);
    return inference.predict(
        model, hints ? new HintedPredict(predict) : predict, deadline(request));
  }

  /** Here what is wrong with the examples comes before the look-up of the model. */
  private Call infer(
      InferenceMethod method, ModelSelector model, Request request, Consumer<Response> answer) {
    JsonExampleRequest examples = JsonExampleRequest.read(request.body());
    return inference.infer(
        method,
        examples.signatureName(),
        new Inference.Examples(
            new Inference.Origin(Protocol.REST, request.begunNanos(), request.trace()),
            model,
            examples.examples(),
            deadline(request),
            (results, status) ->
                answer.accept(results == null ? Response.error(status) : response(results)),
            request.over()));
  }

  private static Response response(Inference.Results results) {
    return Response.encoded(
        () -> JsonInferenceResponse.write(results.results().getFirst()),
        results.measured(),
        results.id());
  }

  private long deadline(Request request) {
    String asked = request.timeout();
    long limit = timeout.map(Duration::toNanos).orElse(Long.MAX_VALUE);
    if (asked != null) {
      limit = Math.min(limit, nanos(asked));
    }
    return limit == Long.MAX_VALUE ? Call.NO_DEADLINE : request.begunNanos() + limit;
  }

  private static long nanos(String asked) {
    if (!asked.matches("[0-9]{1,9}") || Integer.parseInt(asked) == 0) {
      throw StatusException.invalidArgument(
          "%s is \"%s\", expected milliseconds from 1 to 999999999", TIMEOUT_HEADER, asked);
    }
    return TimeUnit.MILLISECONDS.toNanos(Integer.parseInt(asked));
  }

  /** Every model that is configured or was ever seen, with the states of its versions. */
  private byte[] models() {
    String list =
        inference.models().all().entrySet().stream()
            .map(model ->
                "{\n\"name\": "
                    + print(Value.newBuilder().setStringValue(model.getKey()).build())
                    + ","
                    + print(ModelStatuses.response(model.getValue())).substring(1))
            .collect(Collectors.joining(",\n"));
    return ("{\n\"models\": [" + list + "]\n}\n").getBytes(StandardCharsets.UTF_8);
  }

  private byte[] status(ModelSelector model) {
    return (print(ModelStatuses.response(inference.models().states(model))) + '\n')
        .getBytes(StandardCharsets.UTF_8);
  }

  private byte[] metadata(ModelSelector selector) {
    try (ServableHandle<Model> handle = inference.models().handle(selector)) {
      String text =
          "{\n\"model_spec\":"
              + print(ModelMetadata.spec(handle.id()))
              + ",\n\"metadata\": {\"signature_def\": "
              + print(ModelMetadata.signatures(handle.servable()))
              + "}\n}\n";
      return text.getBytes(StandardCharsets.UTF_8);
    }
  }

  private static String print(MessageOrBuilder message) {
    try {
      return PRINTER.print(message);
    } catch (InvalidProtocolBufferException unprintable) {
      throw StatusException.internal(
          "Failed to convert proto to json. Error: %s", unprintable.getMessage());
    }
  }
}
