package dev.sluice.tensorflow;

import dev.sluice.proto.tensorflow.NameAttrList;
import dev.sluice.proto.tensorflow.OpDef;
import dev.sluice.status.StatusException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Says which signatures of a model may be frozen: those that have no effect, and read only what no
 * signature writes. What init and restore ops write does not count, as they ran before.
 *
 * <p>An op that TensorFlow calls stateful is refused unless it is known to read and no more. Ops
 * that take a variable and are not known count as writing it.
 */
final class FreezeCheck {

  /** Ops that are called stateful because they refer to something, and only read it. */
  private static final Set<String> READERS =
      Set.of(
          "VarHandleOp",
          "ReadVariableOp",
          "ResourceGather",
          "ResourceGatherNd",
          "VariableShape",
          "VarIsInitializedOp",
          "Variable",
          "VariableV2",
          "HashTable",
          "HashTableV2",
          "MutableHashTableV2",
          "MutableDenseHashTableV2",
          "LookupTableFind",
          "LookupTableFindV2",
          "LookupTableSize",
          "LookupTableSizeV2",
          "Assert",
          "If",
          "While",
          "Case");

  private static final Set<String> VARIABLES = Set.of("VarHandleOp", "Variable", "VariableV2");

  /** Of a loop in TensorFlow 1's form. A part of it can't be replaced without the rest. */
  private static final Set<String> LOOPS =
      Set.of("Enter", "RefEnter", "Exit", "RefExit", "NextIteration", "RefNextIteration");

  /** Stands for every variable, where it can't be told which one is written. */
  private static final String ANY = "";

  private final Graph graph;
  private final Map<String, FlatGraph> signatures;
  private final Map<String, Writer> writers = new HashMap<>();

  /** Who writes a variable. */
  private record Writer(String signature, String op) {}

  /**
   * @param signatures by name, all that can run
   */
  FreezeCheck(Graph graph, Map<String, FlatGraph> signatures) {
    this.graph = graph;
    this.signatures = signatures;
    signatures.forEach((name, flat) -> noteWriters(name, flat, new HashSet<>()));
  }

  /** Why a signature can't be frozen, as a clause about it; null if it can. */
  @Nullable String objection(String signature) {
    FlatGraph flat = Objects.requireNonNull(signatures.get(signature), signature);
    if (!flat.compiled().isEmpty()) {
      return "function %s is to be compiled as one".formatted(flat.compiled().iterator().next());
    }
    try {
      String effect = effect(flat, new HashSet<>(), true);
      return effect != null ? effect : writtenByOthers(flat);
    } catch (StatusException unreadable) {
      return String.valueOf(unreadable.getMessage());
    }
  }

  /**
   * The first op that stands against freezing, in the graph or in the functions it names.
   *
   * @param outside whether this is the graph itself, and not one of these functions
   */
  private @Nullable String effect(FlatGraph flat, Set<String> seen, boolean outside) {
    for (Node node : flat.nodes()) {
      String effect = effect(flat, node);
      boolean original = outside && graph.nodes().containsKey(node.name());
      if (effect == null && makesHandle(node) && !original) {
        effect = "op %s (node %s) is inside of a function".formatted(node.op(), node.name());
      }
      for (NameAttrList function : node.functions()) {
        if (effect == null && seen.add(function.getName())) {
          effect = effect(flat.body(function), seen, false);
        }
      }
      if (effect != null) {
        return effect;
      }
    }
    return null;
  }

  private static @Nullable String effect(FlatGraph flat, Node node) {
    String op = node.op();
    String variable = written(flat, node);
    if (variable != null) {
      return "writes %s (%s)".formatted(described(variable), op);
    }
    if (node.isStateful() && !READERS.contains(op)) {
      return "op %s (node %s) has state or an effect".formatted(op, node.name());
    }
    return LOOPS.contains(op)
        ? "op %s (node %s) belongs to a loop of TensorFlow 1".formatted(op, node.name())
        : null;
  }

  private static String described(String variable) {
    return variable.equals(ANY) ? "a variable" : "variable " + variable;
  }

  private @Nullable String writtenByOthers(FlatGraph flat) {
    for (Node node : flat.nodes()) {
      if (VARIABLES.contains(node.op())) {
        Writer writer = writers.getOrDefault(node.name(), writers.get(ANY));
        if (writer != null) {
          return "reads variable %s, which signature %s writes (%s)"
              .formatted(node.name(), writer.signature, writer.op);
        }
      }
    }
    return null;
  }

  private void noteWriters(String signature, FlatGraph flat, Set<String> seen) {
    for (Node node : flat.nodes()) {
      String variable = written(flat, node);
      if (variable != null) {
        writers.putIfAbsent(variable, new Writer(signature, node.op()));
      }
      for (NameAttrList function : node.functions()) {
        if (seen.add(function.getName())) {
          noteWritersOf(signature, node, () -> flat.body(function), seen);
        }
      }
    }
  }

  private void noteWritersOf(
      String signature, Node node, Supplier<FlatGraph> body, Set<String> seen) {
    try {
      noteWriters(signature, body.get(), seen);
    } catch (StatusException unreadable) {
      writers.putIfAbsent(ANY, new Writer(signature, node.op()));
    }
  }

  /** The variable that a node may write, {@link #ANY} if that can't be told, null if none. */
  private static @Nullable String written(FlatGraph flat, Node node) {
    if (READERS.contains(node.op())) {
      return null;
    }
    for (int i = 0; i < node.inputs().size(); i++) {
      OpDef.ArgDef argument = node.inputArgument(i);
      boolean handle = node.isStateful() && Attribute.isHandle(node.inputType(i));
      String variable = handle || argument.getIsRef() ? variable(flat, node.inputs().get(i)) : null;
      if (variable != null) {
        return variable;
      }
    }
    return null;
  }

  /** The name of the variable that a handle is of; null if it is of something else. */
  private static @Nullable String variable(FlatGraph flat, Port handle) {
    Node source = source(flat, handle);
    if (source != null && VARIABLES.contains(source.op())) {
      return source.name();
    }
    return source != null && makesHandle(source) ? null : ANY;
  }

  private static boolean makesHandle(Node node) {
    return node.isStateful()
        && node.inputs().isEmpty()
        && node.definition().getOutputArgList().stream()
            .anyMatch(output -> output.getIsRef() || Attribute.isHandle(output.getType()));
  }

  /** The node that a tensor comes from, Identity apart; null for what is fed. */
  static @Nullable Node source(FlatGraph flat, Port port) {
    Port from = port;
    Node node = flat.feeds().contains(from) ? null : flat.node(from.node());
    while (node != null && node.op().equals("Identity")) {
      from = node.inputs().getFirst();
      node = flat.feeds().contains(from) ? null : flat.node(from.node());
    }
    return node;
  }
}
