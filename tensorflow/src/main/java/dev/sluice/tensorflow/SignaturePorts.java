package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sluice.model.Signature;
import dev.sluice.model.TensorSpec;
import dev.sluice.status.StatusException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The graph's ends that a signature names, resolved once at load: an array of {@code TF_Output} for
 * the inputs and one for the outputs. The arrays are collected with this object; the operations
 * they point to belong to the graph.
 *
 * @param problem why the signature cannot run (it names a tensor that the graph has not); null if
 *     it can
 */
record SignaturePorts(MemorySegment inputs, MemorySegment outputs, @Nullable String problem) {

  int outputCount() {
    return (int) (outputs.byteSize() / CApi.OUTPUT.byteSize());
  }

  static SignaturePorts resolve(MemorySegment graph, Signature signature) {
    return resolve(graph, signature, Map.of());
  }

  /**
   * @param elsewhere for some of the outputs, by their engine's name, what to fetch in their place
   */
  static SignaturePorts resolve(
      MemorySegment graph, Signature signature, Map<String, Port> elsewhere) {
    try {
      return new SignaturePorts(
          outputs(graph, signature.inputs(), Map.of()),
          outputs(graph, signature.outputs(), elsewhere),
          null);
    } catch (StatusException missing) {
      return new SignaturePorts(MemorySegment.NULL, MemorySegment.NULL, missing.getMessage());
    }
  }

  private static MemorySegment outputs(
      MemorySegment graph, List<TensorSpec> specs, Map<String, Port> elsewhere) {
    MemorySegment array = Arena.ofAuto().allocate(CApi.OUTPUT, specs.size());
    for (int i = 0; i < specs.size(); i++) {
      TensorSpec spec = specs.get(i);
      Port port = elsewhere.getOrDefault(spec.engineName(), Port.parse(spec.engineName()));
      if (!find(graph, port, slot(array, i))) {
        throw StatusException.invalidArgument(
            "Tensor %s (alias %s) was not found in the graph", spec.engineName(), spec.name());
      }
    }
    return array;
  }

  /**
   * Ports without aliases, all of which are there.
   *
   * @throws StatusException INTERNAL if one is not
   */
  static SignaturePorts of(MemorySegment graph, List<Port> inputs, List<Port> outputs) {
    return new SignaturePorts(array(graph, inputs), array(graph, outputs), null);
  }

  private static MemorySegment array(MemorySegment graph, List<Port> ports) {
    MemorySegment array = Arena.ofAuto().allocate(CApi.OUTPUT, ports.size());
    for (int i = 0; i < ports.size(); i++) {
      if (!find(graph, ports.get(i), slot(array, i))) {
        throw StatusException.internal("no tensor %s in the graph", ports.get(i));
      }
    }
    return array;
  }

  private static MemorySegment slot(MemorySegment array, int index) {
    return array.asSlice(index * CApi.OUTPUT.byteSize(), CApi.OUTPUT);
  }

  /** Writes a tensor of the graph into a slot; false if there is none of the name. */
  static boolean find(MemorySegment graph, Port port, MemorySegment slot) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment operation = CApi.graphOperation(graph, arena.allocateFrom(port.node()));
      int index = port.index();
      if (index < 0 || operation.address() == 0 || index >= CApi.operationOutputs(operation)) {
        return false;
      }
      slot.set(ADDRESS, 0, operation);
      slot.set(JAVA_INT, ADDRESS.byteSize(), index);
      return true;
    }
  }
}
