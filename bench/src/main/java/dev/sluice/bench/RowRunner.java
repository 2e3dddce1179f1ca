package dev.sluice.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Measures a row: all its sides in turn, round after round, so that whatever else the machine does
 * hits neighbours alike. Every second round goes backwards: what drifts then favours nobody.
 *
 * @param rounds at least 1
 * @param seconds per side and round
 * @param progress gets a line for each figure
 */
record RowRunner(int rounds, double seconds, Consumer<String> progress) {

  /** A row that breaks off is reported as that, and the next one can go on. */
  RowResult run(Row row, Workshop workshop) throws InterruptedException {
    String obstacle = row.obstacle(workshop);
    if (!obstacle.isEmpty()) {
      return RowResult.notRun(row, obstacle, false);
    }
    try (Contest contest = row.open(workshop)) {
      return measured(row, contest);
    } catch (InterruptedException interrupt) {
      throw interrupt;
    } catch (Exception | LinkageError failure) {
      progress.accept(row.name() + " broke off: " + failure);
      return RowResult.notRun(row, "It broke off: " + failure, true);
    }
  }

  private RowResult measured(Row row, Contest contest) throws Exception {
    List<Round> measured = new ArrayList<>();
    int count = row.rounds(rounds);
    for (int round = 1; round <= count; round++) {
      measured.add(round(row, contest.sides(), round, count));
    }
    return new RowResult(
        row.name(),
        row.title(),
        measured,
        row.checks().stream().map(check -> check.judge(measured)).toList(),
        contest.notes(),
        false);
  }

  private Round round(Row row, List<Side> sides, int number, int count) throws Exception {
    List<Side> order = new ArrayList<>(sides);
    if (number % 2 == 0) {
      Collections.reverse(order);
    }
    Map<String, Sample> samples = new LinkedHashMap<>();
    sides.forEach(side -> samples.put(side.name(), Sample.EMPTY)); // the order of the table
    for (Side side : order) {
      Sample sample = side.measurement().take(seconds);
      samples.put(side.name(), sample);
      progress.accept(
          "%s, round %d of %d, %s: %s"
              .formatted(row.name(), number, count, side.name(), Figures.line(sample)));
    }
    return new Round(samples);
  }
}
