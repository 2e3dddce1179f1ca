package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.RunOptions;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Models;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Inputs that are made up for a loaded model. */
class SamplesTest {

  @TempDir Path temporary;

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  private static boolean runs(
      TensorFlowModel model, Signature signature, IntFunction<List<Tensor>> way, int rows) {
    List<Tensor> inputs = way.apply(rows);
    try {
      model.run(signature, inputs, new RunOptions(20_000, true)).forEach(Tensor::close);
      return true;
    } catch (StatusException refused) {
      return false;
    } finally {
      inputs.forEach(Tensor::close);
    }
  }

  @Test
  void modelThatJustComputesTakesOneOfTheWays() {
    for (String name : List.of(Models.HALF_PLUS_TWO, Models.CLASSIFIER, "words", "parsed", "cnn")) {
      try (TensorFlowModel model = TensorFlowForTests.open(temporary, name, 1)) {
        for (Signature signature : model.signatures().values()) {
          if (signature.name().startsWith("__")) {
            continue; // TensorFlow's own, which fills tables
          }
          assertThat(model.samples(signature))
              .as("%s of %s", signature.name(), name)
              .anyMatch(way -> runs(model, signature, way, 1) && runs(model, signature, way, 3));
        }
      }
    }
  }

  @Test
  void sizesThatAreOpenAreOneFirst() {
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.IDENTITY, 1)) {
      List<Tensor> inputs =
          model.samples(model.signatures().get("serving_default")).getFirst().apply(1);
      assertThat(inputs).allMatch(input -> input.shape().elementCount() == 1);
      inputs.forEach(Tensor::close);
    }
  }

  @Test
  void nothingIsMadeUpForAModelWithAStateOrThatWaits() {
    for (String name :
        List.of(Models.COUNTER, Models.GATE, Models.SLOW, "run_count", "noise", "table_write")) {
      try (TensorFlowModel model = TensorFlowForTests.open(temporary, name, 1)) {
        assertThat(model.signatures().values())
            .allMatch(signature -> model.samples(signature).isEmpty(), name);
      }
    }
  }
}
