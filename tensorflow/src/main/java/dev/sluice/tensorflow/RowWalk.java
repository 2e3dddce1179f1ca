package dev.sluice.tensorflow;

import dev.sluice.model.Signature;
import dev.sluice.model.TensorSpec;
import dev.sluice.proto.tensorflow.AttrValue;
import dev.sluice.proto.tensorflow.NameAttrList;
import dev.sluice.tensorflow.Flow.Cause;
import dev.sluice.tensorflow.Flow.Coupled;
import dev.sluice.tensorflow.Flow.Item;
import dev.sluice.tensorflow.Flow.Nothing;
import dev.sluice.tensorflow.Flow.Shaped;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Follows the rows of a request through a graph, from the inputs of a signature to its outputs.
 *
 * <p>This is an abstract run. Each tensor is replaced by a {@link Flow}: what it would be for any
 * number of any rows. An op's rule ({@link RowOps}) makes the flows of its outputs from those of
 * its inputs. Functions are inlined before ({@link FlatGraph}); the bodies of branches and loops
 * are walked where they stand, a loop again and again until nothing changes any more; one that goes
 * over the rows is a {@link RowLoop}.
 *
 * <p>What can't be followed is no error. It is {@link Coupled}, with the op that was the first to
 * mix the rows, and whatever reads it is coupled for the same cause. It only matters if it reaches
 * an output: a check of all the rows together, or a value that nobody reads, does no harm. State is
 * another matter, and so is what may wait: they count wherever they are reached ({@link Findings}).
 *
 * <p>Valid while the model is being loaded, by one thread.
 */
final class RowWalk {

  /** More rounds than any loop needs: each flow can only lose a few things that are known of it. */
  private static final int MOST_ROUNDS = 30;

  private final RowOps ops;
  private final FlatGraph graph;
  private final Findings findings;
  private final String place;
  private final Bodies bodies;
  private final Map<Port, Flow> flows = new HashMap<>();

  /** The bodies of functions, which loops ask for in each round. */
  private record Bodies(Map<String, FlatGraph> known) {

    FlatGraph of(FlatGraph graph, String place, NameAttrList function) {
      String key = place + "|" + function.getName();
      FlatGraph body = known.get(key);
      if (body == null) {
        body = graph.body(function);
        known.put(key, body);
      }
      return body;
    }
  }

  private RowWalk(RowWalk outer, FlatGraph body, String place) {
    this.ops = outer.ops;
    this.graph = body;
    this.findings = outer.findings;
    this.place = place;
    this.bodies = outer.bodies;
  }

  /** For the graph of a signature. */
  RowWalk(RowOps ops, FlatGraph graph) {
    this.ops = ops;
    this.graph = graph;
    this.findings = new Findings();
    this.place = "";
    this.bodies = new Bodies(new HashMap<>());
  }

  /**
   * Walks from a signature's inputs to its outputs. What its inputs and outputs must be like for
   * runs to be shared, {@link Findings#judged} checks.
   */
  Findings walk(Signature signature) {
    List<Flow> inputs = new ArrayList<>();
    for (TensorSpec input : signature.inputs()) {
      inputs.add(input(input));
    }
    List<Flow> outputs = walk(inputs);
    findings.judged(signature, outputs);
    return findings;
  }

  /** Rows along the first axis, which has to be open; other open sizes have names. */
  static Flow input(TensorSpec input) {
    List<Long> declared = input.dimensions();
    if (declared == null || declared.isEmpty() || declared.get(0) >= 0) {
      return new Coupled(new Cause("input %s has no first axis for rows".formatted(input.name())));
    }
    List<Size> dimensions = new ArrayList<>(List.of(Size.ROWS));
    for (int i = 1; i < declared.size(); i++) {
      long size = declared.get(i);
      dimensions.add(size < 0 ? Size.named("%s.%d".formatted(input.name(), i)) : Size.of(size));
    }
    return Shaped.rows(dimensions, 0);
  }

