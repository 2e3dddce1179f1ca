package dev.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.DataType;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.tensorflow.SessionOptions;
import dev.sluice.tensorflow.TensorFlowLibraries;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The model that is written without TensorFlow, in TensorFlow. */
class BusyModelTest {

  @TempDir Path folder;

  private LoadedModel load(int links) throws Exception {
    BusyModel.write(folder, links);
    Path libraries =
        new TensorFlowLibraries(TensorFlowLibraries.cacheDirectory(System.getenv()), _ -> {})
            .directory();
    return LoadedModel.of(folder.resolve("1"), libraries, SessionOptions.SERVE);
  }

  private static float first(LoadedModel loaded, float... rows) {
    Signature signature = loaded.signature("serving_default");
    Tensor input =
        loaded.model().tensors().allocate(DataType.FLOAT, Shape.of(rows.length, BusyModel.WIDTH));
    for (int i = 0; i < rows.length * BusyModel.WIDTH; i++) {
      input.data().setAtIndex(ValueLayout.JAVA_FLOAT, i, rows[i / BusyModel.WIDTH]);
    }
    try (input) {
      Tensor output =
          loaded.model().run(signature, List.of(input), RunOptions.UNLIMITED).getFirst();
      try (output) {
        assertThat(output.shape()).isEqualTo(Shape.of(rows.length, BusyModel.WIDTH));
        return output.data().getAtIndex(ValueLayout.JAVA_FLOAT, 0);
      }
    }
  }

  @Test
  void rowsOfARequestChangeEachOther() throws Exception {
    try (LoadedModel loaded = load(3)) {
      float alone = first(loaded, 0.5f);
      assertThat(first(loaded, 0.5f)).isEqualTo(alone).isNotZero();
      assertThat(first(loaded, 0.5f, -2f)).isNotEqualTo(alone);
      assertThat(loaded.model().traits(loaded.signature("serving_default")).rowWise()).isFalse();
    }
  }
}
