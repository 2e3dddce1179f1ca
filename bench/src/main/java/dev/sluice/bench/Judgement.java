package dev.sluice.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line of the table: what was to be reached, and whether it was.
 *
 * @param values one a round
 * @param estimate of them; null if it was not run
 * @param cpu the ratio of server CPU per request beside it; null if there is none
 */
record Judgement(
    Check check,
    List<Double> values,
    @Nullable Estimate estimate,
    @Nullable Estimate cpu,
    Verdict verdict) {

  Judgement {
    values = List.copyOf(values);
  }

  /** A line without figures. */
  static Judgement notRun(Check check) {
    return new Judgement(check, List.of(), null, null, Verdict.NOT_RUN);
  }
}
