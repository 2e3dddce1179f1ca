package dev.sluice.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.proto.serving.GetModelStatusResponse;
import dev.sluice.proto.serving.ModelVersionStatus;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A server that was there before, seen through its REST port, and one model of it. */
final class RunningServer implements AutoCloseable {

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

  private final Endpoint endpoint;
  private final ModelTarget model;
  private final RestClient client;

  private RunningServer(Endpoint endpoint, ModelTarget model, RestClient client) {
    this.endpoint = endpoint;
    this.model = model;
    this.client = client;
  }

  /**
   * The server at a port; null if nothing listens there.
   *
   * @throws StatusException FAILED_PRECONDITION if what listens there does not serve the model
   */
  static @Nullable RunningServer at(Endpoint endpoint, ModelTarget model) {
    RestClient client = new RestClient(endpoint);
    RunningServer server = new RunningServer(endpoint, model, client);
    try {
      server.states();
      return server;
    } catch (StatusException failure) {
      client.close();
      if (failure.code() == StatusCode.UNAVAILABLE) {
        return null;
      }
      throw failure;
    }
  }

  private GetModelStatusResponse states() {
    HttpResponse<byte[]> answer;
    try {
      answer = client.send(HttpRequest.newBuilder(endpoint.uri(model.path())).GET());
    } catch (StatusException failure) {
      throw failure.code() == StatusCode.UNAVAILABLE ? failure : taken(failure.getMessage());
    }
    if (answer.statusCode() != 200) {
      throw taken("GET " + model.path() + " is answered with HTTP " + answer.statusCode());
    }
    GetModelStatusResponse.Builder states = GetModelStatusResponse.newBuilder();
    try {
      String json = new String(answer.body(), StandardCharsets.UTF_8);
      JsonFormat.parser().ignoringUnknownFields().merge(json, states);
    } catch (InvalidProtocolBufferException other) {
      throw taken("GET " + model.path() + " is answered with something else than a status");
    }
    return states.build();
  }

  private StatusException taken(String why) {
    return StatusException.failedPrecondition(
        "expected port %d free, or a server of %s on it, but it is taken by something else (%s);"
            + " choose another with --rest_api_port",
        endpoint.port(), model.name(), why);
  }

  /**
   * Checks as far as can be seen from here that the server watches a folder: whatever it serves
   * must be in it.
   *
   * @throws StatusException FAILED_PRECONDITION if it does not
   */
  void requireWatching(Path basePath) {
    Set<Long> there = ModelFolder.numbers(basePath);
    for (ModelVersionStatus state : states().getModelVersionStatusList()) {
      if (state.getState() == ModelVersionStatus.State.AVAILABLE
          && !there.contains(state.getVersion())) {
        throw StatusException.failedPrecondition(
            "the server on port %d serves version %d of %s, which is not in %s: it watches another"
                + " folder. Give --models=<the folder above the one that it watches>, or another"
                + " --rest_api_port and --port",
            endpoint.port(), state.getVersion(), model.name(), basePath);
      }
    }
  }

  /**
   * Waits until the server serves a version, or a later one, which takes its place.
   *
   * @return the version that it serves
   * @throws StatusException FAILED_PRECONDITION if it has not even seen it in time, or could not
   *     load it
   */
  long awaitAvailable(long version, Path basePath, Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    String state = "";
    while (System.nanoTime() < end) {
      GetModelStatusResponse states = states();
      OptionalLong serving = serving(states, version);
      if (serving.isPresent()) {
        return serving.getAsLong();
      }
      state = state(states, version);
      TimeUnit.NANOSECONDS.sleep(BETWEEN_LOOKS.toNanos());
    }
    throw StatusException.failedPrecondition(
        "expected the server on port %d to take over version %d within %d s, but %s",
        endpoint.port(),
        version,
        limit.toSeconds(),
        state.isEmpty()
            ? "it has not seen it: it watches another folder than " + basePath
            : "it is in state " + state);
  }

  /** The version itself if it is available, else the next later one that is. */
  private static OptionalLong serving(GetModelStatusResponse states, long version) {
    return states.getModelVersionStatusList().stream()
        .filter(state -> state.getState() == ModelVersionStatus.State.AVAILABLE)
        .mapToLong(ModelVersionStatus::getVersion)
        .filter(available -> available >= version)
        .min();
  }

  /** The state of a version; empty if the server does not know it. */
  private String state(GetModelStatusResponse states, long version) {
    for (ModelVersionStatus state : states.getModelVersionStatusList()) {
      if (state.getVersion() == version) {
        if (state.getState() == ModelVersionStatus.State.END
            && state.getStatus().getErrorCodeValue() != 0) {
          throw StatusException.failedPrecondition(
              "the server on port %d could not load version %d: %s",
              endpoint.port(), version, state.getStatus().getErrorMessage());
        }
        return state.getState().name();
      }
    }
    return "";
  }

  /** What a version answers to a request in JSON. */
  byte[] predict(long version, byte[] body) {
    return client.predict(new ModelTarget(model.name(), version, null), body);
  }

  @Override
  public void close() {
    client.close();
  }
}
