package dev.sluice.server;

import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A loader that says what is done with it, and has a model that does nothing; for tests of those
 * that wrap one.
 */
final class RecordedLoader implements Loader {

  /** Its estimate. */
  static final long BYTES = 7;

  private final List<String> events;
  private final Model model = new Nothing();

  /**
   * @param events gets {@code load} and {@code unload}
   */
  RecordedLoader(List<String> events) {
    this.events = events;
  }

  private static final class Nothing implements Model {
    @Override
    public SortedMap<String, Signature> signatures() {
      return new TreeMap<>();
    }

    @Override
    public TensorAllocator tensors() {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Tensor> run(Signature signature, List<Tensor> inputs, RunOptions options) {
      throw new UnsupportedOperationException();
    }
  }

  @Override
  public long estimateBytes() {
    return BYTES;
  }

  @Override
  public void load(ServableId id) {
    events.add("load");
  }

  @Override
  public void unload() {
    events.add("unload");
  }

  @Override
  public Model servable() {
    return model;
  }
}
