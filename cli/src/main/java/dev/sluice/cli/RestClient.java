package dev.sluice.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.model.Signature;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;

/** The REST API of a server. */
final class RestClient implements PredictClient {

  private final Endpoint endpoint;
  private final HttpClient http;

  RestClient(Endpoint endpoint) {
    this.endpoint = endpoint;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(endpoint.timeout())
            .build();
  }

  @Override
  public Signature signature(ModelTarget model, String name) {
    String answer = new String(get(model.path() + "/metadata"), StandardCharsets.UTF_8);
    try {
      return Signatures.of(Signatures.ofJson(answer), name);
    } catch (InvalidProtocolBufferException | IllegalArgumentException malformed) {
      throw new StatusException(
          StatusCode.UNKNOWN,
          "expected the model's metadata from %s, got something else: %s"
              .formatted(endpoint, malformed.getMessage()),
          malformed);
    }
  }

  @Override
  public byte[] predict(ModelTarget model, byte[] body) {
    return accepted(
        send(
            HttpRequest.newBuilder(endpoint.uri(model.path() + ":predict"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))));
  }

  /** What a path of the API answers. */
  byte[] get(String path) {
    return accepted(send(HttpRequest.newBuilder(endpoint.uri(path)).GET()));
  }

  /**
   * Sends a request and takes whatever answer comes.
   *
   * @throws StatusException UNAVAILABLE if nothing listens there, DEADLINE_EXCEEDED if the time is
   *     over, UNKNOWN if what listens does not speak HTTP
   */
  HttpResponse<byte[]> send(HttpRequest.Builder request) {
    try {
      return http.send(
          request.timeout(endpoint.timeout()).build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (HttpTimeoutException timeout) {
      throw new StatusException(
          StatusCode.DEADLINE_EXCEEDED,
          "expected an answer from %s within %s, none came".formatted(endpoint, endpoint.seconds()),
          timeout);
    } catch (ConnectException refused) {
      throw new StatusException(
          StatusCode.UNAVAILABLE,
          "expected a server's REST API at %s, nothing listens there (%s)"
              .formatted(endpoint, reason(refused)),
          refused);
    } catch (IOException other) {
      throw new StatusException(
          StatusCode.UNKNOWN,
          "expected a server's REST API at %s, what listens there is none (%s)"
              .formatted(endpoint, reason(other)),
          other);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new StatusException(StatusCode.CANCELLED, "interrupted", interrupt);
    }
  }

  /** The first words in the chain of causes; the JDK's client often has none at its beginning. */
  private static String reason(IOException failure) {
    String last = "";
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException) {
        return "unknown host";
      }
      last = last.isEmpty() && cause.getMessage() != null ? cause.getMessage() : last;
    }
    return last.isEmpty() ? "the connection was refused" : last;
  }

  private byte[] accepted(HttpResponse<byte[]> response) {
    if (response.statusCode() == 200) {
      return response.body();
    }
    String text = error(response);
    throw new StatusException(
        code(response.statusCode()), text + " (HTTP " + response.statusCode() + ")");
  }

  /** The text of the API's error object, or what else came. */
  private String error(HttpResponse<byte[]> response) {
    String body = new String(response.body(), StandardCharsets.UTF_8);
    Struct.Builder object = Struct.newBuilder();
    try {
      JsonFormat.parser().merge(body, object);
      String error = object.getFieldsOrThrow("error").getStringValue();
      return error.isEmpty() ? "an error without a text" : error;
    } catch (InvalidProtocolBufferException | IllegalArgumentException _) {
      return "expected the REST API at " + endpoint + ", the answer is not of its form";
    }
  }

  /** The likeliest of the codes that are sent as this status. */
  private static StatusCode code(int httpStatus) {
    return switch (httpStatus) {
      case 400, 413 -> StatusCode.INVALID_ARGUMENT;
      case 401 -> StatusCode.UNAUTHENTICATED;
      case 403 -> StatusCode.PERMISSION_DENIED;
      case 404 -> StatusCode.NOT_FOUND;
      case 409 -> StatusCode.ABORTED;
      case 429 -> StatusCode.RESOURCE_EXHAUSTED;
      case 499 -> StatusCode.CANCELLED;
      case 501 -> StatusCode.UNIMPLEMENTED;
      case 503 -> StatusCode.UNAVAILABLE;
      case 504 -> StatusCode.DEADLINE_EXCEEDED;
      default -> StatusCode.UNKNOWN;
    };
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
