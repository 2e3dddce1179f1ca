package dev.sluice.server.metrics;

import dev.sluice.server.metrics.Family.Distribution;
import dev.sluice.server.metrics.Family.Value;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;

/** Metrics in the text format of Prometheus, version 0.0.4. */
final class PrometheusText {

  /** What an answer with such a text is called. */
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder(1 << 16);

  private PrometheusText() {}

  /** The page of these families, without those of which there is no sample. */
  static String of(List<Family> families) {
    PrometheusText page = new PrometheusText();
    families.stream().filter(family -> !family.samples().isEmpty()).forEach(page::write);
    return page.text.toString();
  }

  private void write(Family family) {
    String name = family.name();
    text.append("# HELP ").append(name).append(' ').append(family.help()).append('\n');
    text.append("# TYPE ").append(name).append(' ');
    text.append(family.kind().name().toLowerCase(Locale.ROOT)).append('\n');
    for (Family.Sample sample : family.samples()) {
      String labels = Labels.of(family.labels(), sample.labels());
      switch (sample) {
        case Value value -> line(name, labels, number(value.value()));
        case Distribution distribution -> write(name, labels, distribution);
      }
    }
  }

  private void write(String name, String labels, Distribution distribution) {
    Tally tally = distribution.tally();
    String bucket = name + "_bucket";
    String before = labels + (labels.isEmpty() ? "" : ",") + "le=\"";
    long sofar = 0;
    for (int i = 0; i < distribution.limits().size(); i++) {
      sofar += tally.in(i);
      line(bucket, before + distribution.limits().get(i) + '"', Long.toString(sofar));
    }
    sofar += tally.in(distribution.limits().size());
    line(bucket, before + "+Inf\"", Long.toString(sofar));
    line(name + "_sum", labels, number(tally.sum() / distribution.divisor()));
    line(name + "_count", labels, Long.toString(sofar));
  }

  private void line(String name, String labels, String value) {
    text.append(name);
    if (!labels.isEmpty()) {
      text.append('{').append(labels).append('}');
    }
    text.append(' ').append(value).append('\n');
  }

  /** The shortest digits that say which number it is. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    boolean whole = value == Math.rint(value) && Math.abs(value) < 1e15;
    return whole
        ? Long.toString((long) value)
        : new BigDecimal(Double.toString(value)).toPlainString();
  }
}
