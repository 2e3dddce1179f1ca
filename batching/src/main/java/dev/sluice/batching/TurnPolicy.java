package dev.sluice.batching;

/**
 * Whether runs of a signature may be made by event loops. A pure function of what was seen.
 *
 * <p>A loop that makes a run serves nobody meanwhile, so a model comes onto the loops when its runs
 * are known to be short and leaves them on evidence: when most of the last runs were long, when a
 * few were slow, or when one was very slow. After that it stays away for a second, and for twice as
 * long each time it has to leave again soon. Coming takes shorter runs than staying, so a model on
 * the edge does not go back and forth.
 *
 * <p>A run may be slow because the machine is: a container that has used up its processor time is
 * stopped for a tenth of a second, with all its threads. So a slow run counts against the model if
 * the loop's thread has computed for that time. If not, it was a stall, which says little unless
 * there are many of them.
 */
final class TurnPolicy {

  /** A model whose smallest runs take no longer may come. */
  static final double ENTER_NANOS = 250_000;

  /** A run that is expected to take longer is not made in a turn, whatever the model. */
  static final double LONGEST_NANOS = 300_000;

  /** A run that took longer was long; when most of the last ones were, the model leaves. */
  static final long LONG_NANOS = 500_000;

  /** A run that took longer was slow; three of the last 64 are enough. */
  static final long SLOW_NANOS = 5_000_000;

  /** One run like this is enough. */
  static final long VERY_SLOW_NANOS = 50_000_000;

  /** How much work one turn may be given. */
  static final double TURN_NANOS = 1_000_000;

  /** So many of the last 64 are enough where the loop did not compute, but stood still. */
  private static final int MANY_STALLS = 16;

  private static final int LAST = 15;
  private static final int MOST_SLOW = 2;
  private static final int FIRST_RUNS = 4;
  private static final long PENALTY_NANOS = 1_000_000_000;
  private static final int MOST_DOUBLINGS = 6;

  private TurnPolicy() {}

  /**
   * What was seen of runs that should have been short, in the caller, since the last change.
   *
   * @param inTurns whether loops make them now
   * @param runs how many there were
   * @param longRuns one bit for each of the last 64, the latest lowest: it was long
   * @param slowRuns the same for slow ones in which the loop computed
   * @param stalls the same for slow ones in which it did not
   * @param verySlow whether one in which it computed was very slow
   * @param predictedNanos what the smallest runs are expected to take
   * @param sinceChange nanoseconds since the last change
   * @param departures how often it had to leave, less what was forgiven
   */
  record Evidence(
      boolean inTurns,
      long runs,
      long longRuns,
      long slowRuns,
      long stalls,
      boolean verySlow,
      double predictedNanos,
      long sinceChange,
      int departures) {}

  /** Whether loops shall make the runs from now on. */
  static boolean inTurns(Evidence seen) {
    return seen.inTurns() ? stays(seen) : comes(seen);
  }

  private static boolean stays(Evidence seen) {
    boolean mostLong = seen.runs() >= LAST && lately(seen.longRuns()) > LAST / 2;
    boolean stalls = Long.bitCount(seen.stalls()) >= MANY_STALLS;
    boolean slow = seen.verySlow() || Long.bitCount(seen.slowRuns()) > MOST_SLOW;
    return !mostLong && !stalls && !slow;
  }

  private static boolean comes(Evidence seen) {
    long runs = seen.departures() == 0 ? FIRST_RUNS : LAST;
    return seen.runs() >= runs
        && seen.predictedNanos() > 0
        && seen.predictedNanos() <= ENTER_NANOS
        && lately(seen.longRuns()) <= MOST_SLOW
        && seen.sinceChange() >= penalty(seen.departures());
  }

  private static int lately(long bits) {
    return Long.bitCount(bits & ((1L << LAST) - 1));
  }

  /** How long a model stays away that had to leave so many times. */
  static long penalty(int departures) {
    return departures == 0 ? 0 : PENALTY_NANOS << Math.min(departures - 1, MOST_DOUBLINGS);
  }
}
