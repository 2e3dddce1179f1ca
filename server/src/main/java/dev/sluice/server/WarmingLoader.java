package dev.sluice.server;

import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;
import dev.sluice.model.Model;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A loader that has a model warmed up before it counts as loaded. Where that fails the load has,
 * and the model is unloaded; the next attempt loads it anew.
 */
final class WarmingLoader extends ForwardingLoader {

  private final BiConsumer<ServableId, Model> warmUp;
  private final Consumer<Model> forget;

  /**
   * @param loader can load again after an unload
   * @param warmUp throws what the load fails with; no run goes on when it has returned or thrown
   * @param forget has others forget the model
   */
  WarmingLoader(Loader loader, BiConsumer<ServableId, Model> warmUp, Consumer<Model> forget) {
    super(loader);
    this.warmUp = warmUp;
    this.forget = forget;
  }

  @Override
  public void load(ServableId id) {
    super.load(id);
    Model model = (Model) servable();
    try {
      warmUp.accept(id, model);
    } catch (RuntimeException | Error failure) {
      unload(model);
      throw failure;
    }
  }

  private void unload(Model model) {
    try {
      forget.accept(model);
    } finally {
      super.unload();
    }
  }
}
