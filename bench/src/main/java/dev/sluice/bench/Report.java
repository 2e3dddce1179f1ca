package dev.sluice.bench;

import java.util.List;

/**
 * Everything that a run of the bench found.
 *
 * @param date when it ended, as ISO 8601 with a zone
 * @param command what was typed
 * @param curves of the picture; empty if that row was left out
 */
record Report(
    Machine machine,
    String date,
    String command,
    int rounds,
    double seconds,
    List<RowResult> rows,
    List<Curve> curves) {

  Report {
    rows = List.copyOf(rows);
    curves = List.copyOf(curves);
  }

  /** How many checks ended so. */
  long count(Verdict verdict) {
    return rows.stream()
        .flatMap(row -> row.judgements().stream())
        .filter(judgement -> judgement.verdict() == verdict)
        .count();
  }

  /** Whether a row broke off. */
  boolean hasFailed() {
    return rows.stream().anyMatch(RowResult::failed);
  }
}
