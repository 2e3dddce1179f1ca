package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sluice.model.DataType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A {@code GraphDef} with the flattened graphs of several signatures, in which constants stand for
 * variables, to be imported into the graph that they were made of.
 *
 * <p>Only what changes is copied: the inlined bodies, and nodes of the graph itself that read a
 * variable, or read what is copied. All else, such as placeholders, tables and large constants, is
 * referred to where it is. Constants are shared by all signatures, the rest is not, as what one
 * signature feeds another may compute.
 *
 * <p>One thing is written in another way: a bias that is added to a product of matrices is a matrix
 * of one row, added by {@code AddV2}. TensorFlow would else make one op of both, with oneDNN, which
 * costs three times as much as the two where the matrices are small (see RATIONALE.md).
 */
final class FrozenGraph {

  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_VERSIONS = 4;
  private static final int NODE_NAME = 1;
  private static final int NODE_OP = 2;
  private static final int NODE_INPUT = 3;
  private static final int NODE_DEVICE = 4;
  private static final int NODE_ATTRIBUTE = 5;
  private static final int KEY = 1;
  private static final int VALUE = 2;
  private static final int VALUE_TYPE = 6;
  private static final int VALUE_TENSOR = 8;
  private static final int TENSOR_TYPE = 1;
  private static final int TENSOR_SHAPE = 2;
  private static final int SHAPE_DIMENSION = 2;
  private static final int DIMENSION_SIZE = 1;
  private static final int TENSOR_CONTENT = 4;

  /** What nodes are called that are not in this graph but in the one it will be a part of. */
  private static final String OUTSIDE = "outside/";

  private static final String CONSTANTS = "variables/";

  /** They name other nodes, or are of no use but to readers. */
  private static final Set<String> DROPPED = Set.of("_class", "_output_shapes");

  /** Ops that may add a bias, which is then their second input. */
  private static final Set<String> BIASES = Set.of("BiasAdd", "Add", "AddV2");

  private final Graph graph;
  private final Map<Port, TensorFlowTensor> variables;
  private final List<Pieces> nodes = new ArrayList<>();
  private final Set<String> constants = new HashSet<>();
  private final Set<Port> outsidePorts = new LinkedHashSet<>();
  private final Set<String> outsideControls = new LinkedHashSet<>();
  private int signatures;

  /**
   * @param variables the value of each variable, by the port that is its handle or its reference;
   *     alive until {@link #definition} has returned
   */
  FrozenGraph(Graph graph, Map<Port, TensorFlowTensor> variables) {
    this.graph = graph;
    this.variables = variables;
    nodes.add(Pieces.field(GRAPH_VERSIONS, Pieces.of(graph.versions())));
  }

  /** The tensors of the outer graph that this one reads; here called {@link #outside}. */
  Set<Port> outsidePorts() {
    return outsidePorts;
  }

  /** The nodes of the outer graph that some of this one wait for. */
  Set<String> outsideControls() {
    return outsideControls;
  }

  static String outside(String node) {
    return OUTSIDE + node;
  }

  /** All of it, serialised. */
  MemorySegment definition(Arena arena) {
    return Pieces.all(nodes).together(arena);
  }

  /**
   * What was made of a signature.
   *
   * @param fetches what stands here for the tensors that it fetches, without those that stay where
   *     they are
   * @param constants the variables that became constants
   */
  record Added(Map<Port, Port> fetches, Set<Port> constants) {}

  /**
   * Adds the graph of a signature.
   *
   * @return what was made of it
   */
  Added add(FlatGraph flat) {
    Copy copy = new Copy(flat, "s" + signatures++ + "/");
    flat.nodes().forEach(copy::consider);
    Map<Port, Port> fetches = new HashMap<>();
    for (Port fetch : flat.fetches()) {
      Port copied = copy.copied(fetch);
      if (copied != null) {
        fetches.put(fetch, copied);
      }
    }
    return new Added(fetches, Set.copyOf(copy.variableOf.values()));
  }

  /** The copy of one signature's graph. */
  private final class Copy {

    private final FlatGraph flat;
    private final String prefix;
    private final Set<String> copies = new HashSet<>();
    private final Map<Port, Port> replaced = new LinkedHashMap<>();
    private final Map<Port, Port> variableOf = new HashMap<>();

    Copy(FlatGraph flat, String prefix) {
      this.flat = flat;
      this.prefix = prefix;
    }

    /** Comes after all that the node reads. */
    void consider(Node node) {
      Port variable = Variables.read(flat, node);
      TensorFlowTensor value = variable == null ? null : variables.get(variable);
      if (variable != null && value != null) {
        Port read = new Port(node.name(), 0);
        replaced.put(read, constant(variable, value));
        variableOf.put(read, variable);
      } else if (isCopied(node)) {
        copies.add(node.name());
        nodes.add(copy(node));
      }
    }

