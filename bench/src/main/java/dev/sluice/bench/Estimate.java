package dev.sluice.bench;

import java.util.List;

/**
 * The median of a figure over the rounds, with an interval in which the true median lies.
 *
 * <p>The interval is that of the sign test: the narrowest pair of the measured values, as far from
 * the lowest as from the highest, that holds the median with 95 % or more. It asks nothing of how
 * the values are spread and is exact also for few of them. With six to eight rounds it goes from
 * the lowest to the highest (96.9 %, 98.4 %, 99.2 %); from nine on it leaves out the outermost
 * ones. With fewer than six there is none of 95 %; then it goes from the lowest to the highest as
 * well, and says how little that is.
 *
 * @param median of the values, the mean of the middle two where their count is even
 * @param low the lower end
 * @param high the upper end
 * @param confidence with which the true median lies within, 0 to 1
 */
record Estimate(double median, double low, double high, double confidence) {

  /** What an interval must hold to count. */
  static final double REQUIRED = 0.95;

  /**
   * Of one value a round.
   *
   * @param values at least one, none of them NaN
   */
  static Estimate of(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("no values, expected at least 1");
    }
    List<Double> sorted = values.stream().sorted().toList();
    int n = sorted.size();
    int left = leftOut(n);
    return new Estimate(
        (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2,
        sorted.get(left),
        sorted.get(n - 1 - left),
        confidence(n, left));
  }

  /** How many values at each end can be left out. */
  private static int leftOut(int n) {
    int left = 0;
    while (2 * (left + 1) < n && confidence(n, left + 1) >= REQUIRED) {
      left++;
    }
    return left;
  }

  /**
   * That fewer than {@code left + 1} of n values lie on one side of the median, nor on the other.
   */
  private static double confidence(int n, int left) {
    double term = Math.pow(0.5, n); // of none; then of one more each time
    double tail = term;
    for (int i = 1; i <= left; i++) {
      term *= (n - i + 1.0) / i;
      tail += term;
    }
    return Math.max(0, 1 - 2 * tail);
  }

  /** Whether there are rounds enough to judge by it. */
  boolean isSure() {
    return confidence >= REQUIRED;
  }
}
