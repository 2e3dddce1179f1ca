package dev.sluice.batching;

import java.util.List;

/**
 * Where the calls of one signature of one model go, and what decides how they become runs. Made at
 * the first call, dropped when the version unloads.
 *
 * <p><b>Threading.</b> Safe from any thread. Only {@link #runHere} blocks.
 */
interface CallQueue {

  /**
   * Takes over a call that has not expired and is in nobody's queue; it may have been answered
   * meanwhile. It will be answered: with a run's outcome, a deadline's or a refusal's.
   */
  void submit(Call call);

  /**
   * Takes a call over as {@link #submit} does, and runs it by itself on the calling thread, which
   * blocks. When this returns, the call was answered and its run is over.
   */
  void runHere(Call call);

  /** How many rows runs will have where there is much to do, and 1 if they may; ascending. */
  List<Long> usualRows();

  /** How many calls wait for a run. */
  int waiting();

  /** What was decided, and what has come of it. */
  QueueReport report();

  /**
   * The version unloads. Nobody submits any more; a call that waits nevertheless is still run, and
   * then nothing of the queue is left.
   */
  void retire();

  /** The server stops: refuses what waits and what comes. Runs that go on end by themselves. */
  void close();
}
