package dev.sluice.load;

import java.util.SplittableRandom;

/**
 * When the requests of an open loop are due, one after the other. It goes by the clock it is told
 * the start of, and never by what was sent or answered. Belongs to one thread.
 */
final class Schedule {

  private final long start;
  private final double gap;
  private final LoadPace.Arrivals arrivals;
  private final SplittableRandom random;
  private double offset;
  private long count;

  /**
   * The share of one of several threads.
   *
   * @param start when the load begins, as {@link System#nanoTime} counts
   * @param share which thread, from 0
   * @param shares how many there are
   */
  Schedule(LoadPace.Open pace, long start, int share, int shares) {
    this.start = start;
    this.arrivals = pace.arrivals();
    this.gap = 1e9 * shares / pace.perSecond();
    this.random = new SplittableRandom(share);
    this.offset =
        switch (arrivals) {
          case CONSTANT -> gap * share / shares;
          case POISSON -> randomGap();
        };
  }

  /** When the next request is due. */
  long next() {
    return start
        + Math.round(arrivals == LoadPace.Arrivals.CONSTANT ? offset + count * gap : offset);
  }

  /** Goes on to the one after it. */
  void advance() {
    count++;
    if (arrivals == LoadPace.Arrivals.POISSON) {
      offset += randomGap();
    }
  }

  private double randomGap() {
    return -gap * Math.log1p(-random.nextDouble());
  }
}
