package dev.sluice.protocol;

import dev.sluice.model.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Tensors that are closed unless all of them could be made. */
final class TensorList implements AutoCloseable {

  private List<Tensor> tensors;

  TensorList(int expected) {
    this.tensors = new ArrayList<>(expected);
  }

  void add(Tensor tensor) {
    tensors.add(tensor);
  }

  /** Hands the tensors over: closing this closes them no more. */
  List<Tensor> release() {
    List<Tensor> complete = List.copyOf(tensors);
    tensors = List.of();
    return complete;
  }

  @Override
  public void close() {
    for (Tensor tensor : tensors) {
      tensor.close();
    }
  }
}
