package dev.sluice.protocol;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.model.TensorSpec;
import dev.sluice.status.StatusException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What reading the inputs of one JSON request needs, and the steps that both formats share. */
record JsonInputs(
    byte[] body,
    Outline outline,
    Signature signature,
    TensorAllocator allocator,
    TensorBudget budget) {

  List<TensorSpec> specs() {
    return signature.inputs();
  }

  TensorSpec only() {
    return signature.inputs().getFirst();
  }

  /** The names of all inputs, sorted as the signature has them. */
  String names() {
    return specs().stream().map(TensorSpec::name).collect(Collectors.joining(","));
  }

  /** What the signature has for an input that was left out, of its own shape; to be closed. */
  Tensor defaultOf(TensorSpec spec, SignatureDefaults defaults) {
    return defaults.tensor(spec.name(), allocator, budget);
  }

  /**
   * Reads a value whose first lists have these sizes.
   *
   * @param explanation walks the value and throws what is wrong with it
   */
  Tensor read(TensorSpec spec, int start, int[] sizes, Runnable explanation) {
    ElementBuffer buffer = buffer(spec, start, sizes);
    if (buffer == null) {
      explanation.run();
      throw unreadable(spec, start, sizes);
    }
    boolean complete = false;
    try {
      FloatLists floats = outline.floats(start);
      complete =
          (floats != null && buffer.copy(floats))
              || NestedLists.read(new JsonCursor(body, start), sizes, buffer);
      if (complete) {
        return buffer.tensor();
      }
    } finally {
      if (!complete) {
        buffer.discard();
      }
    }
    explanation.run();
    throw contradiction(spec);
  }

  /**
   * A buffer for a value; null if there can be none.
   *
   * @param start from where on the body holds the values
   */
  @Nullable ElementBuffer buffer(TensorSpec spec, int start, int[] sizes) {
    DataType type = spec.dataType();
    if (type == null || sizes.length > Shape.MAX_RANK || !canFollow(sizes, start)) {
      return null;
    }
    Shape shape = shape(sizes);
    if (!JsonCursor.holds(type) && (shape.elementCount() > 0 || !type.hasFixedSize())) {
      return null;
    }
    return ElementBuffer.allocate(type, shape, spec.name(), allocator, budget);
  }

  /**
   * True iff what follows in the body is long enough for a value of this shape. The first elements
   * of a ragged value can promise a product of sizes that is beyond all memory; but each element
   * takes a byte and another to part it from the next.
   */
  private boolean canFollow(int[] sizes, int start) {
    long most = ((long) body.length - start) / 2 + 1;
    long elements = 1;
    for (int size : sizes) {
      elements *= size;
      if (elements > most) {
        return false;
      }
    }
    return true;
  }

  private static Shape shape(int[] sizes) {
    long[] dimensions = new long[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      dimensions[i] = sizes[i];
    }
    return Shape.of(dimensions);
  }

  /** Why a value can't be read although each part of it is sound. */
  StatusException unreadable(TensorSpec spec, int start, int[] sizes) {
    if (sizes.length > Shape.MAX_RANK) {
      return StatusException.invalidArgument("tensor parsing error: %s", spec.name());
    }
    return JsonCursor.holds(spec.dataType())
        ? contradiction(spec)
        : ValueCheck.conversionError(body, start, spec.dataType());
  }

  /** Both readings of a value ought to agree. */
  static StatusException contradiction(TensorSpec spec) {
    return StatusException.internal(
        "the value of input %s could not be read, but was found to be sound", spec.name());
  }
}
