package dev.sluice.bench;

import dev.sluice.model.RunOptions;
import dev.sluice.model.Signature;
import dev.sluice.tensorflow.SessionOptions;
import java.nio.file.Path;

/**
 * What no start can do without: a JVM loads TensorFlow's libraries and a model, makes a run and
 * ends.
 */
final class BareStart {

  private BareStart() {}

  /** Takes the folder of TensorFlow's libraries and that of a version. */
  public static void main(String[] arguments) {
    Path libraries = Path.of(arguments[0]);
    LoadedModel loaded = LoadedModel.of(Path.of(arguments[1]), libraries, SessionOptions.SERVE);
    Signature signature = loaded.signature("serving_default");
    loaded.run(signature, SampleRows.of(loaded.model(), signature).next(), RunOptions.UNLIMITED);
    // Not unloaded: a server that answers has not done so either.
    Runtime.getRuntime().halt(0);
  }
}
