package dev.sluice.batching;

/**
 * How the runs of one signature are to be made at present. Immutable; a new one is published when
 * what is known has moved.
 *
 * @param inTurns whether event loops make them
 * @param merging whether requests may share a run
 * @param limit the most elements for a run of several requests
 * @param turnLimit the most elements for a run that an event loop makes
 * @param inCaller what runs in the caller cost
 * @param best what runs cost when each is made in the better way
 */
record Plan(
    boolean inTurns,
    boolean merging,
    double limit,
    double turnLimit,
    CostCurve inCaller,
    CostCurve best) {

  /** Whether anything is known of the costs. */
  boolean isMeasured() {
    return best.points() > 0;
  }

  /** What a call will cost as one among others, as far as that is known. */
  double cost(double elements) {
    if (!merging || elements >= limit) {
      return best.nanos(elements);
    }
    return best.nanos(limit) * (elements / limit);
  }
}
