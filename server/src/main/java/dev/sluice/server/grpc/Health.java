package dev.sluice.server.grpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.core.ServableState;
import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What {@code grpc.health.v1} says: of each model whether it is answered now, and of the server as
 * a whole whether it is worth sending requests to. It is while any model is answered, since one
 * broken model of ten should not take nine out of rotation; a server without models has nothing to
 * wait for. Once a stop has begun, nothing is served any more.
 *
 * <p>Thread-safe.
 */
public final class Health {

  /** The server as a whole: no name, and the services that TensorFlow Serving and grpc name. */
  private static final List<String> WHOLE =
      List.of(
          "",
          "ModelService",
          "PredictionService",
          "tensorflow.serving.ModelService",
          "tensorflow.serving.PredictionService");

  private final HealthStatusManager statuses = new HealthStatusManager();
  private final AtomicBoolean stopping = new AtomicBoolean();

  @GuardedBy("this") private final SortedMap<String, SortedSet<Long>> available = new TreeMap<>();

  @GuardedBy("this") private Set<String> configured = Set.of();

  /**
   * @param models the names of all that are configured
   */
  public Health(Collection<String> models) {
    configure(models);
  }

  /**
   * These models are configured from now on and no others. Of others nothing is known any more,
   * save while they have a version that is available.
   */
  public synchronized void configure(Collection<String> models) {
    configured = Set.copyOf(models);
    models.forEach(name -> available.computeIfAbsent(name, _ -> new TreeSet<>()));
    List.copyOf(available.keySet()).forEach(this::report);
    reportWhole();
  }

  /** A version of a model has another state. To be told of every one, in order. */
  public synchronized void changed(ServableState state) {
    SortedSet<Long> versions =
        available.computeIfAbsent(state.id().name(), name -> new TreeSet<>());
    if (state.stage() == ServableState.Stage.AVAILABLE) {
      versions.add(state.id().version());
    } else {
      versions.remove(state.id().version());
    }
    report(state.id().name());
    reportWhole();
  }

  /** From now on nothing is served, whatever changes. May be said again. */
  public void stopping() {
    if (stopping.compareAndSet(false, true)) {
      statuses.enterTerminalState(); // complains where it is told twice
    }
  }

  @GuardedBy("this") private void report(String model) {
    boolean serves = !available.getOrDefault(model, new TreeSet<>()).isEmpty();
    boolean forgotten = !serves && !configured.contains(model);
    if (forgotten) {
      available.remove(model);
    }
    if (WHOLE.contains(model)) {
      return;
    }
    if (forgotten) {
      statuses.clearStatus(model);
    } else {
      statuses.setStatus(model, status(serves));
    }
  }

  @GuardedBy("this") private void reportWhole() {
    boolean serves =
        available.isEmpty() || available.values().stream().anyMatch(some -> !some.isEmpty());
    WHOLE.forEach(name -> statuses.setStatus(name, status(serves)));
  }

  private static ServingStatus status(boolean serving) {
    return serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }

  BindableService service() {
    return statuses.getHealthService();
  }
}
