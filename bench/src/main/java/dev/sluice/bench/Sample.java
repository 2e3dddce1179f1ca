package dev.sluice.bench;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/** What one side measured in one round. Immutable. */
final class Sample {

  /** Nothing yet. */
  static final Sample EMPTY = new Sample(new EnumMap<>(Measure.class));

  private final Map<Measure, Double> values;

  private Sample(Map<Measure, Double> values) {
    this.values = Collections.unmodifiableMap(values);
  }

  /** The same and one more. */
  Sample with(Measure measure, double value) {
    if (Double.isNaN(value)) {
      throw new IllegalArgumentException(measure.title() + " is NaN, expected a number");
    }
    Map<Measure, Double> more = new EnumMap<>(Measure.class);
    more.putAll(values);
    more.put(measure, value);
    return new Sample(more);
  }

  /** The same without one. */
  Sample without(Measure measure) {
    Map<Measure, Double> fewer = new EnumMap<>(Measure.class);
    fewer.putAll(values);
    fewer.remove(measure);
    return new Sample(fewer);
  }

  /**
   * @throws IllegalArgumentException if that was not measured
   */
  double get(Measure measure) {
    Double value = values.get(measure);
    if (value == null) {
      throw new IllegalArgumentException(
          "no " + measure.title() + ", expected one of " + values.keySet());
    }
    return value;
  }

  /** All there is, in the order of {@link Measure}. */
  Map<Measure, Double> values() {
    return values;
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
