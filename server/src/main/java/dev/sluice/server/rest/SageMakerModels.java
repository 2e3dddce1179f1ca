package dev.sluice.server.rest;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.core.ServableState;
import dev.sluice.proto.config.ModelServerConfig;
import dev.sluice.server.ModelReload;
import dev.sluice.server.ServedModels;
import dev.sluice.server.config.HostedModels;
import dev.sluice.server.config.ModelFolders;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * The models of a multi-model endpoint: SageMaker has them loaded one by one, asks them, and has
 * them unloaded when another one finds no room. Each change is a reload of the whole list, which
 * leaves the models alone that are in both lists.
 *
 * <p>A name is taken from the moment when its load is asked for until its last version is at its
 * end; a load is answered when requests will be, an unload when the memory is free.
 *
 * <p>Thread-safe. The lock is held while a reload is handed over, which returns at once, so that
 * reloads come in the order of the lists that they are made of.
 */
final class SageMakerModels {

  private static final String NAME = "model_name";
  private static final String URL = "url";

  /** How far a model has come. */
  private enum Stage {
    LOADING,
    LOADED,
    LEAVING
  }

  private record Entry(String name, String url, Path basePath, Stage stage) {

    Entry at(Stage next) {
      return new Entry(name, url, basePath, next);
    }

    Map<String, Object> shown() {
      Map<String, Object> shown = new LinkedHashMap<>();
      shown.put("modelName", name);
      shown.put("modelUrl", url);
      return shown;
    }
  }

  private final ModelReload reload;
  private final ServedModels served;
  private final Executor disks;

  @GuardedBy("this") private final Map<String, Entry> entries = new TreeMap<>();

  /**
   * @param disks looks at folders; may refuse with a {@link StatusException}
   */
  SageMakerModels(ModelReload reload, ServedModels served, Executor disks) {
    this.reload = reload;
    this.served = served;
    this.disks = disks;
  }

  /** The models that are loaded, all on one page. */
  Response list() {
    return Response.json(PrettyJson.of(Map.of("models", shown())));
  }

  private synchronized List<Map<String, Object>> shown() {
    return entries.values().stream()
        .filter(entry -> entry.stage() == Stage.LOADED)
        .map(Entry::shown)
        .toList();
  }

  /**
   * A model that is loaded.
   *
   * @throws StatusException NOT_FOUND if it is not
   */
  Response get(String name) {
    return Response.json(PrettyJson.of(loaded(name).shown()));
  }

  /**
   * A model can be asked.
   *
   * @throws StatusException NOT_FOUND if there is no such model, or not yet, or not any more
   */
  void requireLoaded(String name) {
    var _ = loaded(name);
  }

  private synchronized Entry loaded(String name) {
    Entry entry = entries.get(name);
    if (entry == null || entry.stage() != Stage.LOADED) {
      throw StatusException.notFound("Model %s is not loaded", name);
    }
    return entry;
  }

  /**
   * Loads a model: 200 when it can be asked, 404 if there is none in its folder, 409 if its name is
   * taken, 507 if there is no room for it.
   *
   * @throws StatusException INVALID_ARGUMENT if the body does not say which
   */
  void load(byte[] body, Consumer<Response> answer) {
    Struct request = object(body);
    String name = text(request, NAME);
    String url = text(request, URL);
    disks.execute(() -> {
      try {
        begin(new Entry(name, url, basePath(name, url), Stage.LOADING), answer);
      } catch (RuntimeException | Error failure) {
        answer.accept(Response.error(Status.of(failure)));
      }
    });
  }

  private static Struct object(byte[] body) {
    Struct.Builder object = Struct.newBuilder();
    try {
      JsonFormat.parser().merge(new String(body, StandardCharsets.UTF_8), object);
    } catch (InvalidProtocolBufferException unreadable) {
      throw StatusException.invalidArgument(
          "The body is no JSON object with %s and %s: %s", NAME, URL, unreadable.getMessage());
    }
    return object.build();
  }

  private static String text(Struct object, String member) {
    Value value = object.getFieldsOrDefault(member, Value.getDefaultInstance());
    if (value.getStringValue().isEmpty()) {
      throw StatusException.invalidArgument(
          "The body has no text as %s, expected %s and %s", member, NAME, URL);
    }
    return value.getStringValue();
  }

  private static Path basePath(String name, String url) {
    List<Path> found;
    try {
      found = ModelFolders.in(Path.of(url).toAbsolutePath());
    } catch (InvalidPathException noPath) {
      throw StatusException.invalidArgument("%s \"%s\" is no path", URL, url);
    }
    if (found.isEmpty()) {
      throw StatusException.notFound(
          "Could not find valid base path %s for servable %s: expected <number>/saved_model.pb there",
          url, name);
    }
    if (found.size() > 1) {
      throw StatusException.invalidArgument(
          "%s %s holds several models, expected one: %s", URL, url, found);
    }
    return found.getFirst();
  }

  private synchronized void begin(Entry entry, Consumer<Response> answer) {
    if (entries.putIfAbsent(entry.name(), entry) != null) {
      throw new StatusException(
          StatusCode.ALREADY_EXISTS, "Model " + entry.name() + " is already loaded.");
    }
    reload.reload(config(), outcome -> settled(entry, outcome, answer));
  }

  @GuardedBy("this") private ModelServerConfig config() {
    return HostedModels.list(
        entries.values().stream()
            .filter(entry -> entry.stage() != Stage.LEAVING)
            .map(entry -> HostedModels.model(entry.name(), entry.basePath().toString()))
            .toList());
  }

  private void settled(Entry entry, Status outcome, Consumer<Response> answer) {
    if (outcome.isOk()) {
      synchronized (this) {
        entries.put(entry.name(), entry.at(Stage.LOADED));
      }
      answer.accept(Response.json(PrettyJson.of(entry.shown())));
    } else {
      Response why = failure(entry.name(), outcome);
      leave(entry, _ -> answer.accept(why));
    }
  }

  /** What the versions say is more exact than the outcome, which is the same for all failures. */
  private Response failure(String name, Status outcome) {
    Status why =
        served.all().getOrDefault(name, List.of()).stream()
            .map(ServableState::health)
            .filter(health -> !health.isOk())
            .findFirst()
            .orElse(outcome);
    return why.code() == StatusCode.RESOURCE_EXHAUSTED
        ? Response.error(HttpResponseStatus.INSUFFICIENT_STORAGE, outcome.message())
        : Response.error(new Status(why.code(), outcome.message()));
  }

  /**
   * Unloads a model: 200 when its memory is free.
   *
   * @throws StatusException NOT_FOUND if it is not loaded
   */
  synchronized void unload(String name, Consumer<Response> answer) {
    Entry entry = loaded(name);
    leave(
        entry,
        outcome ->
            answer.accept(
                outcome.isOk()
                    ? Response.json(PrettyJson.of(entry.shown()))
                    : Response.error(outcome)));
  }

  private synchronized void leave(Entry entry, Consumer<Status> then) {
    entries.put(entry.name(), entry.at(Stage.LEAVING));
    reload.reload(
        config(),
        outcome ->
            served.whenEnded(
                entry.name(),
                () -> {
                  synchronized (this) {
                    entries.remove(entry.name());
                  }
                  then.accept(outcome);
                }));
  }
}
