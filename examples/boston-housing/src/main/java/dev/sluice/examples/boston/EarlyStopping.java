package dev.sluice.examples.boston;

/**
 * Knows when to stop: once the error on areas that the network does not learn from has not become
 * smaller for a number of epochs. Not thread-safe.
 */
final class EarlyStopping {

  private final int patience;
  private int bestEpoch;
  private double bestError = Double.POSITIVE_INFINITY;
  private int lastEpoch;

  /**
   * @param patience epochs without progress after which to stop, at least 1
   */
  EarlyStopping(int patience) {
    this.patience = patience;
  }

  /**
   * Takes the error after the next epoch.
   *
   * @return whether it is the smallest so far, so that the weights are worth keeping
   */
  boolean isBest(double error) {
    lastEpoch++;
    if (!(error < bestError)) { // not >=, so that NaN is no progress
      return false;
    }
    bestEpoch = lastEpoch;
    bestError = error;
    return true;
  }

  boolean shouldStop() {
    return lastEpoch - bestEpoch >= patience;
  }

  /** Counted from 1; 0 if there was none. */
  int bestEpoch() {
    return bestEpoch;
  }

  double bestError() {
    return bestError;
  }
}
