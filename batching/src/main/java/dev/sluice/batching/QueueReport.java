package dev.sluice.batching;

import java.util.List;

/**
 * What was decided for one signature of a model, and what has come of it, for people.
 *
 * @param signature its name in the model
 * @param way how runs are made now
 * @param merged whether requests share runs
 * @param why what was decided and on what grounds, in sentences
 * @param limit how many rows a run may take at present; 1 where nothing is merged
 * @param waiting calls that wait for a run
 * @param running runs that go on
 */
public record QueueReport(
    String signature,
    Way way,
    boolean merged,
    String why,
    long limit,
    int waiting,
    int running,
    Counts counts) {

  /** How many powers of two, from 1 on, runs are counted by. */
  public static final int SIZES = 15;

  /** How runs are made. */
  public enum Way {
    /** By an event loop, at the end of the turn that read the requests. */
    TICK,
    /** By a thread of its own, of what has queued up meanwhile. */
    RUNNER,
    /** As parameters of TensorFlow Serving say. */
    CONFIGURED
  }

  /**
   * What has happened so far.
   *
   * @param runs native runs, failed ones included
   * @param calls calls that took part in one
   * @param rows rows that were run; a call whose inputs have no first axis counts as one row
   * @param runNanos the time that all these runs took
   * @param failedRuns runs that the engine refused
   * @param refused calls that were turned away: no room, or no time before their deadline
   * @param expired calls whose deadline passed, or could not be met any more, before their answer
   * @param split calls that were run in pieces
   * @param runsBySize runs by their rows: up to 1, 2, 4 and so on, {@link QueueReport#SIZES} of
   *     them, then more
   */
  public record Counts(
      long runs,
      long calls,
      long rows,
      long runNanos,
      long failedRuns,
      long refused,
      long expired,
      long split,
      List<Long> runsBySize) {

    /** Rows in a run, on average; 0 before the first. */
    public double meanRows() {
      return runs == 0 ? 0 : (double) rows / runs;
    }

    /** Microseconds of a run, on average; 0 before the first. */
    public double meanRunMicros() {
      return runs == 0 ? 0 : runNanos / 1e3 / runs;
    }
  }
}
