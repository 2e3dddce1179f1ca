package dev.sluice.tensorflow;

import dev.sluice.proto.tensorflow.DataType;
import java.util.List;
import java.util.Map;

/**
 * A function of a graph's library, its own attributes filled in. Valid while its model is being
 * loaded, by one thread.
 *
 * @param name in the library
 * @param arguments the names of its arguments in order. Each is a node of {@link #ARGUMENT}
 * @param nodes of its body by name
 * @param results what it gives, in order
 * @param resultTypes the types of these
 * @param controlResults the names of the nodes that have to run even where nobody reads them,
 *     because they have an effect
 * @param attributes its own, not those of the call; such as {@code _noinline}
 */
record Function(
    String name,
    List<String> arguments,
    Map<String, Node> nodes,
    List<Port> results,
    List<DataType> resultTypes,
    List<String> controlResults,
    Map<String, Attribute> attributes) {

  /** The op that stands for an argument; attribute {@code T} is its type. */
  static final String ARGUMENT = "_Arg";

  /** Whether the function asks to be compiled as one rather than to be run node by node. */
  boolean isCompiled() {
    Attribute compiled = attributes.get("_XlaMustCompile");
    return compiled != null && compiled.value().getB();
  }
}
