package dev.sluice.batching;

import java.util.concurrent.Executor;

/**
 * The turns of one event loop: each reads what has arrived on all its connections, then does the
 * work that was put off to the turn's end. What is asked for within one turn can be done together.
 *
 * <p><b>Threading.</b> Belongs to the loop's thread; nobody else may touch it.
 */
public final class Turn {

  private final Executor loop;

  /**
   * @param loop runs what it is given on the loop's thread, after everything that the running turn
   *     has yet to read
   */
  public Turn(Executor loop) {
    this.loop = loop;
  }

  /** Does something when everything that this turn reads has been read. */
  void atEnd(Runnable work) {
    loop.execute(work);
  }
}
