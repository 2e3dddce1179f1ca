package dev.sluice.server;

import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;
import dev.sluice.status.StatusException;
import java.util.function.ObjLongConsumer;

/** A loader that tells how many bytes it estimates for what it has loaded. */
final class SizingLoader extends ForwardingLoader {

  private final ObjLongConsumer<ServableId> sizes;

  SizingLoader(Loader loader, ObjLongConsumer<ServableId> sizes) {
    super(loader);
    this.sizes = sizes;
  }

  @Override
  public void load(ServableId id) {
    super.load(id);
    long bytes;
    try {
      bytes = estimateBytes();
    } catch (StatusException gone) {
      return; // its files were taken away as soon as they were read, and it serves without them
    }
    sizes.accept(id, bytes);
  }
}
