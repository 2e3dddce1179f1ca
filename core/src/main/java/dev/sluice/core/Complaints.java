package dev.sluice.core;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What was last complained about, by servable, so that it is said once: a line when something
 * begins and one when all is over. Not thread-safe.
 */
final class Complaints {

  private final Logger log;
  private final Map<String, Set<String>> last = new HashMap<>();

  Complaints(Logger log) {
    this.log = log;
  }

  /**
   * Logs what is new.
   *
   * @param everyTime log all of it instead, and nothing when it is over
   */
  void say(MonitoredServable servable, List<String> warnings, boolean everyTime) {
    Set<String> before =
        Objects.requireNonNullElse(last.put(servable.name(), Set.copyOf(warnings)), Set.of());
    for (String warning : warnings) {
      if (everyTime || !before.contains(warning)) {
        log.log(Level.WARNING, warning);
      }
    }
    if (!everyTime && warnings.isEmpty() && !before.isEmpty()) {
      log.log(
          Level.INFO,
          "Servable " + servable.name() + " is back to normal at " + servable.basePath());
    }
  }

  /** Forgets the servables that are gone. */
  void retain(Predicate<String> names) {
    last.keySet().removeIf(names.negate());
  }
}
