package dev.sluice.server.rest;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.batching.Call;
import dev.sluice.core.ServableHandle;
import dev.sluice.model.Model;
import dev.sluice.protocol.JsonExampleRequest;
import dev.sluice.protocol.JsonInferenceResponse;
import dev.sluice.server.Inference;
import dev.sluice.server.InferenceMethod;
import dev.sluice.server.ModelMetadata;
import dev.sluice.server.ModelSelector;
import dev.sluice.server.ModelStatuses;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers the requests of the REST API. Knows no network. Thread-safe. */
final class RestApi {

  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().preservingProtoFieldNames().alwaysPrintFieldsWithNoPresence();

  private final Inference inference;
  private final Optional<Duration> timeout;

  /**
   * @param timeout how long the run of a request may take
   */
  RestApi(Inference inference, Optional<Duration> timeout) {
    this.inference = inference;
    this.timeout = timeout;
  }

  /** A request as the transport read it. */
  record Request(String method, String target, @Nullable String origin, byte[] body) {}

  /**
   * Answers a request, at once or later.
   *
   * @param answer gets exactly one response, on any thread
   * @return the call that is under way, if the answer comes later
   */
  @Nullable Call handle(Request request, Consumer<Response> answer) {
    try {
      if (request.method().equals("OPTIONS")) {
        answer.accept(preflight(request));
        return null;
      }
      return handle(Route.parse(request.method(), request.target()), request.body(), answer);
    } catch (RuntimeException | Error failure) {
      answer.accept(Response.error(Status.of(failure)));
    }
    return null;
  }

  private @Nullable Call handle(Route route, byte[] body, Consumer<Response> answer) {
    return switch (route.verb()) {
      case PREDICT -> predict(route.model(), body, answer);
      case CLASSIFY -> infer(InferenceMethod.CLASSIFY, route.model(), body, answer);
      case REGRESS -> infer(InferenceMethod.REGRESS, route.model(), body, answer);
      case STATUS -> answered(answer, status(route.model()));
      case METADATA -> answered(answer, metadata(route.model()));
    };
  }

  private static @Nullable Call answered(Consumer<Response> answer, byte[] body) {
    answer.accept(Response.json(body));
    return null;
  }

  private static Response preflight(Request request) {
    String origin = request.origin() == null ? "" : request.origin();
    if (origin.contains("http://") || origin.contains("https://")) {
      return new Response(HttpResponseStatus.OK, "text/html", new byte[0], false);
    }
    return Response.error(
        new Status(StatusCode.FAILED_PRECONDITION, "Origin header is missing in CORS preflight"));
  }

  private Call predict(ModelSelector model, byte[] body, Consumer<Response> answer) {
    return inference.predict(model, JsonPredict.scan(body, answer), deadline());
  }

  /** Here what is wrong with the examples comes before the look-up of the model. */
  private Call infer(
      InferenceMethod method, ModelSelector model, byte[] body, Consumer<Response> answer) {
    JsonExampleRequest request = JsonExampleRequest.read(body);
    return inference.infer(
        method,
        request.signatureName(),
        new Inference.Examples(
            model,
            request.examples(),
            deadline(),
            (results, status) ->
                answer.accept(results == null ? Response.error(status) : response(results))));
  }

  private static Response response(Inference.Results results) {
    return Response.encoded(() -> JsonInferenceResponse.write(results.results().getFirst()));
  }

  private long deadline() {
    return timeout.map(limit -> System.nanoTime() + limit.toNanos()).orElse(Call.NO_DEADLINE);
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
