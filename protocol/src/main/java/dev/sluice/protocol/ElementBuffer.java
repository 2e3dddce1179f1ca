package dev.sluice.protocol;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import java.lang.foreign.MemorySegment;

/** One input's tensor while its elements arrive one after the other. Not thread-safe. */
abstract sealed class ElementBuffer {

  final DataType type;
  final long elements;
  long filled;

  private ElementBuffer(DataType type, long elements) {
    this.type = type;
    this.elements = elements;
  }

  /**
   * Allocates the tensor.
   *
   * @param type one whose elements JSON can hold, or any fixed-size one if the shape is empty
   * @throws dev.sluice.status.StatusException RESOURCE_EXHAUSTED beyond the budget or the memory
   */
  static ElementBuffer allocate(
      DataType type, Shape shape, String alias, TensorAllocator allocator, TensorBudget budget) {
    if (type == DataType.STRING) {
      budget.checkStrings(alias, shape.elementCount(), 0);
      return new OfStrings(shape, alias, budget);
    }
    budget.check(alias, type, shape.elementCount());
    Tensor tensor = allocator.allocate(type, shape);
    return type == DataType.FLOAT ? new OfFloats(tensor) : new OfFixedSize(tensor);
  }

  /**
   * Reads a single value from where the cursor stands.
   *
   * @return false if it does not convert
   */
  final boolean read(JsonCursor in) {
    if (!in.readElement(type)) {
      return false;
    }
    store(in);
    filled++;
    return true;
  }

  /**
   * Reads innermost lists, separated by commas, from where the cursor stands.
   *
   * @param lists how many, &gt; 0
   * @param size of each, &gt;= 0
   * @return false if there are fewer, one has another size, or a value does not convert
   */
  boolean readLists(JsonCursor in, int lists, int size) {
    for (int list = 0; list < lists; list++) {
      if ((list > 0 && !in.take(',')) || !in.take('[')) {
        return false;
      }
      for (int i = 0; i < size; i++) {
        if ((i > 0 && !in.take(',')) || !read(in)) {
          return false;
        }
      }
      if (!in.take(']')) {
        return false;
      }
    }
    return true;
  }

  /** Takes the first elements from a value that was read before, if it holds the type's. */
  boolean copy(FloatLists floats) {
    return false;
  }

  abstract void store(JsonCursor in);

  /** The tensor, which is the caller's from now on. */
  abstract Tensor tensor();

  /** Gives the tensor back where it is not wanted any more. */
  abstract void discard();

  private static sealed class OfFixedSize extends ElementBuffer {

    private final Tensor tensor;
    final MemorySegment data;
    private final int elementSize;

    OfFixedSize(Tensor tensor) {
      super(tensor.dataType(), tensor.shape().elementCount());
      this.tensor = tensor;
      this.data = tensor.data();
      this.elementSize = type.elementSize();
    }

    @Override
    void store(JsonCursor in) {
      Elements.set(data, filled * elementSize, elementSize, in.element);
    }

    @Override
    Tensor tensor() {
      return tensor;
    }

    @Override
    void discard() {
      tensor.close();
    }
  }

  /** The type of most inputs: its lists are read in one loop that keeps its position to itself. */
  private static final class OfFloats extends OfFixedSize {

    OfFloats(Tensor tensor) {
      super(tensor);
    }

    @Override
    boolean copy(FloatLists floats) {
      filled = floats.copyTo(data);
      return true;
    }

    @Override
    boolean readLists(JsonCursor in, int lists, int size) {
      int at = in.at;
      for (int list = 0; list < lists && at >= 0; list++) {
        at = list == 0 ? at : in.behind(',', at);
        at = at < 0 ? at : in.behind('[', at);
        at = at < 0 ? at : readList(in, at, size);
      }
      in.at = at;
      return at >= 0;
    }

    /**
     * Reads a list from behind its bracket; the position behind it, or {@link JsonCursor#ABSENT}.
     */
    private int readList(JsonCursor in, int start, int size) {
      long offset = filled * Float.BYTES;
      int at = start;
      for (int i = 0; i < size; i++) {
        at = in.numberAt(i == 0 ? at : in.behind(',', at));
        if (at < 0) {
          return at;
        }
        data.set(Elements.FLOAT, offset, in.number.readFloat(at));
        offset += Float.BYTES;
        at = in.number.end();
      }
      filled += size;
      return in.behind(']', at);
    }
  }

  private static final class OfStrings extends ElementBuffer {

    private final Shape shape;
    private final String alias;
    private final TensorBudget budget;
    private final byte[][] strings;
    private long content;

    OfStrings(Shape shape, String alias, TensorBudget budget) {
      super(DataType.STRING, shape.elementCount());
      this.shape = shape;
      this.alias = alias;
      this.budget = budget;
      this.strings = new byte[(int) elements][];
    }

    @Override
    void store(JsonCursor in) {
      strings[(int) filled] = in.string;
      content += in.string.length;
      budget.checkStrings(alias, elements, content);
    }

    @Override
    Tensor tensor() {
      return new StringTensor(shape, strings);
    }

    @Override
    void discard() {
      // Lives on the heap: nothing to give back.
    }
  }
}
