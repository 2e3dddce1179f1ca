package dev.sluice.tensorflow;

import static dev.sluice.tensorflow.Fixture.strings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Models;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several signatures as one run. */
class MergedSignaturesTest {

  @TempDir Path temporary;

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  @Test
  void everySignatureOfThemIsComputed() {
    try (Fixture counter = new Fixture(temporary, Models.COUNTER)) {
      TensorFlowModel model = counter.model();
      Signature merged =
          model.merged(
              List.of(counter.signature("incr_counter"), counter.signature("incr_counter_by")));
      assertThat(merged.outputs()).hasSize(2);
      try (Tensor delta = counter.longs(Shape.scalar(), 10)) {
        List<Tensor> outputs = model.run(merged, List.of(delta), RunOptions.UNLIMITED);
        assertThat(outputs).hasSize(2);
        outputs.forEach(Tensor::close);
      }
      List<Tensor> count =
          model.run(counter.signature("get_counter"), List.of(), RunOptions.UNLIMITED);
      assertThat(count.getFirst().data().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(11);
      count.forEach(Tensor::close);
    }
  }

  @Test
  void sameTensorGoesToEachInputAndEachOutputIsUnderItsEnginesName() {
    try (Fixture regressor = new Fixture(temporary, Models.REGRESSOR)) {
      Signature first = regressor.signature(Signature.DEFAULT_NAME);
      Signature second = regressor.signature("classify");
      Signature merged = regressor.model().merged(List.of(first, second));
      assertThat(merged.inputs()).hasSize(2);
      try (Tensor examples = strings("\n\u000f\n\r\n\u0001x\u0012\b\u0012\u0006\n\u0004\0\0\0@")) {
        List<Tensor> outputs =
            regressor.model().run(merged, Collections.nCopies(2, examples), RunOptions.UNLIMITED);
        Tensor price = outputs.get(merged.outputIndex(first.outputs().getFirst().engineName()));
        assertThat(price.data().get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(20);
        outputs.forEach(Tensor::close);
      }
    }
  }

  @Test
  void sameSignaturesInAnyOrderAreTheSameAndOneAloneIsItself() {
    try (Fixture classifier = new Fixture(temporary, Models.CLASSIFIER)) {
      Signature first = classifier.signature("regress");
      Signature second = classifier.signature("top_two");
      TensorFlowModel model = classifier.model();
      assertThat(model.merged(List.of(first, second)))
          .isSameAs(model.merged(List.of(second, first)));
      assertThat(model.merged(List.of(second))).isSameAs(second);
    }
  }

  @Test
  void clientsCannotMakeAnyNumberOfThem() {
    try (Fixture wrong = new Fixture(temporary, Models.WRONG_RESULTS)) {
      TensorFlowModel model = wrong.model();
      List<Signature> all = List.copyOf(model.signatures().values());
      List<List<Signature>> sets = new ArrayList<>();
      for (int bits = 0; sets.size() <= TensorFlowModel.MOST_MERGED; bits++) {
        if (Integer.bitCount(bits) > 1) {
          sets.add(subset(all, bits));
        }
      }
      List<Signature> tooMany = sets.removeLast();
      Set<Signature> merged = Collections.newSetFromMap(new IdentityHashMap<>());
      sets.forEach(set -> merged.add(model.merged(set)));
      assertThat(merged).hasSize(TensorFlowModel.MOST_MERGED);
      StatusException refused =
          catchThrowableOfType(StatusException.class, () -> model.merged(tooMany));
      assertThat(refused.code()).isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
      assertThat(refused).hasMessageContaining("the limit is 256");
      assertThat(new HashSet<>(merged)).contains(model.merged(sets.getFirst()));
    }
  }

  private static List<Signature> subset(List<Signature> all, int bits) {
    return IntStream.range(0, all.size())
        .filter(index -> (bits >> index & 1) != 0)
        .mapToObj(all::get)
        .toList();
  }
}
