package dev.sluice.server;

import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;
import java.util.function.Consumer;

/** A loader that tells somebody of each attempt that fails, which events do not. */
final class ReportingLoader extends ForwardingLoader {

  private final ServableId id;
  private final Consumer<ServableId> onFailedAttempt;

  ReportingLoader(Loader loader, ServableId id, Consumer<ServableId> onFailedAttempt) {
    super(loader);
    this.id = id;
    this.onFailedAttempt = onFailedAttempt;
  }

  /** What can't be estimated can't be loaded, and is tried as often. */
  @Override
  public long estimateBytes() {
    try {
      return super.estimateBytes();
    } catch (RuntimeException | Error failure) {
      onFailedAttempt.accept(id);
      throw failure;
    }
  }

  @Override
  public void load(ServableId version) {
    try {
      super.load(version);
    } catch (RuntimeException | Error failure) {
      onFailedAttempt.accept(id);
      throw failure;
    }
  }
}
