package dev.sluice.server;

import dev.sluice.core.Loader;
import dev.sluice.model.Model;
import java.util.function.Consumer;

/** A loader that has others forget its model before it is unloaded, when no loan of it is left. */
final class ForgettingLoader extends ForwardingLoader {

  private final Consumer<Model> forget;

  ForgettingLoader(Loader loader, Consumer<Model> forget) {
    super(loader);
    this.forget = forget;
  }

  @Override
  public void unload() {
    try {
      forget.accept((Model) servable());
    } finally {
      super.unload();
    }
  }
}
