package dev.sluice.tensorflow;

import dev.sluice.model.RunOptions;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorSpec;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Freezes the signatures of a model that was just loaded: adds to its graph, for each, what
 * computes the same without calls of functions and with constants in the place of variables.
 *
 * <p>The added nodes run in the model's own session, since a session of TensorFlow's takes over
 * what its graph has grown by. So tables and placeholders are the same ones, and both ways of
 * running a signature go on side by side.
 *
 * <p>A signature is frozen only if {@link FreezeCheck} has no objection, and if then a {@linkplain
 * Probe probe} gives the same both ways. Whatever fails leaves it as it was loaded. Used by the
 * loading thread, once.
 */
final class Freezer {

  /** See the module's RATIONALE.md for what a constant costs. */
  static final long MOST_BYTES = 32 << 20;

  private static final String PREFIX = "sluice_frozen";

  private final SavedModelSession session;
  private final Graph graph;
  private final Map<String, FlatGraph> flats = new LinkedHashMap<>();
  private final Map<String, String> notes = new LinkedHashMap<>();
  private final Map<String, Map<String, Port>> fetches = new HashMap<>();

  private Freezer(SavedModelSession session, Graph graph) {
    this.session = session;
    this.graph = graph;
  }

  /**
   * Freezes what can be frozen.
   *
   * @param graph of the session, as it was loaded
   */
  static Frozen freeze(SavedModelSession session, Graph graph) {
    Freezer freezer = new Freezer(session, graph);
    freezer.choose();
    if (!freezer.flats.isEmpty()) {
      try {
        freezer.build();
      } catch (StatusException refused) {
        freezer.giveUp(String.valueOf(refused.getMessage()));
      }
    }
    return new Frozen(freezer.fetches, freezer.notes);
  }

  /** How a signature runs that nobody tried to freeze. */
  static Frozen nothing(SavedModelSession session, String why) {
    Map<String, String> notes = new HashMap<>();
    session.signatures().keySet().forEach(name -> notes.put(name, asLoaded(why)));
    return new Frozen(Map.of(), notes);
  }

  private static String asLoaded(String why) {
    return "as loaded: " + why;
  }

  private void refuse(String signature, String why) {
    flats.remove(signature);
    fetches.remove(signature);
    notes.put(signature, asLoaded(why));
  }

  private void giveUp(String why) {
    List.copyOf(flats.keySet()).forEach(signature -> refuse(signature, why));
  }

  private void choose() {
    boolean allSeen = true;
    for (Signature signature : session.signatures().values()) {
      try {
        flats.put(signature.name(), FlatGraph.of(graph, signature));
      } catch (StatusException unreadable) {
        refuse(signature.name(), String.valueOf(unreadable.getMessage()));
        // A signature without its tensors can't run; any other might write what the rest reads.
        allSeen &= unreadable.code() == StatusCode.INVALID_ARGUMENT;
      }
    }
    if (!allSeen) {
      giveUp("another signature has functions that can't be followed");
      return;
    }
    FreezeCheck check = new FreezeCheck(graph, Map.copyOf(flats));
    for (String signature : List.copyOf(flats.keySet())) {
      String objection = check.objection(signature);
      if (objection != null) {
        refuse(signature, objection);
      }
    }
  }

  private void build() {
    if (graph.bytes() > MOST_BYTES) {
      giveUp("the graph has " + bytes(graph.bytes()) + ", more than " + bytes(MOST_BYTES));
      return;
    }
    Map<Port, TensorFlowTensor> values = readVariables();
    try {
      long size = values.values().stream().mapToLong(value -> value.data().byteSize()).sum();
      if (size > MOST_BYTES) {
        giveUp("its variables have " + bytes(size) + ", more than " + bytes(MOST_BYTES));
        return;
      }
      FrozenGraph frozen = new FrozenGraph(graph, values);
      flats.forEach((name, flat) -> {
        FrozenGraph.Added added = frozen.add(flat);
        fetches.put(name, renamed(name, flat, added.fetches()));
        notes.put(name, note(added.constants(), values));
      });
      importInto(frozen);
    } finally {
      values.values().forEach(Tensor::close);
    }
    List.copyOf(flats.keySet()).forEach(this::probe);
  }

