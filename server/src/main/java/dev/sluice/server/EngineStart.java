package dev.sluice.server;

import dev.sluice.status.StatusException;

/** An engine that is on its way into the process while other things are being done. */
interface EngineStart {

  /** It is there already. */
  EngineStart DONE = () -> {};

  /**
   * Waits until models can be loaded.
   *
   * @throws StatusException why they never can
   */
  void await() throws InterruptedException;

  /** Waits until nothing is under way any more, whatever came of it. */
  default void settle() {}
}
