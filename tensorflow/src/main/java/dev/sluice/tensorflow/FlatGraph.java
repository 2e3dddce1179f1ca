package dev.sluice.tensorflow;

import dev.sluice.model.Signature;
import dev.sluice.model.TensorSpec;
import dev.sluice.proto.tensorflow.NameAttrList;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What computes the outputs of a signature from its inputs, as one graph without calls: the nodes
 * that are reachable from the outputs backwards, up to what is fed, with the bodies of called
 * functions in the place of the calls.
 *
 * <p>Inlined are {@code PartitionedCall}, {@code StatefulPartitionedCall} and ops that are
 * functions of the library, at any depth. An inlined node has the name {@code call/node}; nodes
 * outside of functions keep theirs, and no two have the same. What a called function does for its
 * effect stays: its results are given by {@code Identity} nodes that wait for it.
 *
 * <p>Functional control flow ({@code If}, {@code While}, {@code Case} and so on) is not inlined. It
 * is a node that names its functions ({@link Node#functions}), and {@link #body} flattens each.
 * {@code Switch}, {@code Merge} and {@code NextIteration} are nodes like any other.
 *
 * <p>Valid while the model is being loaded, by one thread.
 */
final class FlatGraph {

  private final Graph graph;
  private final List<Port> feeds;
  private final List<Port> fetches;
  private final Set<String> compiled;
  private final Map<String, Node> nodes = new LinkedHashMap<>();

  /**
   * @param nodes in the order of {@link #nodes()}
   * @param compiled the functions that were inlined although they ask to be compiled
   */
  FlatGraph(
      Graph graph, List<Port> feeds, List<Port> fetches, List<Node> nodes, Set<String> compiled) {
    this.graph = graph;
    this.feeds = List.copyOf(feeds);
    this.fetches = List.copyOf(fetches);
    this.compiled = Set.copyOf(compiled);
    nodes.forEach(node -> this.nodes.put(node.name(), node));
  }

  /**
   * The graph of a signature: feeds are its inputs and fetches its outputs, in its order.
   *
   * @throws StatusException INVALID_ARGUMENT if the signature names a tensor that the graph has
   *     not, UNIMPLEMENTED if functions call each other without an end or have arguments of a
   *     variable number, INTERNAL if the graph contradicts itself
   */
  static FlatGraph of(Graph graph, Signature signature) {
    return of(graph, ports(signature.inputs()), ports(signature.outputs()));
  }

  private static List<Port> ports(List<TensorSpec> specs) {
    return specs.stream().map(spec -> Port.parse(spec.engineName())).toList();
  }

  /** As {@link #of(Graph, Signature)}, for any tensors of the graph. */
  static FlatGraph of(Graph graph, List<Port> feeds, List<Port> fetches) {
    return Flattening.ofGraph(graph, feeds).run(fetches, List.of());
  }

  /**
   * The graph of a function that some node names: feeds are its arguments, and have names as nodes
   * do; fetches are its results. Nodes are named as in the function.
   *
   * @throws StatusException as {@link #of(Graph, Signature)}, NOT_FOUND if there is no such
   *     function
   */
  FlatGraph body(NameAttrList function) {
    Function body = graph.function(function.getName(), function.getAttrMap());
    return Flattening.ofFunction(graph, body).run(body.results(), body.controlResults());
  }

  /**
   * Every node once, what it reads before it; only loops of {@code NextIteration} read what comes
   * behind. Nodes of which all outputs in use are fed are not among them.
   */
  List<Node> nodes() {
    return new ArrayList<>(nodes.values());
  }

  /** A node by its name; null if there is none, as for one that is fed. */
  @Nullable Node node(String name) {
    return nodes.get(name);
  }

  /** What is given from outside, in the order of the signature's inputs, read or not. */
  List<Port> feeds() {
    return feeds;
  }

  /** What is asked for, in the order of the signature's outputs. A feed can be among them. */
  List<Port> fetches() {
    return fetches;
  }

  /** The functions that were inlined although they ask to be compiled as one (XLA). */
  Set<String> compiled() {
    return compiled;
  }

  /** The graph that this was made of. */
  Graph graph() {
    return graph;
  }
}
