package dev.sluice.server;

import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;
import java.util.function.Consumer;

/** A loader that has noted what a version says of itself, once it is loaded. */
final class MetadataLoader extends ForwardingLoader {

  private final Consumer<ServableId> note;

  /**
   * @param note throws nothing
   */
  MetadataLoader(Loader loader, Consumer<ServableId> note) {
    super(loader);
    this.note = note;
  }

  @Override
  public void load(ServableId id) {
    super.load(id);
    note.accept(id);
  }
}
