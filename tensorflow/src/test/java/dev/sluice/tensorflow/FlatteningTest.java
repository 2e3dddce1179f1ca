package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proto.tensorflow.AttrValue;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.FunctionDef;
import dev.sluice.proto.tensorflow.GraphDef;
import dev.sluice.proto.tensorflow.MetaGraphDef;
import dev.sluice.proto.tensorflow.NameAttrList;
import dev.sluice.proto.tensorflow.NodeDef;
import dev.sluice.proto.tensorflow.OpDef;
import dev.sluice.status.StatusException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Inlining, on graphs put together by hand. */
class FlatteningTest {

  private static final AttrValue FLOAT = type(DataType.DT_FLOAT);
  private static final Port X = new Port("x", 0);

  private final GraphDef.Builder graph = GraphDef.newBuilder();

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
  }

  private static AttrValue type(DataType type) {
    return AttrValue.newBuilder().setType(type).build();
  }

  private static NodeDef node(String name, String op, List<String> inputs) {
    return NodeDef.newBuilder().setName(name).setOp(op).addAllInput(inputs).build();
  }

  private static NodeDef typed(String name, String op, String... inputs) {
    return node(name, op, List.of(inputs)).toBuilder().putAttr("T", FLOAT).build();
  }

  private static NodeDef call(String name, String function, String... inputs) {
    NameAttrList callee = NameAttrList.newBuilder().setName(function).build();
    AttrValue.ListValue types = AttrValue.ListValue.newBuilder().addType(DataType.DT_FLOAT).build();
    return node(name, "StatefulPartitionedCall", List.of(inputs)).toBuilder()
        .putAttr("f", AttrValue.newBuilder().setFunc(callee).build())
        .putAttr("Tout", AttrValue.newBuilder().setList(types).build())
        .build();
  }

  /** A function of one float {@code a} with one float {@code b}. */
  private static FunctionDef.Builder function(String name, String result, NodeDef... body) {
    OpDef.ArgDef a = OpDef.ArgDef.newBuilder().setName("a").setType(DataType.DT_FLOAT).build();
    OpDef signature =
        OpDef.newBuilder()
            .setName(name)
            .addInputArg(a)
            .addOutputArg(a.toBuilder().setName("b"))
            .build();
    return FunctionDef.newBuilder()
        .setSignature(signature)
        .addAllNodeDef(List.of(body))
        .putRet("b", result);
  }

  private FlatGraph flatten(String fetch) {
    graph.addNode(node("x", "Placeholder", List.of()).toBuilder().putAttr("dtype", FLOAT).build());
    byte[] metaGraph = MetaGraphDef.newBuilder().setGraphDef(graph).build().toByteArray();
    return FlatGraph.of(
        Graph.ofMetaGraph(MemorySegment.ofArray(metaGraph)),
        List.of(X),
        List.of(Port.parse(fetch)));
  }

  @Test
  void outputsOfSeveralTensorsAreCountedThrough() {
    // Unique gives y and idx, TopKV2 values and indices: body references name them.
    graph
        .getLibraryBuilder()
        .addFunction(
            function(
                "f",
                "cast:y:0",
                typed("unique", "Unique", "a"),
                typed("cast", "Cast", "unique:idx:0")));
    graph.addNode(call("call", "f", "x"));
    FlatGraph flat = flatten("call:0");
    assertThat(flat.node("call/cast").inputs()).containsExactly(new Port("call/unique", 1));
    assertThat(flat.node("call/unique").inputs()).containsExactly(X);
    assertThat(flat.fetches()).containsExactly(new Port("call/cast", 0));
  }

  @Test
  void eachCallOfAFunctionHasNodesOfItsOwn() {
    graph.getLibraryBuilder().addFunction(function("f", "neg:y:0", typed("neg", "Neg", "a")));
    graph.addNode(call("one", "f", "x")).addNode(call("two", "f", "one"));
    FlatGraph flat = flatten("two:0");
    assertThat(flat.nodes()).extracting(Node::name).containsExactly("one/neg", "two/neg");
    assertThat(flat.node("two/neg").inputs()).containsExactly(new Port("one/neg", 0));
  }

  @Test
  void opThatIsAFunctionIsACallToo() {
    graph.getLibraryBuilder().addFunction(function("f", "neg:y:0", typed("neg", "Neg", "a")));
    graph.addNode(node("call", "f", List.of("x")));
    assertThat(flatten("call:0").nodes()).extracting(Node::name).containsExactly("call/neg");
  }

  @Test
  void openTypesAreThoseOfTheCall() {
    OpDef.ArgDef open = OpDef.ArgDef.newBuilder().setName("a").setTypeAttr("U").build();
    OpDef signature =
        OpDef.newBuilder()
            .setName("g")
            .addInputArg(open)
            .addOutputArg(open.toBuilder().setName("b"))
            .addAttr(OpDef.AttrDef.newBuilder().setName("U").setType("type"))
            .build();
    NodeDef body =
        node("neg", "Neg", List.of("a")).toBuilder()
            .putAttr("T", AttrValue.newBuilder().setPlaceholder("U").build())
            .build();
    graph
        .getLibraryBuilder()
        .addFunction(
            FunctionDef.newBuilder()
                .setSignature(signature)
                .addNodeDef(body)
                .putRet("b", "neg:y:0"));
    graph.addNode(node("call", "g", List.of("x")).toBuilder().putAttr("U", FLOAT).build());
    assertThat(flatten("call:0").node("call/neg").type("T")).isEqualTo(DataType.DT_FLOAT);
  }

  @Test
  void functionThatGivesItsArgumentBackLeavesNothing() {
    graph.getLibraryBuilder().addFunction(function("f", "a"));
    graph.addNode(call("call", "f", "x"));
    FlatGraph flat = flatten("call:0");
    assertThat(flat.nodes()).isEmpty();
    assertThat(flat.fetches()).containsExactly(X);
  }

  @Test
  void resultsWaitForWhatIsDoneForItsEffect() {
    graph
        .getLibraryBuilder()
        .addFunction(
            function("f", "neg:y:0", typed("neg", "Neg", "a"), typed("print", "PrintV2", "a"))
                .putControlRet("print", "print"));
    graph.addNode(call("call", "f", "x"));
    FlatGraph flat = flatten("call:0");
    Node result = flat.node(flat.fetches().getFirst().node());
    assertThat(result.op()).isEqualTo("Identity");
    assertThat(result.type("T")).isEqualTo(DataType.DT_FLOAT);
    Node end = flat.node(result.controls().getFirst());
    assertThat(end.controls()).contains("call/print");
  }

  @Test
  void controlOnACallIsOneOnAllItDoes() {
    graph.getLibraryBuilder().addFunction(function("f", "neg:y:0", typed("neg", "Neg", "a")));
    graph.addNode(call("call", "f", "x")).addNode(typed("y", "Identity", "x", "^call", "^x"));
    FlatGraph flat = flatten("y:0");
    assertThat(flat.node("y").controls()).containsExactly("call/end");
    assertThat(flat.node("call/end").controls()).containsExactly("call/neg");
  }

  @Test
  void inlinedNodesNeverTakeTheNameOfAnother() {
    graph.getLibraryBuilder().addFunction(function("f", "neg:y:0", typed("neg", "Neg", "a")));
    graph.addNode(typed("call/neg", "Exp", "x")).addNode(call("call", "f", "call/neg"));
    FlatGraph flat = flatten("call:0");
    assertThat(flat.node("call/neg").op()).isEqualTo("Exp");
    assertThat(flat.node("call/neg_1").op()).isEqualTo("Neg");
  }

  @Test
  void functionThatCallsItselfIsRefused() {
    graph.getLibraryBuilder().addFunction(function("f", "again:output:0", call("again", "f", "a")));
    graph.addNode(call("call", "f", "x"));
    assertThatThrownBy(() -> flatten("call:0"))
        .isInstanceOf(StatusException.class)
        .hasMessage("functions call each other more than 100 deep, such as f");
  }

  @Test
  void functionsThatDoubleAtEachDepthAreRefused() {
    for (int i = 0; i < 40; i++) {
      String next = i == 39 ? "Neg" : "f" + (i + 1);
      String out = i == 39 ? "y" : "b";
      graph
          .getLibraryBuilder()
          .addFunction(
              function(
                  "f" + i,
                  "two:" + out + ":0",
                  typed("one", next, "a"),
                  typed("two", next, "one:" + out + ":0")));
    }
    graph.addNode(call("call", "f0", "x"));
    assertThatThrownBy(() -> flatten("call:0"))
        .isInstanceOf(StatusException.class)
        .hasMessageContaining("more than 200000 nodes");
  }

  @Test
  void longChainNeedsNoDeepStack() {
    graph.addNode(typed("n0", "Neg", "x"));
    for (int i = 1; i < 50_000; i++) {
      graph.addNode(typed("n" + i, "Neg", "n" + (i - 1)));
    }
    assertThat(flatten("n49999:0").nodes()).hasSize(50_000);
  }

  @Test
  void loopOfTensorFlowOneIsSeenOnceAround() {
    graph.addNode(typed("enter", "Enter", "x"));
    graph.addNode(typed("merge", "Merge", "enter", "next"));
    graph.addNode(typed("neg", "Neg", "merge"));
    graph.addNode(typed("next", "NextIteration", "neg"));
    graph.addNode(typed("exit", "Exit", "merge"));
    assertThat(flatten("exit:0").nodes())
        .extracting(Node::name)
        .containsExactlyInAnyOrder("enter", "merge", "neg", "next", "exit");
  }

  @Test
  void bodiesOfLoopsAreGraphsOfTheirOwn() {
    NameAttrList body = NameAttrList.newBuilder().setName("f").build();
    graph
        .getLibraryBuilder()
        .addFunction(function("f", "inner:output:0", call("inner", "h", "a")))
        .addFunction(function("h", "neg:y:0", typed("neg", "Neg", "a")));
    AttrValue.ListValue types = AttrValue.ListValue.newBuilder().addType(DataType.DT_FLOAT).build();
    graph.addNode(
        node("loop", "StatelessWhile", List.of("x")).toBuilder()
            .putAttr("T", AttrValue.newBuilder().setList(types).build())
            .putAttr("cond", AttrValue.newBuilder().setFunc(body).build())
            .putAttr("body", AttrValue.newBuilder().setFunc(body).build())
            .build());
    FlatGraph flat = flatten("loop:0");
    assertThat(flat.nodes()).extracting(Node::op).containsExactly("StatelessWhile");
    List<NameAttrList> named = flat.nodes().getFirst().functions();
    assertThat(named).containsExactly(body, body);
    FlatGraph inside = flat.body(named.getFirst());
    assertThat(inside.feeds()).containsExactly(new Port("a", 0));
    assertThat(inside.nodes()).extracting(Node::name).containsExactly("inner/neg");
    assertThat(inside.fetches()).containsExactly(new Port("inner/neg", 0));
  }

  @Test
  void defaultsOfTheOpStandInForMissingAttributes() {
    graph.addNode(typed("product", "MatMul", "x", "x"));
    Node product = flatten("product").node("product");
    assertThat(product.attributes()).containsOnlyKeys("T");
    assertThat(product.attribute("transpose_b")).isNotNull();
    assertThat(product.flag("transpose_b")).isFalse();
    assertThat(product.attribute("nothing")).isNull();
  }

  @Test
  void compiledFunctionsAreNamed() {
    graph
        .getLibraryBuilder()
        .addFunction(
            function("f", "neg:y:0", typed("neg", "Neg", "a"))
                .putAllAttr(Map.of("_XlaMustCompile", AttrValue.newBuilder().setB(true).build())));
    graph.addNode(call("call", "f", "x"));
    assertThat(flatten("call").compiled()).containsExactly("f");
  }
}
