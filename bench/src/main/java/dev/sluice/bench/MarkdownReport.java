package dev.sluice.bench;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The report as it stands in {@code bench/README.md} between the markers. */
final class MarkdownReport {

  /** Between these lines the report stands in a page. */
  static final String BEGIN = "<!-- bench: begin -->";

  static final String END = "<!-- bench: end -->";

  /** What has a column of its own. */
  private static final Set<Measure> COLUMNS =
      EnumSet.of(Measure.CPU, Measure.RATE, Measure.P50, Measure.P99);

  private final Report report;
  private final List<String> lines = new ArrayList<>();

  private MarkdownReport(Report report) {
    this.report = report;
  }

  /** The whole, ending with a line's end. */
  static String of(Report report) {
    return new MarkdownReport(report).write();
  }

  private String write() {
    heading();
    judgements();
    figures();
    notes();
    if (!report.curves().isEmpty()) {
      lines.add("");
      lines.add("![Latency over rate](latency.svg)");
    }
    return String.join("\n", lines) + "\n";
  }

  private void heading() {
    lines.add(
        "`%s` on %s: %d rounds of %s s a side."
            .formatted(
                report.command(),
                report.date(),
                report.rounds(),
                Figures.number(report.seconds(), 1)));
    lines.add("");
    lines.add(
        report.machine().facts().entrySet().stream()
            .map(fact -> fact.getKey() + ": " + fact.getValue())
            .collect(Collectors.joining(" · ")));
    lines.add("");
  }

  private void judgements() {
    row("case", "against", "what", "median (95 % interval)", "reach", "", "server CPU per request");
    row("---", "---", "---", "---", "---", "---", "---");
    for (RowResult result : report.rows()) {
      result.judgements().forEach(this::judgement);
    }
    lines.add("");
    lines.add(summary());
  }

  private String summary() {
    List<String> parts = new ArrayList<>();
    for (Verdict verdict : Verdict.values()) {
      if (report.count(verdict) > 0) {
        parts.add(report.count(verdict) + " " + verdict);
      }
    }
    return parts.isEmpty() ? "Nothing was judged." : "Together: " + String.join(", ", parts) + ".";
  }

  private void judgement(Judgement judgement) {
    Check check = judgement.check();
    row(
        check.what(),
        check.against(),
        check.figure(),
        Figures.estimate(judgement.estimate(), check.unit()),
        Figures.reach(check.reach(), check.unit()),
        "**" + judgement.verdict() + "**",
        judgement.cpu() == null ? "" : Figures.estimate(judgement.cpu(), ""));
  }

  private void figures() {
    lines.add("");
    row("row", "side", "server CPU per request", "answers/s", "p50", "p99", "beside it");
    row("---", "---", "---:", "---:", "---:", "---:", "---");
    for (RowResult result : report.rows()) {
      result.medians().forEach((side, sample) -> figures(result.name(), side, sample));
    }
  }

  private void figures(String name, String side, Sample sample) {
    row(
        name,
        side,
        column(sample, Measure.CPU),
        column(sample, Measure.RATE).replace("/s", ""),
        column(sample, Measure.P50),
        column(sample, Measure.P99),
        Figures.others(sample, COLUMNS));
  }

  private static String column(Sample sample, Measure measure) {
    Double value = sample.values().get(measure);
    return value == null ? "" : Figures.of(measure, value);
  }

  private void notes() {
    Map<String, List<String>> notes =
        report.rows().stream()
            .filter(result -> !result.notes().isEmpty())
            .collect(
                Collectors.toMap(
                    RowResult::name, RowResult::notes, (one, _) -> one, LinkedHashMap::new));
    if (!notes.isEmpty()) {
      lines.add("");
      notes.forEach(
          (name, sentences) -> lines.add("- " + name + ": " + String.join(" ", sentences)));
    }
  }

  private void row(String... cells) {
    lines.add("| " + String.join(" | ", cells).replace("\n", " ") + " |");
  }
}
