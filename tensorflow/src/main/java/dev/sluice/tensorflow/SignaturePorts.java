package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sluice.model.Signature;
import dev.sluice.model.TensorSpec;
import dev.sluice.status.StatusException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
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

  static SignaturePorts resolve(MemorySegment graph, Signature signature) {
    try {
      return new SignaturePorts(
          outputs(graph, signature.inputs()), outputs(graph, signature.outputs()), null);
    } catch (StatusException missing) {
      return new SignaturePorts(MemorySegment.NULL, MemorySegment.NULL, missing.getMessage());
    }
  }

  private static MemorySegment outputs(MemorySegment graph, List<TensorSpec> specs) {
    MemorySegment array = Arena.ofAuto().allocate(CApi.OUTPUT, specs.size());
    for (int i = 0; i < specs.size(); i++) {
      MemorySegment slot = array.asSlice(i * CApi.OUTPUT.byteSize(), CApi.OUTPUT);
      resolve(graph, specs.get(i), slot);
    }
    return array;
  }

  /** TensorFlow's names are {@code operation:index}; without an index it is 0. */
  private static void resolve(MemorySegment graph, TensorSpec spec, MemorySegment slot) {
    String name = spec.engineName();
    int colon = name.lastIndexOf(':');
    int index = colon < 0 ? 0 : index(name.substring(colon + 1));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment operation =
          CApi.graphOperation(
              graph, arena.allocateFrom(colon < 0 ? name : name.substring(0, colon)));
      if (index < 0 || operation.address() == 0 || index >= CApi.operationOutputs(operation)) {
        throw StatusException.invalidArgument(
            "Tensor %s (alias %s) was not found in the graph", name, spec.name());
      }
      slot.set(ADDRESS, 0, operation);
      slot.set(JAVA_INT, ADDRESS.byteSize(), index);
    }
  }

  private static int index(String digits) {
    try {
      return Integer.parseInt(digits);
    } catch (NumberFormatException notANumber) {
      return -1;
    }
  }
}
