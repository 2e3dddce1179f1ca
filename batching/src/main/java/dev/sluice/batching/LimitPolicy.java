package dev.sluice.batching;

/**
 * How large a run may be: the size at which an element costs least, of those that were measured. A
 * pure function of what runs have cost.
 *
 * <p>Sizes are learned from below. As long as the largest size that was ever run is also the
 * cheapest, one twice as large is allowed, so a model for which merging is almost free gets to any
 * size in a few runs, and one for which it brings nothing stays where it is.
 */
final class LimitPolicy {

  /** No run is made larger if it would take longer than this: others wait behind it. */
  static final double LONGEST_RUN_NANOS = 100e6;

  /** A smaller size is taken where it costs at most this much more: its answers come sooner. */
  static final double TOLERANCE = 1.03;

  private LimitPolicy() {}

  /** The most elements for one run; 0 where nothing is known, so each call is run alone. */
  static double limit(CostCurve curve) {
    int chosen = cheapest(curve);
    if (chosen < 0) {
      return 0;
    }
    double size = curve.elementsAt(chosen);
    if (chosen == curve.points() - 1 && 2 * curve.nanosAt(chosen) <= LONGEST_RUN_NANOS) {
      return 2 * size;
    }
    return Math.max(size, 2.0 * (1L << RunCosts.bucket(size)) - 1);
  }

  /** The smallest of the measured sizes that are as good as the best; -1 if there is none. */
  private static int cheapest(CostCurve curve) {
    double best = Double.POSITIVE_INFINITY;
    for (int i = 0; i < curve.points(); i++) {
      if (allowed(curve, i)) {
        best = Math.min(best, perElement(curve, i));
      }
    }
    for (int i = 0; i < curve.points(); i++) {
      if (allowed(curve, i) && perElement(curve, i) <= best * TOLERANCE) {
        return i;
      }
    }
    return -1;
  }

  private static boolean allowed(CostCurve curve, int point) {
    return point == 0 || curve.nanosAt(point) <= LONGEST_RUN_NANOS;
  }

  private static double perElement(CostCurve curve, int point) {
    return curve.nanosAt(point) / curve.elementsAt(point);
  }
}
