package dev.sluice.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.core.HeldVersion;
import dev.sluice.core.ServableState;
import dev.sluice.core.ServableState.Stage;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whether the server is worth sending requests to, and if not, what it waits for.
 *
 * <p>It is ready from the moment its ports are open until a stop begins, while every model that is
 * expected has a version that answers. Expected are the models that the server was started with,
 * and of those configured later the ones that have answered once: a model that is added to a
 * running server must not take away from the others what they get.
 *
 * <p>Thread-safe. Look-ups of models and states are made without a lock.
 */
public final class Readiness {

  /** How far the server has come. */
  public enum Phase {
    /** TensorFlow is being loaded. */
    STARTING("TensorFlow is being loaded"),
    /** Models are being loaded; the ports are closed. */
    LOADING("the first models are being loaded, the ports are not open yet"),
    /** The ports are open. */
    SERVING(""),
    /** A stop has begun. */
    DRAINING("the server is stopping");

    private final String reason;

    Phase(String reason) {
      this.reason = reason;
    }

    /** Why nobody should send requests; empty if nothing of the server itself speaks against it. */
    public String reason() {
      return reason;
    }
  }

  /**
   * How the server stands.
   *
   * @param ready whether to send requests
   * @param waitsFor why not, a reason an entry; empty iff it is ready
   * @param models every configured model, by name
   */
  public record Report(
      Phase phase, boolean ready, List<String> waitsFor, List<ModelReadiness> models) {

    public Report {
      waitsFor = List.copyOf(waitsFor);
      models = List.copyOf(models);
    }
  }

  private final ServedModels models;

  @GuardedBy("this") private final Set<String> configured = new TreeSet<>();

  @GuardedBy("this") private final Set<String> expected = new TreeSet<>();

  @GuardedBy("this") private final Map<String, Collection<Long>> aspired = new HashMap<>();

  @GuardedBy("this") private final Map<String, List<HeldVersion>> held = new HashMap<>();

  @GuardedBy("this") private final Map<String, Status> unreadable = new HashMap<>();

  private volatile Phase phase = Phase.STARTING;

  /**
   * @param models where look-ups are made
   * @param names what is configured at the start
   */
  Readiness(ServedModels models, Collection<String> names) {
    this.models = models;
    synchronized (this) {
      configured.addAll(names);
      expected.addAll(names);
    }
  }

  /** From now on these models are configured, and no others. */
  synchronized void configured(Collection<String> names) {
    configured.clear();
    configured.addAll(names);
    expected.retainAll(configured);
    aspired.keySet().retainAll(configured);
    held.keySet().retainAll(configured);
    unreadable.keySet().retainAll(configured);
  }

  /** These versions of a model are to be loaded. */
  synchronized void aspired(String name, Collection<Long> versions) {
    aspired.put(name, List.copyOf(versions));
    unreadable.remove(name);
  }

  /** These versions of a model are there, but not all of each. */
  synchronized void heldBack(String name, List<HeldVersion> versions) {
    held.put(name, List.copyOf(versions));
  }

  /** The base path of a model can't be read. */
  synchronized void unreadable(String name, Status why) {
    unreadable.put(name, why);
  }

  /** A version has another state. To be told of every one. */
  synchronized void changed(ServableState state) {
    if (state.stage() == Stage.AVAILABLE && configured.contains(state.id().name())) {
      expected.add(state.id().name());
    }
  }

  /** TensorFlow is there. */
  synchronized void loading() {
    advance(Phase.LOADING);
  }

  /** The ports are open. */
  synchronized void serving() {
    advance(Phase.SERVING);
  }

  /**
   * A stop begins; nothing is ready any more, whatever comes.
   *
   * @return the phase that it ends
   */
  synchronized Phase draining() {
    Phase before = phase;
    advance(Phase.DRAINING);
    return before;
  }

  @GuardedBy("this") private void advance(Phase next) {
    if (next.compareTo(phase) > 0) {
      phase = next;
    }
  }

  /** How far the server has come. */
  public Phase phase() {
    return phase;
  }

  /** How the server stands now. */
  public Report report() {
    Phase now = phase;
    Map<String, List<ServableState>> states = models.all();
    List<ModelReadiness> all =
        configured().stream()
            .map(name -> model(name, states.getOrDefault(name, List.of())))
            .toList();
    List<String> waitsFor = new ArrayList<>();
    if (!now.reason().isEmpty()) {
      waitsFor.add(now.reason());
    }
    if (now == Phase.LOADING || now == Phase.SERVING) {
      Set<String> needed = expected();
      all.stream()
          .filter(model -> !model.ready() && needed.contains(model.name()))
          .forEach(model -> waitsFor.add("model " + model.name() + ": " + model.why()));
    }
    return new Report(now, waitsFor.isEmpty(), waitsFor, all);
  }

  /**
   * How the server stands to requests for what a selector means: a model, a version, a label.
   *
   * @throws StatusException NOT_FOUND for a model that is not configured and never was there,
   *     INVALID_ARGUMENT for an unknown label
   */
  public ModelReadiness report(ModelSelector selector) {
    String name = selector.name();
    List<ServableState> states = models.all().getOrDefault(name, List.of());
    if (states.isEmpty() && !configured().contains(name)) {
      throw StatusException.notFound("Could not find any versions of model %s", name);
    }
    String why = phase.reason();
    if (why.isEmpty()) {
      why = whyNot(selector, model(name, states));
    }
    return new ModelReadiness(name, why.isEmpty(), why, states);
  }

  /** By the look-up that a request would make; empty if it would succeed. */
  private String whyNot(ModelSelector selector, ModelReadiness model) {
    try (var _ = models.handle(selector)) {
      return "";
    } catch (StatusException missing) {
      return switch (missing.code()) {
        case NOT_FOUND -> model.ready() ? String.valueOf(missing.getMessage()) : model.why();
        default -> throw missing;
      };
    }
  }

  private ModelReadiness model(String name, List<ServableState> states) {
    boolean ready = states.stream().anyMatch(state -> state.stage() == Stage.AVAILABLE);
    return new ModelReadiness(name, ready, ready ? "" : why(name, states), states);
  }

  private synchronized String why(String name, List<ServableState> states) {
    Map<Long, ServableState> known =
        states.stream().collect(Collectors.toMap(state -> state.id().version(), state -> state));
    Stream<String> wanted =
        aspired.getOrDefault(name, List.of()).stream()
            .map(version -> "version " + version + progress(known.get(version)));
    Stream<String> incomplete =
        held.getOrDefault(name, List.of()).stream()
            .map(version -> "version " + version.id().version() + " is not complete yet");
    String all = Stream.concat(wanted, incomplete).collect(Collectors.joining("; "));
    Status noPath = unreadable.get(name);
    if (all.isEmpty()) {
      return noPath == null ? "no version of it was found yet" : noPath.toString();
    }
    return all;
  }

  private static String progress(@Nullable ServableState state) {
    if (state == null) {
      return " waits to be loaded";
    }
    return switch (state.stage()) {
      case START, LOADING -> " is being loaded";
      case AVAILABLE -> " is available";
      case UNLOADING -> " is being unloaded";
      case END -> ended(state.health());
    };
  }

  private static String ended(Status health) {
    return health.isOk() ? " was unloaded" : " failed: " + health;
  }

  private synchronized Set<String> configured() {
    return new TreeSet<>(configured);
  }

  private synchronized Set<String> expected() {
    return new TreeSet<>(expected);
  }
}
