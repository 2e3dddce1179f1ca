package dev.sluice.server.rest;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.batching.Call;
import dev.sluice.core.ServableHandle;
import dev.sluice.model.Model;
import dev.sluice.server.Inference;
import dev.sluice.server.ModelMetadata;
import dev.sluice.server.ModelSelector;
import dev.sluice.server.ModelStatuses;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
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
      Route route = Route.parse(request.method(), request.target());
      if (route.verb() == Route.Verb.PREDICT) {
        return predict(route.model(), request.body(), answer);
      }
      answer.accept(Response.json(answerAtOnce(route)));
    } catch (RuntimeException | Error failure) {
      answer.accept(Response.error(Status.of(failure)));
    }
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

  private long deadline() {
    return timeout.map(limit -> System.nanoTime() + limit.toNanos()).orElse(Call.NO_DEADLINE);
  }

  private byte[] answerAtOnce(Route route) {
    return switch (route.verb()) {
      case STATUS -> status(route.model());
      case METADATA -> metadata(route.model());
      case CLASSIFY, REGRESS, PREDICT ->
          throw StatusException.unimplemented(
              "%s is not served over REST by this version; use predict",
              route.verb().name().toLowerCase(Locale.ROOT));
    };
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
