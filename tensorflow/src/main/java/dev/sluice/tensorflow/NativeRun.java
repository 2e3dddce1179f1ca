package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.ADDRESS;

import dev.sluice.model.DataType;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** One run of a session: tensors in, tensors out. */
final class NativeRun {

  private NativeRun() {}

  /**
   * Feeds the inputs and fetches the outputs.
   *
   * @param inputs one for each of the ports; they stay the caller's
   * @return one for each of the ports; the caller closes each
   * @throws dev.sluice.status.StatusException with TensorFlow's code and text
   */
  static List<Tensor> run(
      MemorySegment session,
      SignaturePorts ports,
      List<? extends Tensor> inputs,
      RunOptions options) {
    List<TensorFlowTensor> copies = new ArrayList<>();
    try (Arena arena = Arena.ofConfined();
        NativeStatus status = new NativeStatus()) {
      CApi.Ports in = new CApi.Ports(ports.inputs(), feed(arena, inputs, copies), inputs.size());
      int outputs = ports.outputCount();
      MemorySegment fetched = arena.allocate(ADDRESS, outputs);
      CApi.sessionRun(
          session,
          NativeRunOptions.of(arena, options),
          in,
          new CApi.Ports(ports.outputs(), fetched, outputs),
          status.pointer());
      status.check();
      return collect(fetched, outputs);
    } finally {
      copies.forEach(TensorFlowTensor::close);
    }
  }

  /** The array of {@code TF_Tensor*}; what had to be copied for it is added to the list. */
  private static MemorySegment feed(
      Arena arena, List<? extends Tensor> inputs, List<TensorFlowTensor> copies) {
    MemorySegment values = arena.allocate(ADDRESS, inputs.size());
    for (int i = 0; i < inputs.size(); i++) {
      TensorFlowTensor tensor = TensorFlowTensors.toNative(inputs.get(i));
      if (tensor != inputs.get(i)) {
        copies.add(tensor);
      }
      values.setAtIndex(ADDRESS, i, tensor.pointer());
    }
    return values;
  }

  /** Owns every pointer first, so that none is lost where one of them turns out unreadable. */
  private static List<Tensor> collect(MemorySegment fetched, int count) {
    List<Tensor> outputs = new ArrayList<>(count);
    int adopted = 0;
    try {
      while (adopted < count) {
        TensorFlowTensor tensor = TensorFlowTensor.adopt(fetched.getAtIndex(ADDRESS, adopted++));
        outputs.add(
            tensor.dataType() == DataType.STRING ? NativeStrings.fromNative(tensor) : tensor);
      }
      return outputs;
    } catch (Throwable failure) {
      outputs.forEach(Tensor::close);
      while (adopted < count) {
        TensorFlowTensor.discard(fetched.getAtIndex(ADDRESS, adopted++));
      }
      throw failure;
    }
  }
}