  private static String note(Set<Port> constants, Map<Port, TensorFlowTensor> values) {
    long size = 0;
    for (Map.Entry<Port, TensorFlowTensor> value : values.entrySet()) {
      size += constants.contains(value.getKey()) ? value.getValue().data().byteSize() : 0;
    }
    return constants.isEmpty()
        ? "frozen: functions inlined, no variables"
        : "frozen: %d variables, %s".formatted(constants.size(), bytes(size));
  }

  /** The values of all variables that are read outside of loops and the like. */
  private Map<Port, TensorFlowTensor> readVariables() {
    Map<Port, Port> readable = Variables.values(graph);
    Set<Port> wanted = new LinkedHashSet<>();
    for (FlatGraph flat : flats.values()) {
      for (Node node : flat.nodes()) {
        Port variable = Variables.read(flat, node);
        if (variable != null && readable.containsKey(variable)) {
          wanted.add(variable);
        }
      }
    }
    Map<Port, TensorFlowTensor> values = new LinkedHashMap<>();
    if (!wanted.isEmpty()) {
      List<Port> reads = wanted.stream().map(readable::get).toList();
      SignaturePorts ports = SignaturePorts.of(session.graph(), List.of(), reads);
      List<Tensor> read =
          NativeRun.run(session.pointer(), ports, List.of(), new RunOptions(0, true));
      int i = 0;
      for (Port variable : wanted) {
        values.put(variable, (TensorFlowTensor) read.get(i++));
      }
    }
    return values;
  }

  /**
   * What to fetch, by the outputs' engine names. An input that a function gives back is left to the
   * function, since TensorFlow refuses to fetch what is fed.
   */
  private Map<String, Port> renamed(String signature, FlatGraph flat, Map<Port, Port> copies) {
    List<TensorSpec> outputs = signature(signature).outputs();
    Map<String, Port> renamed = new HashMap<>();
    for (int i = 0; i < outputs.size(); i++) {
      Port fetch = flat.fetches().get(i);
      Port copy = copies.get(fetch);
      if (copy != null) {
        Port copied = new Port(PREFIX + "/" + copy.node(), copy.index());
        renamed.put(outputs.get(i).engineName(), copied);
      } else if (!flat.feeds().contains(fetch)) {
        renamed.put(outputs.get(i).engineName(), fetch);
      }
    }
    return copies.isEmpty() ? Map.of() : renamed;
  }

  private Signature signature(String name) {
    Signature signature = session.signatures().get(name);
    if (signature == null) {
      throw new IllegalStateException("no signature " + name);
    }
    return signature;
  }

  private void importInto(FrozenGraph frozen) {
    try (Arena arena = Arena.ofConfined();
        GraphImport into = new GraphImport()) {
      MemorySegment slot = arena.allocate(CApi.OUTPUT);
      into.prefix(PREFIX);
      for (Port port : frozen.outsidePorts()) {
        slot(port, slot);
        into.mapInput(new Port(FrozenGraph.outside(port.node()), port.index()), slot);
      }
      for (String node : frozen.outsideControls()) {
        MemorySegment operation = CApi.graphOperation(session.graph(), arena.allocateFrom(node));
        into.mapControl(FrozenGraph.outside(node), operation);
      }
      into.run(session.graph(), frozen.definition(arena));
    }
  }

  private void slot(Port port, MemorySegment slot) {
    if (!SignaturePorts.find(session.graph(), port, slot)) {
      throw StatusException.internal("no tensor %s in the graph", port);
    }
  }

  private void probe(String name) {
    Map<String, Port> elsewhere = fetches.get(name);
    FlatGraph flat = flats.get(name);
    if (flat == null || elsewhere == null || elsewhere.isEmpty()) {
      refuse(name, "it has neither variables nor functions");
      return;
    }
    Signature signature = signature(name);
    String difference = new Probe(session, signature, flat).difference(elsewhere);
    if (difference != null) {
      refuse(name, difference);
    }
  }

  private static String bytes(long count) {
    return count < 10_000
        ? count + " bytes"
        : count < 10_000_000 ? count / 1000 + " KB" : count / 1_000_000 + " MB";
  }
}
