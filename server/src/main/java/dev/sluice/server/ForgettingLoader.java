package dev.sluice.server;

import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;
import dev.sluice.model.Model;
import java.util.function.Consumer;

/** A loader that has others forget its model before it is unloaded, when no loan of it is left. */
final class ForgettingLoader implements Loader {

  private final Loader loader;
  private final Consumer<Model> forget;

  ForgettingLoader(Loader loader, Consumer<Model> forget) {
    this.loader = loader;
    this.forget = forget;
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
    try {
      forget.accept((Model) loader.servable());
    } finally {
      loader.unload();
    }
  }

  @Override
  public Object servable() {
    return loader.servable();
  }
}
