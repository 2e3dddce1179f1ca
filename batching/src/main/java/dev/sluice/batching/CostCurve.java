package dev.sluice.batching;

/**
 * What a run is expected to cost by the number of elements that it is fed, from what runs have
 * cost. Between two measured sizes the cost lies on a line; a smaller run is taken to cost what the
 * smallest did, since the fixed part rules there; a larger one to cost in proportion to the
 * largest, since what is not known had better be thought dear. Immutable.
 */
final class CostCurve {

  /** Nothing was measured. */
  static final CostCurve UNKNOWN = new CostCurve(new double[0], new double[0]);

  private final double[] elements;
  private final double[] nanos;

  /**
   * Takes over the arrays.
   *
   * @param elements measured sizes, ascending
   * @param nanos what runs of those sizes cost
   */
  CostCurve(double[] elements, double[] nanos) {
    this.elements = elements;
    this.nanos = nanos;
  }

  /** How many sizes were measured. */
  int points() {
    return elements.length;
  }

  /** A measured size; the smallest is at 0. */
  double elementsAt(int point) {
    return elements[point];
  }

  /** What a run of a measured size cost. */
  double nanosAt(int point) {
    return nanos[point];
  }

  /** What a run is expected to cost; 0 where nothing was measured. */
  double nanos(double size) {
    int count = elements.length;
    if (count == 0) {
      return 0;
    }
    if (size <= elements[0]) {
      return nanos[0];
    }
    for (int i = 1; i < count; i++) {
      if (size <= elements[i]) {
        double part = (size - elements[i - 1]) / (elements[i] - elements[i - 1]);
        return nanos[i - 1] + part * (nanos[i] - nanos[i - 1]);
      }
    }
    return nanos[count - 1] * (size / elements[count - 1]);
  }

  /**
   * The largest size that is expected to cost no more than this; 0 if none, or nothing is known.
   */
  double sizeWithin(double most) {
    int last = elements.length - 1;
    if (last < 0 || nanos[0] > most) {
      return 0;
    }
    for (int i = 1; i <= last; i++) {
      if (nanos[i] > most) {
        double part = (most - nanos[i - 1]) / (nanos[i] - nanos[i - 1]);
        return elements[i - 1] + part * (elements[i] - elements[i - 1]);
      }
    }
    return elements[last] * (most / nanos[last]);
  }
}
