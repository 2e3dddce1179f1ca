package dev.sluice.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What all sides of a row measured in one round, by the side's name. Immutable. */
record Round(Map<String, Sample> samples) {

  Round {
    samples = Collections.unmodifiableMap(new LinkedHashMap<>(samples));
  }

  /**
   * @throws IllegalArgumentException if there is no such side or it did not measure that
   */
  double get(String side, Measure measure) {
    Sample sample = samples.get(side);
    if (sample == null) {
      throw new IllegalArgumentException(
          "no side " + side + ", expected one of " + samples.keySet());
    }
    return sample.get(measure);
  }

  /** Whether a side measured that. */
  boolean has(String side, Measure measure) {
    Sample sample = samples.get(side);
    return sample != null && sample.values().containsKey(measure);
  }

  /** How many times as large a figure of one side is as that of another. */
  double ratio(Measure measure, String ours, String theirs) {
    return get(ours, measure) / get(theirs, measure);
  }
}
