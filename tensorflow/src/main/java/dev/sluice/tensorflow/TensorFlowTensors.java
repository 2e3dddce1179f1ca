package dev.sluice.tensorflow;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;

/** Hands out TensorFlow's own memory, aligned as its kernels want it, so a run needs no copy. */
final class TensorFlowTensors implements TensorAllocator {

  @Override
  public Tensor allocate(DataType dataType, Shape shape) {
    return TensorFlowTensor.allocate(dataType, shape);
  }

  /**
   * A tensor as TensorFlow's own. Returns the very object where it is one already; a new one, which
   * the caller closes, where it had to be copied.
   */
  static TensorFlowTensor toNative(Tensor tensor) {
    if (tensor instanceof TensorFlowTensor own) {
      return own;
    }
    if (tensor.dataType() == DataType.STRING) {
      return NativeStrings.toNative(tensor);
    }
    TensorFlowTensor copy = TensorFlowTensor.allocate(tensor.dataType(), tensor.shape());
    try {
      copy.data().copyFrom(tensor.data());
      return copy;
    } catch (Throwable failure) {
      copy.close();
      throw failure;
    }
  }
}
