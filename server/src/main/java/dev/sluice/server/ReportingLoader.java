package dev.sluice.server;

import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;
import java.util.function.Consumer;

/** A loader that tells somebody of each attempt that fails, which events do not. */
final class ReportingLoader implements Loader {

  private final Loader loader;
  private final Consumer<ServableId> onFailedAttempt;

  ReportingLoader(Loader loader, Consumer<ServableId> onFailedAttempt) {
    this.loader = loader;
    this.onFailedAttempt = onFailedAttempt;
  }

  @Override
  public long estimateBytes() {
    return loader.estimateBytes();
  }

  @Override
  public void load(ServableId id) {
    try {
      loader.load(id);
    } catch (RuntimeException | Error failure) {
      onFailedAttempt.accept(id);
      throw failure;
    }
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
