package dev.sluice.tensorflow;

import dev.sluice.proto.tensorflow.DataType;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the variables of a graph and how to read them. */
final class Variables {

  private static final Set<String> REFERENCES = Set.of("Variable", "VariableV2");
  private static final String HANDLE = "VarHandleOp";
  private static final String READ = "ReadVariableOp";

  private Variables() {}

  /**
   * The variable of which a node gives the value.
   *
   * @return the port that is the variable's handle, in TensorFlow 1 its reference; null for any
   *     other node
   */
  static @Nullable Port read(FlatGraph flat, Node node) {
    if (REFERENCES.contains(node.op())) {
      return new Port(node.name(), 0);
    }
    if (!node.op().equals(READ)) {
      return null;
    }
    Node variable = FreezeCheck.source(flat, node.inputs().getFirst());
    return variable != null && variable.op().equals(HANDLE) ? new Port(variable.name(), 0) : null;
  }

  /**
   * The tensors of a graph that are the values of its variables: each variable's handle or
   * reference, and what to fetch for it. Not among them are variables that no node outside of a
   * function reads, and those whose values are no plain numbers.
   */
  static Map<Port, Port> values(Graph graph) {
    Map<Port, Port> values = new HashMap<>();
    for (Node node : graph.nodes().values()) {
      if (REFERENCES.contains(node.op()) && isNumeric(node.type("dtype"))) {
        values.put(new Port(node.name(), 0), new Port(node.name(), 0));
      } else if (node.op().equals(READ)
          && isNumeric(node.type("dtype"))
          && node.controls().isEmpty()) {
        Node variable = graph.nodes().get(node.inputs().getFirst().node());
        if (variable != null && variable.op().equals(HANDLE)) {
          values.putIfAbsent(new Port(variable.name(), 0), new Port(node.name(), 0));
        }
      }
    }
    return values;
  }

  private static boolean isNumeric(DataType type) {
    dev.sluice.model.DataType known = dev.sluice.model.DataType.ofNumber(type.getNumber());
    return known != null && known.hasFixedSize();
  }
}