  private List<Flow> walk(List<Flow> inputs) {
    for (int i = 0; i < inputs.size(); i++) {
      flows.put(graph.feeds().get(i), inputs.get(i));
    }
    boolean loops = graph.nodes().stream().anyMatch(node -> node.op().equals("NextIteration"));
    int rounds = 0;
    do {
      if (++rounds > MOST_ROUNDS) {
        Cause cause = new Cause("a loop in " + place + " does not come to an end of the walk");
        return graph.fetches().stream().<Flow>map(_ -> new Coupled(cause)).toList();
      }
    } while (round() && loops);
    return graph.fetches().stream().map(this::flow).toList();
  }

  /** Goes over all nodes; whether anything changed. */
  private boolean round() {
    boolean changed = false;
    for (Node node : graph.nodes()) {
      List<Flow> outputs = visit(node);
      for (int i = 0; i < outputs.size(); i++) {
        Port port = new Port(node.name(), i);
        if (!graph.feeds().contains(port)) {
          changed |= !outputs.get(i).equals(flows.put(port, outputs.get(i)));
        }
      }
    }
    return changed;
  }

  private Flow flow(Port port) {
    return flows.getOrDefault(port, new Nothing());
  }

  private List<Flow> visit(Node node) {
    List<Flow> inputs = node.inputs().stream().map(this::flow).toList();
    String name = place.isEmpty() ? node.name() : place + "/" + node.name();
    OpView op = new OpView(node, inputs, name);
    try {
      if (ops.isControl(node.op())) {
        return control(op);
      }
      findings.reached(op, ops);
      return ruled(op);
    } catch (OpView.Mixes mixes) {
      return op.all(mixes.cause());
    } catch (IndexOutOfBoundsException | ArithmeticException unexpected) {
      // Graphs come from outside: one with fewer inputs than an op has, or with absurd sizes.
      return op.all(op.mixes("has inputs that are not understood").cause());
    }
  }

  private List<Flow> ruled(OpView op) {
    for (Flow input : op.inputs()) {
      if (input instanceof Coupled coupled) {
        return op.all(coupled);
      }
    }
    if (op.inputs().stream().anyMatch(Nothing.class::isInstance)) {
      return op.all(new Nothing());
    }
    if (op.inputs().stream().anyMatch(ItemRules::isOfLoop)) {
      return ItemRules.outputs(op);
    }
    boolean constant =
        op.inputs().stream()
            .allMatch(
                flow -> flow instanceof Shaped shaped && !shaped.isRows() && !shaped.counted());
    RowRule rule = ops.rule(op.node().op());
    if (rule == null) {
      if (constant && !Findings.hasEffect(op.node())) {
        return op.all(Shaped.UNKNOWN);
      }
      throw op.mixes("is not on the list of row-wise ops");
    }
    try {
      return rule.outputs(op);
    } catch (OpView.Mixes mixes) {
      if (constant) {
        return op.all(Shaped.UNKNOWN);
      }
      throw mixes;
    }
  }

  private List<Flow> control(OpView op) {
    return switch (op.node().op()) {
      case "Enter", "Exit", "LoopCond", "NextIteration" -> op.all(op.inputs().get(0));
      case "Merge" -> merge(op);
      case "Switch" -> branches(op, 1, op.inputs().get(0));
      case "If", "StatelessIf" -> choice(op, List.of("then_branch", "else_branch"));
      case "Case", "StatelessCase" -> choice(op, List.of());
      default -> loop(op);
    };
  }

  /** What comes from whichever input; which one it was is nobody's business but the rows'. */
  private List<Flow> merge(OpView op) {
    Flow known = flow(new Port(op.node().name(), 0));
    Flow value = known;
    for (Flow input : op.inputs()) {
      value = op.joined(value, input, op.place());
    }
    Flow index = value instanceof Shaped ? Shaped.fixed(List.of()) : value;
    return List.of(value, index);
  }

