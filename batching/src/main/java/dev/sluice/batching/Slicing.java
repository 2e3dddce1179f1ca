package dev.sluice.batching;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Gives each request of a batch its rows of the batch's outputs, without a copy: read-only views
 * that count as one user each of the tensor below, which is closed with the last of them.
 */
final class Slicing {

  private Slicing() {}

  /** Why outputs can't be sliced into so many rows; null if they can. */
  static @Nullable String mismatch(List<Tensor> outputs, long rows) {
    for (int i = 0; i < outputs.size(); i++) {
      Shape shape = outputs.get(i).shape();
      if (shape.rank() == 0 || shape.dimension(0) != rows) {
        return "output " + i + " has the shape " + shape + " for " + rows + " rows";
      }
      if (!readable(outputs.get(i).dataType())) {
        return "output " + i + " is of type " + outputs.get(i).dataType().label();
      }
    }
    return null;
  }

  private static boolean readable(DataType type) {
    return type.hasFixedSize() || type == DataType.STRING;
  }

  /**
   * Slices outputs, which this takes over; each slice is closed by who gets it.
   *
   * @param outputs for which {@link #mismatch} found nothing
   * @param rows how many each request gets, in order; their sum is at most that of the outputs
   * @return per request its slices, in the order of the outputs
   */
  static List<List<Tensor>> slice(List<Tensor> outputs, long[] rows) {
    List<Source> sources = new ArrayList<>(outputs.size());
    for (Tensor output : outputs) {
      sources.add(new Source(output, rows.length));
    }
    List<List<Tensor>> slices = new ArrayList<>(rows.length);
    long from = 0;
    for (long count : rows) {
      slices.add(slices(sources, from, count));
      from += count;
    }
    return slices;
  }

  private static List<Tensor> slices(List<Source> sources, long from, long rows) {
    if (sources.size() == 1) {
      return List.of(sources.get(0).slice(from, rows));
    }
    List<Tensor> slices = new ArrayList<>(sources.size());
    for (Source source : sources) {
      slices.add(source.slice(from, rows));
    }
    return slices;
  }

  /** An output of a batch, and how many slices of it are open. */
  private static final class Source {
    private final Tensor tensor;
    private final AtomicInteger users;
    private final long elementsPerRow;

    /** Most requests have equally many rows: their slices share a shape. */
    private Shape lastShape;

    Source(Tensor tensor, int users) {
      this.tensor = tensor;
      this.users = new AtomicInteger(users);
      this.elementsPerRow = Gathering.elementsPerRow(tensor.shape());
      this.lastShape = tensor.shape();
    }

    Slice slice(long from, long rows) {
      if (lastShape.dimension(0) != rows) {
        lastShape = Gathering.withRows(lastShape, rows);
      }
      return new Slice(this, lastShape, from * elementsPerRow);
    }

    void leave() {
      if (users.decrementAndGet() == 0) {
        tensor.close();
      }
    }
  }

  /** Some rows of an output. */
  private static final class Slice implements Tensor {
    private final Source source;
    private final Shape shape;
    private final long firstElement;
    private final AtomicBoolean closed = new AtomicBoolean();

    Slice(Source source, Shape shape, long firstElement) {
      this.source = source;
      this.shape = shape;
      this.firstElement = firstElement;
    }

    @Override
    public DataType dataType() {
      return source.tensor.dataType();
    }

    @Override
    public Shape shape() {
      return shape;
    }

    @Override
    public MemorySegment data() {
      checkOpen();
      int size = dataType().elementSize();
      return source
          .tensor
          .data()
          .asSlice(firstElement * size, shape.elementCount() * size)
          .asReadOnly();
    }

    @Override
    public byte[] string(long index) {
      checkOpen();
      if (index < 0 || index >= shape.elementCount()) {
        throw new IndexOutOfBoundsException("string " + index + " of a tensor of shape " + shape);
      }
      return source.tensor.string(firstElement + index);
    }

    private void checkOpen() {
      if (closed.get()) {
        throw new IllegalStateException("tensor is closed");
      }
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        source.leave();
      }
    }

    @Override
    public String toString() {
      return dataType().label() + shape;
    }
  }
}
