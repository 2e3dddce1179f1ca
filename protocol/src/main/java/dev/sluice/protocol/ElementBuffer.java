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
    return new OfFixedSize(allocator.allocate(type, shape));
  }

  /**
   * Reads the values of one innermost list, or a single value, from where the cursor stands.
   *
   * @param count how many, separated by commas, &gt; 0
   * @return false if there are fewer, or one does not convert
   */
  final boolean read(JsonCursor in, int count) {
    for (int i = 0; i < count; i++) {
      if ((i > 0 && !in.take(',')) || !in.readElement(type)) {
        return false;
      }
      store(in);
      filled++;
    }
    return true;
  }

  abstract void store(JsonCursor in);

  /** The tensor, which is the caller's from now on. */
  abstract Tensor tensor();

  /** Gives the tensor back where it is not wanted any more. */
  abstract void discard();

  private static final class OfFixedSize extends ElementBuffer {

    private final Tensor tensor;
    private final MemorySegment data;
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
