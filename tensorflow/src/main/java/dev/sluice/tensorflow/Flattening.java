package dev.sluice.tensorflow;

import dev.sluice.proto.tensorflow.AttrValue;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.NameAttrList;
import dev.sluice.status.StatusException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link FlatGraph}, from its ends backwards: only what is asked for is looked at. A body
 * is spliced in when somebody asks for the first of its nodes, once for each call.
 */
final class Flattening {

  private static final Set<String> CALLS = Set.of("PartitionedCall", "StatefulPartitionedCall");

  /** Deeper than people nest functions; functions that call themselves get there. */
  private static final int DEEPEST = 100;

  /** More nodes than any graph has; functions that call others twice, at each depth, get there. */
  private static final int MOST_NODES = 200_000;

  private final Graph graph;
  private final Set<Port> feeds;
  private final List<Port> feedList;
  private final Scope root;
  private final Map<String, Node> flat = new HashMap<>();
  private final Set<String> taken;
  private final Set<String> compiled = new HashSet<>();
  private final Deque<Runnable> pending = new ArrayDeque<>();

  private Flattening(Graph graph, List<Port> feeds, Map<String, Node> nodes) {
    this.graph = graph;
    this.feedList = feeds;
    this.feeds = Set.copyOf(feeds);
    this.root = new Scope(nodes);
    this.taken = new HashSet<>(nodes.keySet());
  }

  static Flattening ofGraph(Graph graph, List<Port> feeds) {
    return new Flattening(graph, feeds, graph.nodes());
  }

  static Flattening ofFunction(Graph graph, Function function) {
    List<Port> arguments = function.arguments().stream().map(name -> new Port(name, 0)).toList();
    return new Flattening(graph, arguments, function.nodes());
  }

  /**
   * @param effects the nodes that have to be there although no fetch reads them
   */
  FlatGraph run(List<Port> fetches, List<String> effects) {
    List<Port> ends = new ArrayList<>();
    fetches.forEach(fetch -> ends.add(root.flat(fetch)));
    List<String> starts = new ArrayList<>();
    ends.forEach(end -> starts.add(end.node()));
    effects.forEach(effect -> starts.addAll(root.flatControl(effect)));
    while (!pending.isEmpty()) {
      pending.remove().run();
    }
    return new FlatGraph(graph, feedList, ends, ordered(starts), compiled);
  }

  /** Depth first without recursion: chains of nodes can be longer than the stack. */
  private List<Node> ordered(List<String> starts) {
    List<Node> order = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    Deque<Object> stack = new ArrayDeque<>();
    for (String start : starts) {
      stack.push(start);
      while (!stack.isEmpty()) {
        switch (stack.pop()) {
          case Node done -> order.add(done);
          case Object name -> visit((String) name, seen, stack);
        }
      }
    }
    return order;
  }

  private void visit(String name, Set<String> seen, Deque<Object> stack) {
    Node node = flat.get(name);
    if (node != null && seen.add(name)) {
      stack.push(node);
      node.controls().reversed().forEach(stack::push);
      node.inputs().reversed().forEach(input -> stack.push(input.node()));
    }
  }

  /** A name that no node has: the wish itself, or with a number behind it. */
  private String unused(String wish) {
    if (taken.size() - root.nodes.size() > MOST_NODES) {
      throw StatusException.unimplemented(
          "with its functions inlined the graph has more than %d nodes, such as %s",
          MOST_NODES, wish);
    }
    String name = wish;
    for (int i = 1; !taken.add(name); i++) {
      name = wish + "_" + i;
    }
    return name;
  }

  /** Nodes that refer to each other by name; itself those that are in no called function. */
  private class Scope {

    private final Map<String, Node> nodes;
    private final Map<String, String> names = new HashMap<>();
    private final Map<String, Splice> calls = new HashMap<>();

    Scope(Map<String, Node> nodes) {
      this.nodes = nodes;
    }

    int depth() {
      return 0;
    }

    String flatNameOf(String name) {
      return name;
    }

    /** What stands for a tensor that comes from outside of this scope; null if it doesn't. */
    @Nullable Port given(Port port) {
      return feeds.contains(port) ? port : null;
    }

    /** The same for a control input, from what may be several nodes; null if from this scope. */
    @Nullable List<String> givenControl(String name) {
      return feedList.stream().anyMatch(feed -> feed.node().equals(name)) ? List.of() : null;
    }

    /** What a tensor of this scope is in the flat graph; its node gets there in time. */
    final Port flat(Port port) {
      Port given = given(port);
      if (given != null) {
        return given;
      }
      Node node = node(port);
      NameAttrList called = called(node);
      return called == null
          ? new Port(flatName(node), port.index())
          : call(node, called).result(port.index());
    }

