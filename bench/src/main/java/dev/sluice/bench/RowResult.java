package dev.sluice.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What came of a row.
 *
 * @param rounds empty if it was not run
 * @param notes what a reader must know, in sentences; why it was not run among them
 * @param failed whether it broke off
 */
record RowResult(
    String name,
    String title,
    List<Round> rounds,
    List<Judgement> judgements,
    List<String> notes,
    boolean failed) {

  RowResult {
    rounds = List.copyOf(rounds);
    judgements = List.copyOf(judgements);
    notes = List.copyOf(notes);
  }

  /** A row that could not be run, or broke off. */
  static RowResult notRun(Row row, String why, boolean failed) {
    return new RowResult(
        row.name(),
        row.title(),
        List.of(),
        row.checks().stream().map(Judgement::notRun).toList(),
        List.of(why),
        failed);
  }

  /** The median over the rounds of what each side measured, by the side's name. */
  Map<String, Sample> medians() {
    Map<String, Sample> medians = new LinkedHashMap<>();
    for (Round round : rounds) {
      round.samples().keySet().forEach(side -> medians.computeIfAbsent(side, this::median));
    }
    return medians;
  }

  private Sample median(String side) {
    Sample median = Sample.EMPTY;
    for (Measure measure : Measure.values()) {
      List<Double> values =
          rounds.stream()
              .flatMap(round -> Optional.ofNullable(round.samples().get(side)).stream())
              .flatMap(sample -> Optional.ofNullable(sample.values().get(measure)).stream())
              .toList();
      if (!values.isEmpty()) {
        median = median.with(measure, Estimate.of(values).median());
      }
    }
    return median;
  }
}
