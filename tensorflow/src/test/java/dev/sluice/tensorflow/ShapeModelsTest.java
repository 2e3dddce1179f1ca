package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.DataType;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.proto.tensorflow.SignatureDef;
import dev.sluice.proto.tensorflow.TensorInfo;
import dev.sluice.status.StatusException;
import dev.sluice.tensorflow.Fixture.Output;
import dev.sluice.testkit.Models;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/** The models for types, shapes, state and kinds of exports compute what {@link Models} says. */
class ShapeModelsTest {

  @TempDir Path temporary;

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  private static void assertAnswers(Map<String, Output> found, Map<String, Output> wanted) {
    assertThat(found).usingRecursiveComparison().isEqualTo(wanted);
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"STRING", "RESOURCE", "VARIANT"})
  void everyTypeOfFixedSizeComesBackBitByBit(DataType type) {
    try (Fixture fixture = new Fixture(temporary, Models.ALL_TYPES);
        Tensor x = fixture.model().tensors().allocate(type, Shape.of(2, 3))) {
      for (long i = 0; i < x.data().byteSize(); i++) {
        byte value = (byte) (type == DataType.BOOL ? i % 2 : 0x3c + 7 * i);
        x.data().set(ValueLayout.JAVA_BYTE, i, value);
      }
      byte[] sent = x.data().toArray(ValueLayout.JAVA_BYTE);
      Signature signature = fixture.signature(type.label());
      assertThat(signature.input("x").dataType()).isEqualTo(type);
      try (Tensor y = fixture.model().run(signature, List.of(x), RunOptions.UNLIMITED).getFirst()) {
        assertThat(y.dataType()).isEqualTo(type);
        assertThat(y.shape()).isEqualTo(x.shape());
        assertThat(y.data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(sent);
      }
    }
  }

  @Test
  void stringsComeBack() {
    try (Fixture fixture = new Fixture(temporary, Models.ALL_TYPES)) {
      assertAnswers(
          fixture.run("string", Map.of("x", Fixture.strings("a", ""))),
          Map.of("y", Output.of(Shape.of(2), "a", "")));
    }
  }

  /** Their numbers are 24 and more. */
  @ParameterizedTest
  @ValueSource(strings = {"float8_e5m2", "float8_e4m3fn", "int4", "uint4"})
  void typesBeyondTheFirstTwentyThreeAreChecked(String name) throws Exception {
    try (Fixture fixture = new Fixture(temporary, Models.ALL_TYPES)) {
      Signature signature = fixture.signature(name);
      TensorInfo x = SignatureDef.parseFrom(signature.definition()).getInputsOrThrow("x");
      assertThat(x.getDtypeValue()).isGreaterThanOrEqualTo(24);
      assertThat(signature.input("x").dataType()).isEqualTo(DataType.ofNumber(x.getDtypeValue()));
      assertThatThrownBy(() -> fixture.run(name, Map.of("x", fixture.floats(Shape.of(1), 1))))
          .isInstanceOf(StatusException.class)
          .hasMessageContaining(name);
    }
  }

  @Test
  void declaredShapesAreThereAndNotEnforced() {
    try (Fixture fixture = new Fixture(temporary, Models.SHAPES)) {
      assertThat(dimensions(fixture, "fixed")).containsExactly(2L, 3L);
      assertThat(dimensions(fixture, "batch")).containsExactly(-1L, 3L);
      assertThat(dimensions(fixture, "any")).isNull();
      assertThat(dimensions(fixture, "scalar")).isEmpty();
      for (String name : List.of("fixed", "batch", "any", "scalar")) {
        for (Shape shape : List.of(Shape.of(2, 3), Shape.of(6), Shape.of(1, 2, 3))) {
          assertAnswers(
              fixture.run(name, Map.of("x", fixture.floats(shape, 1, 2, 3, 4, 5, 6))),
              Map.of("y", Output.of(shape, 2f, 4, 6, 8, 10, 12)));
        }
        assertAnswers(
            fixture.run(name, Map.of("x", fixture.floats(Shape.scalar(), 1.5f))),
            Map.of("y", Output.of(Shape.scalar(), 3f)));
      }
    }
  }

  private static List<Long> dimensions(Fixture fixture, String signature) {
    return fixture.signature(signature).input("x").dimensions();
  }

  @Test
  void severalInputsAndOutputsKeepTheirTypesAndRanks() {
    try (Fixture fixture = new Fixture(temporary, Models.MIXED)) {
      Map<String, Output> rows =
          Map.of(
              "total", Output.of(Shape.of(2), 6f, 15.5f),
              "tagged", Output.of(Shape.of(2), "a=6.0", "b=15.5"));
      Map<String, Output> found = fixture.run("serving_default", numbersAndWords(fixture));
      assertAnswers(
          Map.of("columns", found.remove("columns")),
          Map.of("columns", Output.of(Shape.of(3), 5f, 7, 9.5f)));
      assertAnswers(found, rows);
      assertAnswers(fixture.run("rows", numbersAndWords(fixture)), rows);
    }
  }

  private static Map<String, Tensor> numbersAndWords(Fixture fixture) {
    return Map.of(
        "numbers", fixture.floats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6.5f),
        "words", Fixture.strings("a", "b"));
  }

  @Test
  void twoAliasesOfOneTensorAreBothReturned() {
    try (Fixture fixture = new Fixture(temporary, Models.MIXED)) {
      Signature twins = fixture.signature("twins");
      assertThat(twins.outputs().getFirst().engineName())
          .isEqualTo(twins.outputs().getLast().engineName());
      assertAnswers(
          fixture.run("twins", Map.of("numbers", fixture.floats(Shape.of(1, 3), 1, 2, 3))),
          Map.of("first", Output.of(Shape.of(1), 6f), "second", Output.of(Shape.of(1), 6f)));
    }
  }

  @Test
  void counterKeepsItsCountBetweenRunsButNotBetweenLoads() {
    try (Fixture fixture = new Fixture(temporary, Models.COUNTER)) {
      assertCount(0, fixture.run("get_counter", Map.of()));
      assertCount(1, fixture.run("incr_counter", Map.of()));
      assertCount(0, fixture.run("reset_counter", Map.of()));
      assertCount(1, fixture.run("incr_counter", Map.of()));
      Tensor three = fixture.longs(Shape.scalar(), 3);
      assertCount(4, fixture.run("incr_counter_by", Map.of("delta", three)));
      assertAnswers(
          fixture.run("serving_default", Map.of("x", fixture.floats(Shape.of(2), 1.5f, 2.5f))),
          Map.of(
              "run", Output.of(Shape.of(2), 5L, 5L),
              "y", Output.of(Shape.of(2), 1.5f, 2.5f)));
      assertCount(5, fixture.run("get_counter", Map.of()));
    }
    try (Fixture again = new Fixture(temporary.resolve("again"), Models.COUNTER)) {
      assertCount(0, again.run("get_counter", Map.of()));
    }
  }

  private static void assertCount(long count, Map<String, Output> found) {
    assertAnswers(found, Map.of("output", Output.of(Shape.scalar(), count)));
  }

  @Test
  void concurrentRunsNeverGetTheSameCount() throws Exception {
    int runs = 2_000;
    try (Fixture fixture = new Fixture(temporary, Models.COUNTER);
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Callable<Long> run =
          () -> ((long[]) fixture.run("incr_counter", Map.of()).get("output").elements())[0];
      List<Long> counts = new ArrayList<>();
      for (Future<Long> count : threads.invokeAll(Collections.nCopies(runs, run))) {
        counts.add(count.get());
      }
      assertThat(counts).doesNotHaveDuplicates();
      assertCount(runs, fixture.run("get_counter", Map.of()));
    }
  }

  @Test
  void raggedRowsAreTheirValuesAndSplits() {
    try (Fixture fixture = new Fixture(temporary, Models.RAGGED)) {
      Map<String, Tensor> rows = // [[1, 2], [], [3]]
          Map.of(
              "values", fixture.floats(Shape.of(3), 1, 2, 3),
              "values_1", fixture.longs(Shape.of(4), 0, 2, 2, 3));
      assertAnswers(
          fixture.run("serving_default", rows), Map.of("total", Output.of(Shape.of(3), 3f, 0, 3)));
    }
  }

  @Test
  void sparseRowsArePlacesValuesAndShape() {
    try (Fixture fixture = new Fixture(temporary, Models.RAGGED)) {
      Map<String, Tensor> rows =
          Map.of(
              "values", fixture.longs(Shape.of(2, 2), 0, 1, 1, 3),
              "values_1", fixture.floats(Shape.of(2), 5, 6),
              "values_2", fixture.longs(Shape.of(2), 2, 4));
      assertAnswers(
          fixture.run("sparse", rows),
          Map.of("dense", Output.of(Shape.of(2, 4), 0f, 5, 0, 0, 0, 0, 0, 6)));
    }
  }

  @Test
  void raggedOutputCannotRunButStaysInTheDefinition() throws Exception {
    try (Fixture fixture = new Fixture(temporary, Models.RAGGED)) {
      SignatureDef definition = SignatureDef.parseFrom(fixture.signature("doubled").definition());
      assertThat(definition.getOutputsOrThrow("doubled").getCompositeTensor().getComponentsCount())
          .isEqualTo(2);
      Map<String, Tensor> rows =
          Map.of(
              "values", fixture.floats(Shape.of(1), 1),
              "values_1", fixture.longs(Shape.of(2), 0, 1));
      assertThatThrownBy(() -> fixture.run("doubled", rows))
          .isInstanceOf(StatusException.class)
          .hasMessageContaining("signature doubled cannot run");
    }
  }

  @Test
  void defaultsStandInTheDefinition() throws Exception {
    try (Fixture fixture = new Fixture(temporary, Models.DEFAULTS)) {
      SignatureDef definition =
          SignatureDef.parseFrom(fixture.signature("serving_default").definition());
      assertThat(definition.getDefaultsOrThrow("factor").getFloatValList()).containsExactly(2f);
      assertThat(definition.getDefaultsOrThrow("unit").getStringVal(0).toStringUtf8())
          .isEqualTo("kg");
      Tensor metre = new StringTensor(Shape.scalar(), new byte[][] {{'m'}});
      Map<String, Tensor> sent =
          Map.of(
              "x", fixture.floats(Shape.of(1), 1.5f),
              "factor", fixture.floats(Shape.scalar(), 3),
              "unit", metre);
      assertAnswers(
          fixture.run("serving_default", sent),
          Map.of(
              "y", Output.of(Shape.of(1), 4.5f),
              "label", Output.of(Shape.of(1), "4.5 m")));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"serving_default", "serve"})
  void exportOfKeras3Answers(String signature) {
    try (Fixture fixture = new Fixture(temporary, Models.KERAS)) {
      // 1 + 2 relu(1 + 3) + 3 relu(2 - 3 + 0.5) and 1 + 2 relu(-1 + 0) + 3 relu(2 - 0 + 0.5).
      Tensor features = fixture.floats(Shape.of(2, 3), 1, 2, 3, -1, 2, 0);
      assertAnswers(
          fixture.run(signature, Map.of("features", features)),
          Map.of("output_0", Output.of(Shape.of(2, 1), 9f, 8.5f)));
    }
  }
}
