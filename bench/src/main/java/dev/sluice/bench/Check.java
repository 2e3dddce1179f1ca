package dev.sluice.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * One thing that a row is to reach.
 *
 * @param what the case, in the table's first column
 * @param against what it is held against
 * @param figure what the number is, such as {@code rate}
 * @param unit of the number, empty for a ratio
 * @param ofRound forms the number within a round, from neighbours in time
 */
record Check(
    String what,
    String against,
    String figure,
    String unit,
    ToDoubleFunction<Round> ofRound,
    Reach reach) {

  /** A ratio within each round. */
  static Check ratio(String what, String against, Measure measure, Pair pair, Reach reach) {
    return new Check(
        what,
        against,
        measure.title(),
        "",
        round -> round.ratio(measure, pair.ours(), pair.theirs()),
        reach);
  }

  /** Two sides by name. */
  record Pair(String ours, String theirs) {}

  /** Over all rounds. */
  Judgement judge(List<Round> rounds) {
    List<Double> values = rounds.stream().map(ofRound::applyAsDouble).toList();
    return Judgement.of(this, values);
  }
}
