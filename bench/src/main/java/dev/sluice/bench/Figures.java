package dev.sluice.bench;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Numbers as people read them. */
final class Figures {

  private Figures() {}

  /** With its unit: {@code 43.1 µs}. */
  static String of(Measure measure, double value) {
    return number(value, measure.decimals()) + (measure.unit().startsWith("/") ? "" : " ") + measure.unit();
  }

  /** Thousands apart: {@code 12,345.6}. */
  static String number(double value, int decimals) {
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  /** A ratio with as many digits as matter, or a number with its unit. */
  static String judged(double value, String unit) {
    if (unit.isEmpty()) {
      return String.format(Locale.ROOT, "%.2f ×", value);
    }
    return number(value, Math.abs(value) < 100 ? 1 : 0) + " " + unit;
  }

  /** A reach in words: {@code ≥ 0.80 ×}. */
  static String reach(Reach reach, String unit) {
    return (reach.atLeast() ? "≥ " : "≤ ") + judged(reach.bound(), unit);
  }

  /** The figures of a sample that matter while one waits. */
  static String line(Sample sample) {
    return others(sample, Set.of(Measure.GENERATOR_CPU));
  }

  /** All figures but some, in a line: {@code p50 510 µs, p99 1,034 µs}. */
  static String others(Sample sample, Set<Measure> without) {
    return sample.values().entrySet().stream()
        .filter(entry -> !without.contains(entry.getKey()))
        .map(Figures::named)
        .collect(Collectors.joining(", "));
  }

  private static String named(Map.Entry<Measure, Double> entry) {
    return entry.getKey().title() + " " + of(entry.getKey(), entry.getValue());
  }
}
