package dev.sluice.server.metrics;

import dev.sluice.server.metrics.Family.Distribution;
import dev.sluice.server.metrics.Family.Value;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The text that TensorFlow Serving makes of its metrics, byte by byte: names with colons, families
 * in the order of their names and without help, whole numbers, sums of six digits. It escapes new
 * lines in labels, which TensorFlow Serving forgets.
 */
final class ReferenceText {

  private final StringBuilder text = new StringBuilder(1 << 14);

  private ReferenceText() {}

  /** The page of these families. */
  static String of(List<Family> families) {
    ReferenceText page = new ReferenceText();
    families.stream().sorted(Comparator.comparing(Family::name)).forEach(page::write);
    return page.text.toString();
  }

  private void write(Family family) {
    String name = metricName(family.name());
    text.append("# TYPE ").append(name).append(' ');
    text.append(family.kind().name().toLowerCase(Locale.ROOT)).append('\n');
    List<String> names = family.labels().stream().map(ReferenceText::labelName).toList();
    for (Family.Sample sample : family.samples()) {
      String labels = Labels.of(names, sample.labels());
      switch (sample) {
        case Value value ->
            text.append(name).append('{').append(labels).append("} ").append((long) value.value());
        case Distribution distribution -> write(name, labels, distribution);
      }
      text.append('\n');
    }
  }

  private void write(String name, String labels, Distribution distribution) {
    Tally tally = distribution.tally();
    String before = name + "_bucket{" + labels + (labels.isEmpty() ? "" : ",") + "le=\"";
    long sofar = 0;
    for (int i = 0; i < distribution.limits().size(); i++) {
      sofar += tally.in(i);
      text.append(before).append(distribution.limits().get(i)).append("\"} ").append(sofar);
      text.append('\n');
    }
    sofar += tally.in(distribution.limits().size());
    text.append(before).append("+Inf\"} ").append(sofar).append('\n');
    text.append(name).append("_sum{").append(labels).append("} ");
    text.append(SixDigits.of(tally.sum() / distribution.divisor())).append('\n');
    text.append(name).append("_count{").append(labels).append("} ").append(sofar);
  }

  /** Other characters than letters, digits and underscores become colons. */
  private static String metricName(String name) {
    return startable(name.replaceAll("[^a-zA-Z0-9_]", ":"));
  }

  /** Other characters than letters and digits become underscores. */
  private static String labelName(String name) {
    return startable(name.replaceAll("[^a-zA-Z0-9]", "_"));
  }

  private static String startable(String name) {
    return !name.isEmpty() && Character.isDigit(name.charAt(0)) ? "_" + name : name;
  }
}
