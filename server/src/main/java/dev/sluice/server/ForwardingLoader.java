package dev.sluice.server;

import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;

/** A loader that leaves everything to another one; for those who add something to a part of it. */
abstract class ForwardingLoader implements Loader {

  private final Loader loader;

  /**
   * @param loader does the work
   */
  ForwardingLoader(Loader loader) {
    this.loader = loader;
  }

  @Override
  public long estimateBytes() {
    return loader.estimateBytes();
  }

  @Override
  public void load(ServableId id) {
    loader.load(id);
  }

  @Override
  public void unload() {
    loader.unload();
  }

  @Override
  public Object servable() {
    return loader.servable();
  }
}
