package dev.sluice.tensorflow;

import dev.sluice.core.ServableId;
import dev.sluice.model.DataType;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The ruler of the leak tests: what a cycle leaves behind in anonymous memory. */
final class RssSlope {

  /** One load and unload of half-plus-two may cost at most this for ever. */
  static final double KILOBYTES_PER_CYCLE = 20;

  private RssSlope() {}

  /**
   * Kilobytes that a cycle leaves behind, measured over cycles {@code from} to {@code to}: the
   * median of the slopes between each point and the one half the range later, so that a single jump
   * (the JVM's own memory) does not count as a trend.
   */
  static double of(int from, int to, Runnable cycle) {
    List<Long> points = new ArrayList<>();
    for (int i = 1; i <= to; i++) {
      cycle.run();
      if (i >= from) {
        TensorFlow.trimMemory();
        points.add(TensorFlowForTests.rssAnonKilobytes());
      }
    }
    int half = points.size() / 2;
    double[] slopes = new double[half];
    for (int i = 0; i < half; i++) {
      slopes[i] = (points.get(i + half) - points.get(i)) / (double) half;
    }
    Arrays.sort(slopes);
    return slopes[half / 2];
  }

  /** The cycle of a version: load, one run, unload. */
  static void loadRunUnload(Path version) {
    SavedModelLoader loader = new SavedModelLoader(version, SessionOptions.SERVE);
    loader.load(new ServableId("half_plus_two", 1));
    run((Model) loader.servable());
    loader.unload();
  }

  private static void run(Model model) {
    Signature signature = model.signatures().get(Signature.DEFAULT_NAME);
    try (Tensor x = model.tensors().allocate(DataType.FLOAT, Shape.of(1))) {
      model.run(signature, List.of(x), RunOptions.UNLIMITED).forEach(Tensor::close);
    }
  }
}
