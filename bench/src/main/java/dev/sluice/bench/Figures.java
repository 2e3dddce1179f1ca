package dev.sluice.bench;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Numbers as people read them. */
final class Figures {

  private Figures() {}

  /** With its unit: {@code 43.1 µs}. */
  static String of(Measure measure, double value) {
    return number(value, measure.decimals())
        + (measure.unit().startsWith("/") ? "" : " ")
        + measure.unit();
  }

  /** Thousands apart: {@code 12,345.6}. */
  static String number(double value, int decimals) {
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  /** A figure with its interval where that holds 95 %: {@code 0.83 (0.81 to 0.86) ×}. */
  static String estimate(@Nullable Estimate estimate, String unit) {
    if (estimate == null) {
      return "–";
    }
    String interval =
        estimate.isSure()
            ? " (%s to %s)".formatted(bare(estimate.low(), unit), bare(estimate.high(), unit))
            : "";
    return bare(estimate.median(), unit) + interval + " " + unitOr(unit);
  }

  /** A reach in words: {@code ≥ 0.80 ×}. */
  static String reach(Reach reach, String unit) {
    return (reach.atLeast() ? "≥ " : "≤ ") + bare(reach.bound(), unit) + " " + unitOr(unit);
  }

  /** Ratios with two digits, figures with as many as matter. */
  private static String bare(double value, String unit) {
    return number(value, unit.isEmpty() ? 2 : Math.abs(value) < 100 ? 1 : 0);
  }

  private static String unitOr(String unit) {
    return unit.isEmpty() ? "×" : unit;
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
