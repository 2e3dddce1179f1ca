package dev.sluice.bench;

/**
 * What a figure is to reach.
 *
 * @param atLeast true if larger is better
 * @param bound the limit, which is good itself
 */
record Reach(boolean atLeast, double bound) {

  static Reach atLeast(double bound) {
    return new Reach(true, bound);
  }

  static Reach atMost(double bound) {
    return new Reach(false, bound);
  }

  /** By the worse end of the interval; nothing is said of one that holds less than 95 %. */
  Verdict judge(Estimate estimate) {
    if (!estimate.isSure()) {
      return Verdict.NOT_JUDGED;
    }
    double worse = worseEnd(estimate);
    return (atLeast ? worse >= bound : worse <= bound) ? Verdict.MET : Verdict.MISSED;
  }

  /** The end of the interval that decides. */
  double worseEnd(Estimate estimate) {
    return atLeast ? estimate.low() : estimate.high();
  }

  /** How far the worse end is from the bound, as a share of it; negative on the wrong side. */
  double margin(Estimate estimate) {
    double above = worseEnd(estimate) - bound;
    return (atLeast ? above : -above) / Math.max(Math.abs(bound), 1e-9);
  }
}
