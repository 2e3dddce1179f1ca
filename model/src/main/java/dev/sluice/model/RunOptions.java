package dev.sluice.model;

/**
 * How one run is to be made.
 *
 * @param timeoutMillis after how many milliseconds the engine gives up; 0 for never. Cooperative: a
 *     kernel that is running ends first, so whoever answers a client keeps a timer of their own
 * @param inCaller run on the calling thread where the engine can, which is cheaper for small models
 */
public record RunOptions(long timeoutMillis, boolean inCaller) {

  /** No limit, on the engine's own threads. */
  public static final RunOptions UNLIMITED = new RunOptions(0, false);

  public RunOptions {
    if (timeoutMillis < 0) {
      throw new IllegalArgumentException("timeoutMillis " + timeoutMillis + ", expected >= 0");
    }
  }
}
