package dev.sluice.tensorflow;

import dev.sluice.model.DataType;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tries whether rows that share a run get the answers that they get alone. It can't prove that they
 * always do, but it sees what a wrong rule of the walk lets through. Only for graphs without state
 * or effect. Used by the loading thread.
 */
final class RowProbe {

  /** Three, so that no row of the run has the same place from both ends as another. */
  private static final int ROWS = 3;

  private static final int ROWS_OF_SLOW_RUNS = 2;

  private static final long SLOW = TimeUnit.MILLISECONDS.toNanos(300);

  /**
   * Whoever runs for that long has nothing to gain from sharing, and a load has to come to an end.
   */
  private static final long TOO_SLOW = TimeUnit.SECONDS.toNanos(5);

  private static final RunOptions OPTIONS = new RunOptions(20_000, true);

  /** Makes a run: a model's own way to do it. */
  interface Runs {

    List<Tensor> run(Signature signature, List<Tensor> inputs, RunOptions options);
  }

  /**
   * @param agrees false if rows must not share a run
   * @param words what was seen, as a clause
   */
  record Verdict(boolean agrees, String words) {}

  private final Runs runs;
  private final Signature signature;
  private final LongSupplier nanos;

  RowProbe(Runs runs, Signature signature, LongSupplier nanos) {
    this.runs = runs;
    this.signature = signature;
    this.nanos = nanos;
  }

  /**
   * Tries the ways to make up inputs until one is accepted. Where none is, nothing speaks against
   * sharing.
   */
  Verdict probe(List<SampleInputs> ways) {
    String why = "inputs of that size or type are not made up";
    for (SampleInputs way : ways) {
      List<Tensor> inputs = way.make(ROWS);
      try {
        for (Tensor input : inputs) {
          if (!hasRows(input, ROWS)) {
            return new Verdict(false, "an input has no first axis for rows");
          }
        }
        return compare(inputs);
      } catch (StatusException refused) {
        why = String.valueOf(refused.getMessage()).lines().findFirst().orElse("");
      } finally {
        inputs.forEach(Tensor::close);
      }
    }
    return new Verdict(
        true, "there was no probe, as none of the inputs made up for it runs: " + why);
  }

  /**
   * @throws StatusException if the model does not take the inputs
   */
  private Verdict compare(List<Tensor> inputs) {
    long start = nanos.getAsLong();
    List<List<Tensor>> alone = new ArrayList<>();
    List<Tensor> together = List.of();
    try {
      alone.add(run(inputs, 0, 1));
      long took = nanos.getAsLong() - start;
      if (took > TOO_SLOW) {
        long millis = TimeUnit.NANOSECONDS.toMillis(took);
        return new Verdict(
            false, "a run of one row takes %d ms, too long to try".formatted(millis));
      }
      int rows = took > SLOW ? ROWS_OF_SLOW_RUNS : ROWS;
      while (alone.size() < rows) {
        alone.add(run(inputs, alone.size(), 1));
      }
      together = run(inputs, 0, rows);
      String difference = difference(together, alone);
      return difference == null
          ? new Verdict(true, "a probe of %d rows agrees".formatted(rows))
          : new Verdict(false, "a probe of %d rows disagrees: %s".formatted(rows, difference));
    } finally {
      alone.forEach(each -> each.forEach(Tensor::close));
      together.forEach(Tensor::close);
    }
  }

  private List<Tensor> run(List<Tensor> inputs, int first, int count) {
    List<Tensor> rows = new ArrayList<>();
    try {
      inputs.forEach(input -> rows.add(rows(input, first, count)));
      return runs.run(signature, rows, OPTIONS);
    } finally {
      rows.forEach(Tensor::close);
    }
  }

  private @Nullable String difference(List<Tensor> together, List<List<Tensor>> alone) {
    for (int row = 0; row < alone.size(); row++) {
      for (int i = 0; i < together.size(); i++) {
        String name = signature.outputs().get(i).name();
        Tensor own = alone.get(row).get(i);
        if (!hasRows(together.get(i), alone.size()) || !hasRows(own, 1)) {
          return "output %s has the shape %s together and %s alone"
              .formatted(name, together.get(i).shape(), own.shape());
        }
        try (Tensor part = rows(together.get(i), row, 1)) {
          String difference = Agreement.difference(own, part);
          if (difference != null) {
            return "output %s, row %d alone and together: %s".formatted(name, row, difference);
          }
        }
      }
    }
    return null;
  }

  private static boolean hasRows(Tensor tensor, int rows) {
    return tensor.shape().rank() > 0 && tensor.shape().dimension(0) == rows;
  }

  /** A copy of some rows. */
  private static Tensor rows(Tensor tensor, int first, int count) {
    long[] sizes = tensor.shape().dimensions();
    sizes[0] = count;
    Shape shape = Shape.of(sizes);
    long each = shape.elementCount() / count;
    if (tensor.dataType() == DataType.STRING) {
      byte[][] strings = new byte[Math.toIntExact(shape.elementCount())][];
      for (int i = 0; i < strings.length; i++) {
        strings[i] = tensor.string(first * each + i);
      }
      return new StringTensor(shape, strings);
    }
    Tensor part = TensorFlowTensor.allocate(tensor.dataType(), shape);
    long bytes = part.data().byteSize();
    part.data().copyFrom(tensor.data().asSlice(first * (bytes / count), bytes));
    return part;
  }
}
