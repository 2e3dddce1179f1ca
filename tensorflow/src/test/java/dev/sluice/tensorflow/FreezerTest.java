package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.DataType;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.testkit.Models;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Models frozen and as loaded. */
class FreezerTest {

  private static final SessionOptions AS_LOADED = new SessionOptions(List.of("serve"), 0, 0, false);

  /** SavedModels that others made, where they lie beside the project. */
  private static final Path SHARED =
      Path.of(System.getProperty("sluice.root", ".."))
          .toAbsolutePath()
          .normalize()
          .resolveSibling("shared")
          .resolve("models");

  @TempDir Path temporary;

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
  }

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  @TestFactory
  Stream<DynamicTest> answersAreThoseOfTheModelAsLoaded(@TempDir Path directory)
      throws IOException, ReflectiveOperationException {
    List<Path> versions = new ArrayList<>();
    for (Field constant : Models.class.getFields()) {
      for (String name : names(constant)) {
        versions.addAll(versions(Models.copyTo(directory, name)));
      }
    }
    if (Files.isDirectory(SHARED)) {
      for (Path model : versions(SHARED)) {
        versions.addAll(versions(model));
      }
    }
    return versions.stream()
        .filter(version -> Files.exists(version.resolve("saved_model.pb")))
        .map(version ->
            DynamicTest.dynamicTest(
                version.getParent().getFileName() + "/" + version.getFileName(),
                () -> sameBothWays(version)));
  }

  /** The models that a constant names. */
  private static List<String> names(Field constant) throws ReflectiveOperationException {
    Object value = constant.get(null);
    List<?> several = value instanceof List<?> list ? list : List.of(value);
    return several.stream().map(String.class::cast).toList();
  }

  private static List<Path> versions(Path model) throws IOException {
    if (!Files.isDirectory(model)) {
      return List.of();
    }
    try (Stream<Path> versions = Files.list(model)) {
      return versions.filter(Files::isDirectory).sorted().toList();
    }
  }

  /** Each frozen signature, on inputs of several sizes, against a session of its own. */
  private static void sameBothWays(Path version) {
    try (TensorFlowModel frozen = TensorFlowModel.load(version, SessionOptions.SERVE);
        TensorFlowModel loaded = TensorFlowModel.load(version, AS_LOADED)) {
      for (Signature signature : loaded.signatures().values()) {
        Signature same = frozen.signatures().get(signature.name());
        assertThat(loaded.graphNote(signature)).isEqualTo("as loaded: --freeze_models=false");
        if (frozen.graphNote(same).startsWith("frozen: ")) {
          compare(frozen, same, loaded, signature);
        } else {
          assertThat(frozen.graphNote(same)).startsWith("as loaded: ");
        }
      }
    }
  }

  private static void compare(
      TensorFlowModel frozen, Signature ofFrozen, TensorFlowModel loaded, Signature ofLoaded) {
    FlatGraph none = new FlatGraph(null, List.of(), List.of(), List.of(), java.util.Set.of());
    for (int rows : new int[] {1, 5}) {
      List<Tensor> inputs = SampleInputs.of(ofLoaded, none).getFirst().make(rows);
      List<Tensor> expected = List.of();
      List<Tensor> actual = List.of();
      try {
        expected = runOrNothing(loaded, ofLoaded, inputs);
        actual = runOrNothing(frozen, ofFrozen, inputs);
        assertThat(actual).hasSameSizeAs(expected);
        if (!expected.isEmpty()) {
          assertThat(Agreement.difference(ofLoaded.outputs(), expected, actual)).isNull();
        }
      } finally {
        inputs.forEach(Tensor::close);
        expected.forEach(Tensor::close);
        actual.forEach(Tensor::close);
      }
    }
  }

  /** Nothing where the model does not take the inputs. */
  private static List<Tensor> runOrNothing(
      TensorFlowModel model, Signature signature, List<Tensor> inputs) {
    try {
      return model.run(signature, inputs, RunOptions.UNLIMITED);
    } catch (dev.sluice.status.StatusException refused) {
      return List.of();
    }
  }

  private String note(String model, String signature) {
    try (TensorFlowModel loaded = TensorFlowForTests.open(temporary, model, 1)) {
      return loaded.graphNote(loaded.signatures().get(signature));
    }
  }

  @Test
  void variablesBecomeConstants() {
    assertThat(note(Models.KERAS, Signature.DEFAULT_NAME))
        .isEqualTo("frozen: 4 variables, 44 bytes");
  }

  @Test
  void variablesOfTensorFlowOneBecomeConstants() {
    assertThat(note(Models.HALF_PLUS_TWO, "regress_x_to_y2"))
        .isEqualTo("frozen: 2 variables, 8 bytes");
  }

  @Test
  void modelWithoutVariablesOrFunctionsStaysAsItIs() {
    assertThat(note(Models.MIXED, Signature.DEFAULT_NAME))
        .isEqualTo("as loaded: it has neither variables nor functions");
  }

  @Test
  void whatWritesIsNotFrozenAndNeitherWhatReadsIt() {
    try (Fixture counter = new Fixture(temporary, Models.COUNTER)) {
      TensorFlowModel model = counter.model();
      assertThat(model.graphNote(counter.signature("incr_counter_by")))
          .isEqualTo("as loaded: writes variable count (AssignAddVariableOp)");
      assertThat(model.graphNote(counter.signature("get_counter")))
          .startsWith("as loaded: reads variable count, which signature ");
      // No probe has counted.
      List<Tensor> count =
          model.run(counter.signature("get_counter"), List.of(), RunOptions.UNLIMITED);
      assertThat(count.getFirst().data().get(ValueLayout.JAVA_LONG, 0)).isZero();
      count.forEach(Tensor::close);
    }
  }

  @Test
  void opsWithAnEffectStayAsTheyAre() {
    assertThat(note(Models.GATE, "hold"))
        .startsWith("as loaded: op FIFOQueueV2 ")
        .endsWith(" has state or an effect");
  }

  @Test
  void randomNumbersStayRandom() {
    assertThat(note("noise", Signature.DEFAULT_NAME)).startsWith("as loaded: op RandomUniform ");
  }

  @Test
  void tableIsTheOneThatWasInitialised() {
    try (Fixture table = new Fixture(temporary, Models.TABLE)) {
      assertThat(table.model().graphNote(table.signature(Signature.DEFAULT_NAME)))
          .isEqualTo("frozen: functions inlined, no variables");
      Map<String, Fixture.Output> answer =
          table.run(Signature.DEFAULT_NAME, Map.of("word", Fixture.strings("two", "nowhere")));
      assertThat(answer.get("id").elements()).isEqualTo(new long[] {2, -1});
    }
  }

  @Test
  void mergedSignaturesRunFrozenTogether() {
    try (Fixture half = new Fixture(temporary, Models.HALF_PLUS_TWO)) {
      Signature first = half.signature(Signature.DEFAULT_NAME);
      Signature second = half.signature("regress_x2_to_y3");
      Signature both = half.model().merged(List.of(first, second));
      List<Tensor> inputs = new ArrayList<>();
      both.inputs()
          .forEach(spec -> {
            boolean matrix = spec.engineName().startsWith("x2");
            inputs.add(half.floats(matrix ? Shape.of(1, 1) : Shape.of(1), 2));
          });
      List<Tensor> outputs = half.model().run(both, inputs, RunOptions.UNLIMITED);
      List<Float> values = new ArrayList<>();
      outputs.forEach(output -> values.add(output.data().get(ValueLayout.JAVA_FLOAT, 0)));
      assertThat(values).containsExactlyInAnyOrder(3f, 4f);
      outputs.forEach(Tensor::close);
      inputs.forEach(Tensor::close);
    }
  }

  @Test
  void memoryOfConstantsComesBack() {
    Path version = Models.copyTo(temporary, Models.KERAS).resolve("1");
    double slope = RssSlope.of(30, 200, () -> loadRunUnload(version));
    System.out.printf("RssAnon slope of frozen models: %.1f KB a cycle%n", slope);
    assertThat(slope).isLessThanOrEqualTo(RssSlope.KILOBYTES_PER_CYCLE);
  }

  private static void loadRunUnload(Path version) {
    try (TensorFlowModel model = TensorFlowModel.load(version, SessionOptions.SERVE)) {
      Signature signature = model.signatures().get(Signature.DEFAULT_NAME);
      try (Tensor x = model.tensors().allocate(DataType.FLOAT, Shape.of(1, 3))) {
        model.run(signature, List.of(x), RunOptions.UNLIMITED).forEach(Tensor::close);
      }
    }
    TensorFlow.trimMemory();
  }

  @Test
  void wrongConstantIsFoundOut() {
    Path version = Models.copyTo(temporary, Models.KERAS).resolve("1");
    try (SavedModelSession session = SavedModelSession.load(version, SessionOptions.SERVE)) {
      Graph graph = session.definition();
      Frozen frozen = Freezer.freeze(session, graph);
      Signature signature = session.signatures().get(Signature.DEFAULT_NAME);
      Probe probe = new Probe(session, signature, FlatGraph.of(graph, signature));
      Map<String, Port> right = frozen.fetches(signature);
      assertThat(probe.difference(right)).isNull();
      Port bias = new Port("sluice_frozen/variables/price/bias_1", 0);
      Map<String, Port> wrong = Map.of(right.keySet().iterator().next(), bias);
      assertThat(probe.difference(wrong)).startsWith("output output_0 differs: ");
    }
  }
}
