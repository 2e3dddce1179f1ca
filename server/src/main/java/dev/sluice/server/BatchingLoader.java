package dev.sluice.server;

import dev.sluice.batching.BatchingParameters;
import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;
import dev.sluice.model.Model;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * A loader that reads the batching parameters that a version brings along, before anything else of
 * it, and passes them on with the model. A version without any is not batched.
 */
final class BatchingLoader extends ForwardingLoader {

  private final Supplier<Optional<BatchingParameters>> file;
  private final BiConsumer<Model, BatchingParameters> configure;

  /**
   * @param file reads the parameters; empty if there are none, and throws what the load fails with
   */
  BatchingLoader(
      Loader loader,
      Supplier<Optional<BatchingParameters>> file,
      BiConsumer<Model, BatchingParameters> configure) {
    super(loader);
    this.file = file;
    this.configure = configure;
  }

  @Override
  public void load(ServableId id) {
    Optional<BatchingParameters> parameters = file.get();
    super.load(id);
    parameters.ifPresent(known -> configure.accept((Model) servable(), known));
  }
}
