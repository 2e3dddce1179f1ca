package dev.sluice.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a row is to reach.
 *
 * @param what the case, in the table's first column
 * @param against what it is held against
 * @param figure what the number is, such as {@code answers}
 * @param unit of the number, empty for a ratio
 * @param ofRound forms the number within a round, from neighbours in time
 * @param sides whose CPU is compared beside it, null if that would mean nothing
 */
record Check(
    String what,
    String against,
    String figure,
    String unit,
    ToDoubleFunction<Round> ofRound,
    Reach reach,
    @Nullable Pair sides) {

  /** A ratio within each round. */
  static Check ratio(String what, String against, Measure measure, Pair pair, Reach reach) {
    return new Check(
        what,
        against,
        measure.title(),
        "",
        round -> round.ratio(measure, pair.ours(), pair.theirs()),
        reach,
        pair);
  }

  /** Two sides by name. */
  record Pair(String ours, String theirs) {}

  /** Over all rounds. */
  Judgement judge(List<Round> rounds) {
    List<Double> values = rounds.stream().map(ofRound::applyAsDouble).toList();
    Estimate estimate = Estimate.of(values);
    return new Judgement(this, values, estimate, cpu(rounds), reach.judge(estimate));
  }

  /** The ratio of server CPU per request, if both sides have that and it is not the figure. */
  private @Nullable Estimate cpu(List<Round> rounds) {
    Pair pair = sides;
    if (pair == null
        || figure.equals(Measure.CPU.title())
        || !rounds.getFirst().has(pair.ours(), Measure.CPU)
        || !rounds.getFirst().has(pair.theirs(), Measure.CPU)) {
      return null;
    }
    return Estimate.of(
        rounds.stream()
            .map(round -> round.ratio(Measure.CPU, pair.ours(), pair.theirs()))
            .toList());
  }
}
