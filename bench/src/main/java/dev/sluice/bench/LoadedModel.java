package dev.sluice.bench;

import dev.sluice.core.ServableId;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.tensorflow.SavedModelLoader;
import dev.sluice.tensorflow.SessionOptions;
import dev.sluice.tensorflow.TensorFlow;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** A model in this process, without a server around it. */
final class LoadedModel implements AutoCloseable {

  private final SavedModelLoader loader;
  private final Model model;

  private LoadedModel(SavedModelLoader loader, Model model) {
    this.loader = loader;
    this.model = model;
  }

  /**
   * Loads a version's folder.
   *
   * @param libraries TensorFlow's, loaded into this process if they are not yet
   */
  static LoadedModel of(Path version, Path libraries, SessionOptions options) {
    var _ = TensorFlow.load(libraries, SessionOptions.SERVE);
    SavedModelLoader loader = new SavedModelLoader(version, options);
    loader.load(new ServableId("bench", 1));
    return new LoadedModel(loader, (Model) loader.servable());
  }

  Model model() {
    return model;
  }

  Signature signature(String name) {
    return Objects.requireNonNull(model.signatures().get(name), name);
  }

  /** One run, whose outputs are thrown away. */
  void run(Signature signature, List<Tensor> inputs, RunOptions options) {
    model.run(signature, inputs, options).forEach(Tensor::close);
  }

  @Override
  public void close() {
    loader.unload();
  }
}