  /** Some flow for all outputs, if what decides is the same for all rows. */
  private List<Flow> branches(OpView op, int decision, Flow flow) {
    Flow decides = op.inputs().get(decision);
    findings.decides(op, decides);
    if (decides instanceof Coupled coupled) {
      return op.all(coupled);
    }
    if (decides instanceof Nothing) {
      return op.all(decides);
    }
    op.fixed(decision);
    return op.all(flow);
  }

  private List<Flow> choice(OpView op, List<String> names) {
    List<NameAttrList> functions =
        names.isEmpty()
            ? op.node().functions()
            : names.stream().map(name -> function(op.node(), name)).toList();
    List<Flow> arguments = op.inputs().subList(1, op.inputs().size());
    List<Flow> joined = new ArrayList<>(op.all(new Nothing()));
    for (int branch = 0; branch < functions.size(); branch++) {
      List<Flow> results = body(op, functions.get(branch), arguments, "branch" + branch);
      for (int i = 0; i < joined.size(); i++) {
        joined.set(i, op.joined(joined.get(i), results.get(i), op.place() + ":" + i));
      }
    }
    if (op.inputs().get(0) instanceof Item item) {
      findings.decides(op, item);
      return joined.stream().map(flow -> ItemRules.decided(op, flow)).toList();
    }
    Flow decides = branches(op, 0, new Nothing()).stream().findFirst().orElse(new Nothing());
    return decides instanceof Coupled ? op.all(decides) : joined;
  }

  private static NameAttrList function(Node node, String attribute) {
    AttrValue value = node.attribute(attribute);
    return value == null ? NameAttrList.getDefaultInstance() : value.getFunc();
  }

  private List<Flow> body(OpView op, NameAttrList function, List<Flow> inputs, String name) {
    String inner = op.place() + "/" + name;
    FlatGraph body = bodies.of(graph, inner, function);
    return new RowWalk(this, body, inner).walk(inputs);
  }

  private List<Flow> loop(OpView op) {
    NameAttrList condition = function(op.node(), "cond");
    NameAttrList body = function(op.node(), "body");
    RowLoop overRows = RowLoop.of(op, bodies.of(graph, op.place() + "/body", body));
    List<Flow> results =
        overRows == null
            ? null
            : overRows.results(
                variables -> body(op, condition, variables, "cond"),
                variables -> body(op, body, variables, "body"));
    return results == null ? repeated(op, condition, body) : results;
  }

  /** Round after round, until the flows that go from one to the next don't change any more. */
  private List<Flow> repeated(OpView op, NameAttrList condition, NameAttrList body) {
    List<Flow> state = op.inputs();
    for (int round = 0; round < MOST_ROUNDS; round++) {
      Flow goesOn = body(op, condition, state, "cond").get(0);
      List<Flow> next = next(op, state, body(op, body, state, "body"));
      if (next.equals(state)) {
        findings.decides(op, goesOn);
        if (goesOn instanceof Item) {
          return state.stream().map(flow -> ItemRules.decided(op, flow)).toList();
        }
        boolean fixed = goesOn instanceof Shaped shaped && !shaped.isRows() && !shaped.counted();
        return fixed ? state : op.all(undecided(op, goesOn));
      }
      state = next;
    }
    throw op.mixes("does not come to an end of the walk");
  }

  private static Cause undecided(OpView op, Flow goesOn) {
    return goesOn instanceof Coupled coupled
        ? coupled.cause()
        : op.mixes("goes on for as long as the rows say").cause();
  }

  private static List<Flow> next(OpView op, List<Flow> state, List<Flow> results) {
    List<Flow> next = new ArrayList<>();
    for (int i = 0; i < state.size(); i++) {
      next.add(op.joined(state.get(i), results.get(i), op.place() + ":" + i));
    }
    return next;
  }
}
