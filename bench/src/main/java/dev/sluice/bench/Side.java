package dev.sluice.bench;

/**
 * One of those that a row holds against each other.
 *
 * @param name unique within the row; stands in the table
 * @param measurement what is done in each round
 */
record Side(String name, Measurement measurement) {

  /** Measures once. */
  @FunctionalInterface
  interface Measurement {

    /**
     * Takes figures for a time.
     *
     * @param seconds how long to measure, positive; what comes before, such as the discarded
     *     beginning of a load, is not part of it
     */
    Sample take(double seconds) throws Exception;
  }
}