    private boolean isCopied(Node node) {
      return !graph.nodes().containsKey(node.name())
          || node.inputs().stream().anyMatch(input -> copied(input) != null)
          || node.controls().stream().anyMatch(copies::contains);
    }

    /** What a tensor is called here; null if it is outside. */
    @Nullable Port copied(Port port) {
      if (flat.feeds().contains(port)) {
        return null;
      }
      Port constant = replaced.get(port);
      if (constant != null) {
        return constant;
      }
      return copies.contains(port.node()) ? new Port(prefix + port.node(), port.index()) : null;
    }

    private Pieces copy(Node node) {
      List<String> inputs = new ArrayList<>(node.inputs().stream().map(this::input).toList());
      TensorFlowTensor bias = bias(node);
      if (bias != null) {
        inputs.set(1, negated(inputs.get(1), bias));
      }
      List<Pieces> fields = new ArrayList<>();
      fields.add(Pieces.text(NODE_NAME, prefix + node.name()));
      fields.add(Pieces.text(NODE_OP, bias == null ? node.op() : "Sub"));
      inputs.forEach(input -> fields.add(Pieces.text(NODE_INPUT, input)));
      for (String control : node.controls()) {
        if (hasEffect(control)) {
          fields.add(Pieces.text(NODE_INPUT, "^" + control(control)));
        }
      }
      fields.add(Pieces.text(NODE_DEVICE, node.device()));
      node.attributes()
          .forEach((name, value) -> {
            if (!DROPPED.contains(name) && (bias == null || name.equals("T"))) {
              fields.add(attribute(name, Pieces.of(value.bytes())));
            }
          });
      return Pieces.field(GRAPH_NODE, Pieces.all(fields));
    }

    /** The vector that a node adds to each row of a product of matrices; null if it does not. */
    private @Nullable TensorFlowTensor bias(Node node) {
      Node product = BIASES.contains(node.op()) ? flat.node(node.inputs().getFirst().node()) : null;
      if (product == null
          || !product.op().equals("MatMul")
          || !copies.contains(product.name())
          || node.text("data_format").equals("NCHW")) {
        return null;
      }
      Port variable = variableOf.get(node.inputs().get(1));
      TensorFlowTensor value = variable == null ? null : variables.get(variable);
      return value != null && value.shape().rank() == 1 && value.dataType() == DataType.FLOAT
          ? value
          : null;
    }

    private String input(Port port) {
      Port here = copied(port);
      if (here != null) {
        return here.toString();
      }
      outsidePorts.add(port);
      return outside(port.node()) + ":" + port.index();
    }

    private String control(String node) {
      if (copies.contains(node)) {
        return prefix + node;
      }
      outsideControls.add(node);
      return outside(node);
    }

    /** Nobody need wait for a constant, nor for a variable that has become one. */
    private boolean hasEffect(String control) {
      Node node = flat.node(control);
      return node != null
          && !node.op().equals("Const")
          && !replaced.containsKey(new Port(control, 0));
    }
  }

  /** What holds a variable's value from now on. */
  private Port constant(Port variable, TensorFlowTensor value) {
    String name = CONSTANTS + variable.node();
    addConstant(name, value, value.data());
    return new Port(name, 0);
  }

  /** The same vector with its signs turned. */
  private String negated(String constant, TensorFlowTensor vector) {
    String name = constant.substring(0, constant.lastIndexOf(':')) + "/negated";
    float[] values = vector.data().toArray(JAVA_FLOAT);
    for (int i = 0; i < values.length; i++) {
      values[i] = -values[i];
    }
    addConstant(name, vector, MemorySegment.ofArray(values));
    return name + ":0";
  }

  private void addConstant(String name, TensorFlowTensor value, MemorySegment content) {
    if (constants.add(name)) {
      Pieces node =
          Pieces.all(
              List.of(
                  Pieces.text(NODE_NAME, name),
                  Pieces.text(NODE_OP, "Const"),
                  attribute("dtype", Pieces.number(VALUE_TYPE, value.dataType().number())),
                  attribute("value", Pieces.field(VALUE_TENSOR, tensor(value, content)))));
      nodes.add(Pieces.field(GRAPH_NODE, node));
    }
  }

  private static Pieces tensor(TensorFlowTensor value, MemorySegment content) {
    List<Pieces> dimensions = new ArrayList<>();
    for (long size : value.shape().dimensions()) {
      dimensions.add(Pieces.field(SHAPE_DIMENSION, Pieces.number(DIMENSION_SIZE, size)));
    }
    return Pieces.all(
        List.of(
            Pieces.number(TENSOR_TYPE, value.dataType().number()),
            Pieces.field(TENSOR_SHAPE, Pieces.all(dimensions)),
            Pieces.field(TENSOR_CONTENT, Pieces.of(content))));
  }

  private static Pieces attribute(String name, Pieces value) {
    return Pieces.field(
        NODE_ATTRIBUTE, Pieces.all(List.of(Pieces.text(KEY, name), Pieces.field(VALUE, value))));
  }
}