    /** The nodes of the flat graph that have to run before what waits for a node of this scope. */
    final List<String> flatControl(String name) {
      List<String> given = givenControl(name);
      if (given != null) {
        return given;
      }
      Node node = nodes.get(name);
      if (node == null) {
        throw StatusException.internal("the graph has no node %s to wait for", name);
      }
      NameAttrList called = called(node);
      return List.of(called == null ? flatName(node) : call(node, called).end());
    }

    final List<String> flatControls(List<String> controls) {
      return controls.stream().flatMap(name -> flatControl(name).stream()).distinct().toList();
    }

    private Node node(Port port) {
      Node node = nodes.get(port.node());
      if (node == null || port.index() < 0 || port.index() >= node.outputs()) {
        throw StatusException.invalidArgument("Tensor %s was not found in the graph", port);
      }
      return node;
    }

    private String flatName(Node node) {
      String known = names.get(node.name());
      if (known != null) {
        return known;
      }
      String name = flatNameOf(node.name());
      names.put(node.name(), name);
      pending.add(() -> {
        List<Port> inputs = node.inputs().stream().map(this::flat).toList();
        flat.put(name, node.in(name, inputs, flatControls(node.controls())));
      });
      return name;
    }

    private Splice call(Node call, NameAttrList called) {
      Splice known = calls.get(call.name());
      if (known == null) {
        known = new Splice(this, call, graph.function(called.getName(), called.getAttrMap()));
        calls.put(call.name(), known);
      }
      return known;
    }

    /** The function that a node calls and that is to be inlined; null if there is none. */
    private @Nullable NameAttrList called(Node node) {
      if (CALLS.contains(node.op())) {
        AttrValue function = node.attribute("f");
        return function == null ? null : function.getFunc();
      }
      if (!graph.isFunction(node.op())) {
        return null;
      }
      NameAttrList.Builder called = NameAttrList.newBuilder().setName(node.op());
      node.attributes().forEach((name, value) -> called.putAttr(name, value.value()));
      return called.build();
    }
  }

  /** The body of a function in the place of one call. */
  private final class Splice extends Scope {

    private final Scope caller;
    private final Node call;
    private final Function function;
    private final String prefix;
    private final Map<Integer, Port> results = new HashMap<>();
    private @Nullable String end;

    Splice(Scope caller, Node call, Function function) {
      super(function.nodes());
      this.caller = caller;
      this.call = call;
      this.function = function;
      this.prefix = caller.flatNameOf(call.name()) + "/";
      if (depth() > DEEPEST) {
        throw StatusException.unimplemented(
            "functions call each other more than %d deep, such as %s", DEEPEST, function.name());
      }
      if (function.isCompiled() || call.flag("_XlaMustCompile")) {
        compiled.add(function.name());
      }
    }

    @Override
    int depth() {
      return caller.depth() + 1;
    }

    @Override
    String flatNameOf(String name) {
      return unused(prefix + name);
    }

    @Override
    @Nullable Port given(Port port) {
      int argument = function.arguments().indexOf(port.node());
      return argument < 0 ? null : caller.flat(call.inputs().get(argument));
    }

    @Override
    @Nullable List<String> givenControl(String name) {
      Port argument = given(new Port(name, 0));
      return argument == null
          ? null
          : feeds.contains(argument) ? List.of() : List.of(argument.node());
    }

    /** One of the call's results, which waits for what the function does for its effect. */
    Port result(int index) {
      Port result = flat(function.results().get(index));
      if (function.controlResults().isEmpty() && call.controls().isEmpty()) {
        return result;
      }
      return results.computeIfAbsent(index, _ -> waiting(result, index));
    }

    private Port waiting(Port result, int index) {
      String name = flatNameOf("result_" + index);
      DataType type = function.resultTypes().get(index);
      Map<String, Attribute> attributes =
          Map.of("T", Attribute.of(AttrValue.newBuilder().setType(type).build()));
      flat.put(
          name,
          new Node(name, OpDefs.of("Identity"), List.of(result), List.of(end()), attributes, ""));
      return new Port(name, 0);
    }

    /** A node that runs when the call has ended, its effects included. */
    String end() {
      String known = end;
      if (known != null) {
        return known;
      }
      String name = flatNameOf("end");
      end = name;
      pending.add(() -> {
        Set<String> controls = new LinkedHashSet<>(flatControls(function.controlResults()));
        controls.addAll(caller.flatControls(call.controls()));
        for (Port result : function.results()) {
          Port from = flat(result);
          if (!feeds.contains(from)) {
            controls.add(from.node());
          }
        }
        flat.put(
            name,
            new Node(name, OpDefs.of("NoOp"), List.of(), List.copyOf(controls), Map.of(), ""));
      });
      return name;
    }
  }
}
