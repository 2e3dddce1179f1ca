package dev.sluice.batching;

import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The input of one run, made from the inputs of the tasks that share it. Tensors stand in the order
 * of the {@link QueueKey}. Where there is one task and nothing to add, its own tensors are the
 * input, and nothing is copied.
 *
 * <p><b>Threading.</b> Belongs to one thread.
 */
final class BatchInput implements AutoCloseable {

  /**
   * How the input is formed.
   *
   * @param names of the tensors
   * @param pads whether shorter tensors are filled up to the longest
   * @param rows how many there are to be, at least those of the tasks
   */
  record Form(List<String> names, boolean pads, long rows) {}

  private final TensorAllocator tensors;
  private final List<List<Tensor>> made = new ArrayList<>();
  private List<Tensor> joined = List.of();

  private BatchInput(TensorAllocator tensors) {
    this.tensors = tensors;
  }

  /**
   * Forms an input.
   *
   * @param tasks the inputs of each, all of rank 1 or more; they stay their owner's
   * @throws StatusException if they can't be put together, with TensorFlow Serving's text
   */
  static BatchInput of(TensorAllocator tensors, List<List<Tensor>> tasks, Form form) {
    BatchInput input = new BatchInput(tensors);
    try {
      input.join(form, tasks);
      return input;
    } catch (Throwable failure) {
      input.close();
      throw failure;
    }
  }

  /** Valid until this is closed. */
  List<Tensor> tensors() {
    return joined;
  }

  private void join(Form form, List<List<Tensor>> tasks) {
    List<List<Tensor>> parts = new ArrayList<>(tasks);
    for (int i = 0; i < form.names().size(); i++) {
      checkAlike(form, parts, i);
    }
    if (form.pads()) {
      List<long[]> sizes = new ArrayList<>();
      for (int i = 0; i < form.names().size(); i++) {
        sizes.add(Padding.largest(shapes(tasks, i)));
      }
      parts.replaceAll(part -> padded(part, sizes));
    }
    parts.addAll(filling(form, parts));
    if (parts.size() == 1) {
      joined = parts.get(0);
    } else {
      joined = Gathering.join(tensors, parts);
      made.add(joined);
    }
  }

  private static void checkAlike(Form form, List<List<Tensor>> parts, int position) {
    Tensor first = parts.get(0).get(position);
    for (List<Tensor> part : parts) {
      Tensor other = part.get(position);
      boolean alike =
          form.pads()
              ? other.shape().rank() == first.shape().rank()
              : sameRows(other.shape(), first.shape());
      if (!alike) {
        throw StatusException.failedPrecondition(
            "Tensors with name '%s' from different tasks have different shapes and padding is"
                + " turned off. Set pad_variable_length_inputs to true, or ensure that all tensors"
                + " with the same name have equal dimensions starting with the first dim.",
            form.names().get(position));
      }
      if (other.dataType() != first.dataType()) {
        throw StatusException.internal(
            "Tensor concat operation failed: Cannot concatenate tensors that have different data"
                + " types. Got %s and %s.",
            first.dataType().label(), other.dataType().label());
      }
    }
  }

  /** Whether all dimensions but the first are the same. */
  static boolean sameRows(Shape one, Shape other) {
    if (one.rank() != other.rank()) {
      return false;
    }
    for (int i = 1; i < one.rank(); i++) {
      if (one.dimension(i) != other.dimension(i)) {
        return false;
      }
    }
    return true;
  }

  private static List<Shape> shapes(List<List<Tensor>> tasks, int position) {
    return tasks.stream().map(task -> task.get(position).shape()).toList();
  }

  private List<Tensor> padded(List<Tensor> part, List<long[]> sizes) {
    List<Tensor> padded = new ArrayList<>(part.size());
    for (int i = 0; i < part.size(); i++) {
      Tensor before = part.get(i);
      Tensor after = Padding.pad(tensors, before, sizes.get(i));
      if (!after.shape().equals(before.shape())) {
        made.add(List.of(after));
      }
      padded.add(after);
    }
    return padded;
  }

  /** The rows that are missing: the first one of the last task that has any, over and over. */
  private List<List<Tensor>> filling(Form form, List<List<Tensor>> parts) {
    long missing = form.rows();
    List<Tensor> last = List.of();
    for (List<Tensor> part : parts) {
      long rows = part.get(0).shape().dimension(0);
      missing -= rows;
      last = rows > 0 ? part : last;
    }
    if (missing == 0 || last.isEmpty()) {
      return List.of();
    }
    List<Tensor> row = Gathering.rows(tensors, last, 0, 1);
    made.add(row);
    return Collections.nCopies(Math.toIntExact(missing), row);
  }

  /** Gives back what was made for the run. */
  @Override
  public void close() {
    made.forEach(Gathering::close);
  }
}
