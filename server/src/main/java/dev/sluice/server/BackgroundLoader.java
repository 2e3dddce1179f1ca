package dev.sluice.server;

import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;
import java.util.function.BooleanSupplier;

/**
 * A loader that loads on a thread of low priority while there are requests to answer. The thread
 * stays as it is afterwards: threads that load do nothing else than load and unload.
 */
final class BackgroundLoader extends ForwardingLoader {

  private final BooleanSupplier serving;
  private final Runnable lower;

  /**
   * @param serving whether requests are answered; at the start nobody is in the way of a load
   * @param lower lowers the priority of the thread that calls it
   */
  BackgroundLoader(Loader loader, BooleanSupplier serving, Runnable lower) {
    super(loader);
    this.serving = serving;
    this.lower = lower;
  }

  @Override
  public void load(ServableId id) {
    if (serving.getAsBoolean()) {
      lower.run();
    }
    super.load(id);
  }
}
