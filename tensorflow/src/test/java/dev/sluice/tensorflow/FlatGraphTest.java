package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.Signature;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.LargeModel;
import dev.sluice.testkit.Models;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The graphs of SavedModels, flattened. */
class FlatGraphTest {

  @TempDir Path temporary;

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
  }

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  private void withGraph(String model, BiConsumer<SavedModelSession, Graph> look) {
    Path version = Models.copyTo(temporary, model).resolve("1");
    try (SavedModelSession session = SavedModelSession.load(version, SessionOptions.SERVE)) {
      look.accept(session, session.definition());
    }
  }

  private void withSignature(
      String model, String name, java.util.function.Consumer<FlatGraph> look) {
    withGraph(
        model,
        (session, graph) -> {
          Signature signature = session.signatures().get(name);
          FlatGraph flat = FlatGraph.of(graph, signature);
          assertWhole(flat);
          look.accept(flat);
        });
  }

  /** Every input is a node that stands before, or is fed. */
  private static void assertWhole(FlatGraph flat) {
    Set<String> seen = new HashSet<>();
    for (Node node : flat.nodes()) {
      for (Port input : node.inputs()) {
        assertThat(flat.feeds().contains(input) || seen.contains(input.node()))
            .as("%s reads %s", node.name(), input)
            .isTrue();
      }
      assertThat(seen).as(node.name()).containsAll(node.controls());
      assertThat(seen.add(node.name())).as(node.name()).isTrue();
    }
  }

  private static List<String> ops(FlatGraph flat) {
    return flat.nodes().stream().map(Node::op).toList();
  }

  @Test
  void callsOfKerasAreInlinedDownToTheirVariables() {
    withSignature(
        Models.KERAS,
        Signature.DEFAULT_NAME,
        flat -> {
          assertThat(ops(flat)).contains("MatMul", "Relu", "VarHandleOp", "ReadVariableOp");
          assertThat(ops(flat)).doesNotContain("StatefulPartitionedCall", "PartitionedCall");
          assertThat(ops(flat).stream().filter("MatMul"::equals)).hasSize(2);
          Node product =
              flat.nodes().stream().filter(n -> n.op().equals("MatMul")).findFirst().orElseThrow();
          assertThat(product.type("T")).isEqualTo(DataType.DT_FLOAT);
          assertThat(product.inputs().getFirst()).isEqualTo(flat.feeds().getFirst());
          assertThat(product.flag("transpose_a")).isFalse();
          assertThat(flat.fetches()).hasSize(1);
        });
  }

  @Test
  void tableStaysANodeOfTheGraph() {
    withSignature(
        Models.TABLE,
        Signature.DEFAULT_NAME,
        flat -> {
          assertThat(ops(flat)).contains("HashTableV2", "LookupTableFindV2");
          Node find =
              flat.nodes().stream()
                  .filter(n -> n.op().startsWith("LookupTableFind"))
                  .findFirst()
                  .orElseThrow();
          assertThat(flat.node(find.inputs().getFirst().node()).op()).isEqualTo("HashTableV2");
          assertThat(find.isStateful()).isTrue();
        });
  }

  @Test
  void graphOfTensorFlowOneIsCutAtWhatIsFed() {
    withGraph(
        Models.HALF_PLUS_TWO,
        (session, graph) -> {
          FlatGraph flat = FlatGraph.of(graph, session.signatures().get("regress_x2_to_y3"));
          assertWhole(flat);
          assertThat(flat.feeds()).containsExactly(new Port("x2", 0));
          assertThat(flat.node("x2")).isNull();
          assertThat(ops(flat)).doesNotContain("ParseExampleV2").contains("AddV2");
          FlatGraph parsing = FlatGraph.of(graph, session.signatures().get("regress_x_to_y"));
          assertThat(ops(parsing)).contains("ParseExampleV2");
        });
  }

  @Test
  void effectsOfACallAreWaitedFor() {
    withSignature(
        Models.SLOW,
        Signature.DEFAULT_NAME,
        flat -> {
          Node result = flat.node(flat.fetches().getFirst().node());
          assertThat(result.op()).isEqualTo("Identity");
          assertThat(reachable(flat, result)).contains("DatasetToSingleElement");
        });
  }

  /** The ops that run before a node, itself among them. */
  private static Set<String> reachable(FlatGraph flat, Node node) {
    Set<String> names = new HashSet<>(Set.of(node.name()));
    Set<String> ops = new HashSet<>();
    for (Node before : flat.nodes().reversed()) {
      if (names.contains(before.name())) {
        ops.add(before.op());
        before.inputs().forEach(input -> names.add(input.node()));
        names.addAll(before.controls());
      }
    }
    return ops;
  }

  @Test
  void whatWritesIsSeen() {
    withSignature(
        Models.COUNTER,
        "incr_counter_by",
        flat -> assertThat(ops(flat)).contains("AssignAddVariableOp", "VarHandleOp"));
  }

  @Test
  void largeConstantHasTypeAndShapeOnly() {
    LargeModel.write(temporary, 1 << 20);
    try (SavedModelSession session = SavedModelSession.load(temporary, SessionOptions.SERVE)) {
      Node large = session.definition().nodes().get("large");
      assertThat(large.constant()).isNull();
      assertThat(large.attribute("value").getTensor().getDtype()).isEqualTo(DataType.DT_FLOAT);
      assertThat(large.attribute("value").getTensor().getTensorShape().getDim(0).getSize())
          .isEqualTo(1 << 18);
    }
  }

  @Test
  void missingTensorIsNamed() {
    withGraph(
        Models.MIXED,
        (session, graph) ->
            assertThatThrownBy(
                    () -> FlatGraph.of(graph, List.of(), List.of(new Port("nothing", 0))))
                .isInstanceOf(StatusException.class)
                .hasMessage("Tensor nothing:0 was not found in the graph"));
  }
}
