package dev.sluice.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line of the table: what was to be reached, and whether it was.
 *
 * @param unit of the figures, empty for a ratio
 * @param values one a round
 * @param estimate null if it was not run
 */
record Judgement(
    String what,
    String against,
    String figure,
    String unit,
    Reach reach,
    List<Double> values,
    @Nullable Estimate estimate,
    Verdict verdict) {

  Judgement {
    values = List.copyOf(values);
  }

  static Judgement of(Check check, List<Double> values) {
    Estimate estimate = Estimate.of(values);
    return new Judgement(
        check.what(),
        check.against(),
        check.figure(),
        check.unit(),
        check.reach(),
        values,
        estimate,
        check.reach().judge(estimate));
  }

  /** The same without figures. */
  static Judgement notRun(Check check) {
    return new Judgement(
        check.what(),
        check.against(),
        check.figure(),
        check.unit(),
        check.reach(),
        List.of(),
        null,
        Verdict.NOT_RUN);
  }
}
