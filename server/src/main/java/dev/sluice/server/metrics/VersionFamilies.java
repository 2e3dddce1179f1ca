package dev.sluice.server.metrics;

import dev.sluice.core.ServableId;
import dev.sluice.core.ServableState;
import dev.sluice.core.ServableState.Stage;
import dev.sluice.server.metrics.Family.Kind;
import dev.sluice.server.metrics.Family.Sample;
import dev.sluice.server.metrics.Family.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What we tell of versions: their states and their loads. */
final class VersionFamilies {

  /** Failed versions of a model that are told of, the highest ones. */
  private static final int FAILED = 5;

  private final Map<String, List<ServableState>> models;

  /**
   * @param models the states of the versions of every model, highest first
   */
  VersionFamilies(Map<String, List<ServableState>> models) {
    this.models = models;
  }

  List<Family> families(LoadTimes loads, MlMetadata metadata) {
    return List.of(
        new Family(
            "sluice_version_state",
            Kind.GAUGE,
            "1 for the state in which a version is. FAILED ones are told of while they are the"
                + " newest; those that have ended well are not.",
            List.of("model", "version", "state"),
            states()),
        new Family(
            "sluice_version_load_seconds",
            Kind.GAUGE,
            "How long a version that is loaded took to load, retries and pauses included.",
            List.of("model", "version"),
            loads.seconds()),
        new Family(
            "sluice_version_loads_total",
            Kind.COUNTER,
            "Loads that ended, by their result: available or failed.",
            List.of("model", "result"),
            loads.ended()),
        new Family(
            "sluice_version_mlmd_info",
            Kind.GAUGE,
            "1, with the UUID by which ML Metadata knows a version that is loaded.",
            List.of("model", "version", "uuid"),
            metadata.identities(this::isLoaded)));
  }

  private boolean isLoaded(ServableId id) {
    return models.getOrDefault(id.name(), List.of()).stream()
        .anyMatch(state -> state.id().equals(id) && state.stage() == Stage.AVAILABLE);
  }

  private List<Sample> states() {
    List<Sample> samples = new ArrayList<>();
    models.forEach((model, states) -> {
      int failed = 0;
      for (ServableState state : states) {
        boolean ended = state.stage() == Stage.END;
        boolean isFailure = ended && !state.health().isOk();
        if (!ended || (isFailure && failed++ < FAILED)) {
          String name = isFailure ? "FAILED" : state.stage().name();
          samples.add(new Value(List.of(model, Long.toString(state.id().version()), name), 1));
        }
      }
    });
    return samples;
  }
}
