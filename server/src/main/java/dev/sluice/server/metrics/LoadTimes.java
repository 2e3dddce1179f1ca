package dev.sluice.server.metrics;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.core.ServableId;
import dev.sluice.core.ServableState;
import dev.sluice.server.metrics.Family.Sample;
import dev.sluice.server.metrics.Family.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How long versions took to load, and how loads ended. Fed by the event bus. Thread-safe; its lock
 * is held for look-ups only.
 */
public final class LoadTimes {

  /** How the loads of a model ended. */
  private static final class Outcomes {
    private long available;
    private long failed;
  }

  @GuardedBy("this") private final SortedMap<ServableId, Instant> began = new TreeMap<>();

  @GuardedBy("this") private final SortedMap<ServableId, Duration> took = new TreeMap<>();

  @GuardedBy("this") private final SortedMap<String, Outcomes> outcomes = new TreeMap<>();

  /** A version has come to another stage. */
  public synchronized void changed(ServableState state) {
    ServableId id = state.id();
    switch (state.stage()) {
      case LOADING -> began.putIfAbsent(id, state.time());
      case AVAILABLE -> available(id, state.time());
      case END -> {
        if (began.remove(id) != null && !state.health().isOk()) {
          of(id).failed++;
        }
        took.remove(id);
      }
      case START, UNLOADING -> {}
    }
  }

  @GuardedBy("this") private void available(ServableId id, Instant now) {
    Instant since = began.remove(id);
    if (since != null) {
      took.put(id, Duration.between(since, now));
      of(id).available++;
    }
  }

  @GuardedBy("this") private Outcomes of(ServableId id) {
    return outcomes.computeIfAbsent(id.name(), _ -> new Outcomes());
  }

  /** Seconds by model and version, of versions that are loaded. */
  synchronized List<Sample> seconds() {
    List<Sample> samples = new ArrayList<>();
    took.forEach((id, time) ->
        samples.add(
            new Value(List.of(id.name(), Long.toString(id.version())), time.toNanos() / 1e9)));
    return samples;
  }

  /** How many loads ended, by model and result. */
  synchronized List<Sample> ended() {
    List<Sample> samples = new ArrayList<>();
    outcomes.forEach((model, of) -> {
      samples.add(new Value(List.of(model, "available"), of.available));
      samples.add(new Value(List.of(model, "failed"), of.failed));
    });
    return samples;
  }
}
