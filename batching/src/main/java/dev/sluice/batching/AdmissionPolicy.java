package dev.sluice.batching;

/**
 * Whether a call that has to wait can still meet its deadline. A pure function of what waits and
 * what it costs.
 *
 * <p>A call that is let in and then expires has cost its client the whole time-out and the others
 * their places; one that is refused at once can be tried elsewhere. So under overload the queue
 * grows no longer than what can be answered in time.
 */
final class AdmissionPolicy {

  /**
   * Predictions are off by so much; a call is let in if it makes it nevertheless. A queue of half
   * the deadline keeps the runners as busy as a whole one, and its answers come sooner.
   */
  private static final double WAIT_MARGIN = 2;

  private static final double RUN_MARGIN = 1.5;

  /** The least that a timer and the answer's way take. */
  private static final double LEAST_NANOS = 1e6;

  private AdmissionPolicy() {}

  /**
   * What a call finds when it comes.
   *
   * @param waitingNanos what the calls before it will cost, one after the other
   * @param runNanos what a run will take
   * @param running runs that go on
   * @param bound how many may go on at once, at least 1
   * @param correction by what factor calls have lately waited longer than was expected
   */
  record Load(double waitingNanos, double runNanos, int running, int bound, double correction) {

    /** Whether a runner is free for it, after those before it. */
    boolean isIdle() {
      return running < bound && waitingNanos <= (bound - running - 1) * runNanos;
    }

    /** How long it is expected to wait, in nanoseconds. */
    double expectedWait() {
      double ahead = waitingNanos + (running - bound + 1) * runNanos;
      return isIdle() ? 0 : Math.max(0, ahead) / bound * correction;
    }
  }

  /**
   * Whether the deadline can be met. One that finds no others is always run: were it refused, what
   * is known of the costs would never change.
   *
   * @param left nanoseconds until the deadline
   */
  static boolean meets(Load load, long left) {
    return load.isIdle()
        || load.expectedWait() * WAIT_MARGIN + load.runNanos() * RUN_MARGIN + LEAST_NANOS <= left;
  }
}
