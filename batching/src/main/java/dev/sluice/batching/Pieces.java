package dev.sluice.batching;

import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import java.util.ArrayList;
import java.util.List;

/**
 * A call that is run in pieces: how far it has come, and what the pieces gave.
 *
 * <p><b>Threading.</b> Belongs to the runner that has the call; handed on by the queue's lock.
 */
final class Pieces {

  private final List<List<Tensor>> outputs = new ArrayList<>();
  private long done;

  /** How many rows have been run. */
  long done() {
    return done;
  }

  /** The next rows gave these outputs, which this takes over. */
  void add(List<Tensor> more, long rows) {
    outputs.add(more);
    done += rows;
  }

  /** All outputs as if they were of one run, which the caller takes over; nothing is left here. */
  List<Tensor> join(TensorAllocator tensors) {
    try {
      return Gathering.join(tensors, outputs);
    } finally {
      discard();
    }
  }

  /** Whether outputs look like those of the pieces before, but for the number of rows. */
  boolean fits(List<Tensor> more) {
    return outputs.isEmpty() || new RowShape(outputs.get(0)).fits(more);
  }

  /** Nobody wants them any more. */
  void discard() {
    outputs.forEach(piece -> piece.forEach(Tensor::close));
    outputs.clear();
  }
}
