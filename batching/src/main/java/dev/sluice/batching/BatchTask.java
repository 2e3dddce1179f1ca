package dev.sluice.batching;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A call that waits for a batch, or for several if it is split. It is answered when all of its rows
 * are: with the outputs in their order, or with the first failure that was told.
 *
 * <p><b>Threading.</b> Safe from any thread.
 */
final class BatchTask {

  private final Call call;
  private final Layout layout;
  private final long rows;
  private final long sinceNanos;
  private final ConfiguredQueue queue;

  @GuardedBy("this") private final SortedMap<Long, List<Tensor>> outputs = new TreeMap<>();

  @GuardedBy("this") private long rowsLeft;

  @GuardedBy("this") private @Nullable Throwable failure;

  /**
   * @param call with at least one input, all of rank 1 or more
   * @param rows the first dimension of each input
   * @param queue where it came in
   */
  BatchTask(Call call, Layout layout, long rows, ConfiguredQueue queue) {
    this.call = call;
    this.layout = layout;
    this.rows = rows;
    this.rowsLeft = rows;
    this.sinceNanos = queue.now();
    this.queue = queue;
  }

  Call call() {
    return call;
  }

  Layout layout() {
    return layout;
  }

  long rows() {
    return rows;
  }

  /** When it was made. */
  long sinceNanos() {
    return sinceNanos;
  }

  ConfiguredQueue queue() {
    return queue;
  }

  /**
   * Some rows have their outputs, which this takes over.
   *
   * @param from which row of the task is the first of them
   * @param ofBatch in the order of the {@link QueueKey}
   */
  void succeeded(long from, long count, List<Tensor> ofBatch) {
    if (count == rows) {
      var _ = call.complete(layout.answer(ofBatch));
      return;
    }
    synchronized (this) {
      outputs.put(from, ofBatch);
    }
    ended(count);
  }

  /** Some rows have no outputs. */
  void failed(long count, Throwable why) {
    synchronized (this) {
      if (failure == null) {
        failure = why;
      }
    }
    ended(count);
  }

  private void ended(long count) {
    synchronized (this) {
      rowsLeft -= count;
      if (rowsLeft > 0) {
        return;
      }
    }
    answer();
  }

  private void answer() {
    List<List<Tensor>> pieces;
    Throwable why;
    synchronized (this) {
      pieces = List.copyOf(outputs.values());
      why = failure;
    }
    try {
      if (why == null) {
        var _ = call.complete(layout.answer(joined(pieces)));
      } else {
        var _ = call.fail(why);
      }
    } catch (StatusException cannotJoin) {
      var _ = call.fail(cannotJoin);
    } finally {
      pieces.forEach(piece -> piece.forEach(Tensor::close));
    }
  }

  private List<Tensor> joined(List<List<Tensor>> pieces) {
    for (List<Tensor> piece : pieces) {
      for (int i = 0; i < piece.size(); i++) {
        Tensor first = pieces.get(0).get(i);
        if (piece.get(i).dataType() != first.dataType()
            || !BatchInput.sameRows(piece.get(i).shape(), first.shape())) {
          throw StatusException.internal(
              "Tensor concat operation failed: the output %s of a split request is %s in one batch"
                  + " and %s in another",
              layout.key().outputs().get(i), first, piece.get(i));
        }
      }
    }
    return Gathering.join(call.request().model().tensors(), pieces);
  }
}
