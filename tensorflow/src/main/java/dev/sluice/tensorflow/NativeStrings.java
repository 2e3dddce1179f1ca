package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.model.DataType;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Strings in and out of TensorFlow: always a copy, always through the exported functions, since the
 * layout of a string cell is TensorFlow's own and an output's cell may point into the input's.
 *
 * <p>{@code TF_AllocateTensor} would free the cells of a string tensor but not what long strings
 * hold on the native heap. So the cells are our memory, lent with a deallocator that TensorFlow
 * calls, from whichever thread, once nobody uses them: after the run, or when the variable that
 * kept them goes.
 */
final class NativeStrings {

  /** Strings up to this size share one scratch buffer; a longer one gets its own. */
  private static final int SCRATCH = 16 * 1024;

  private static final MemorySegment DEALLOCATOR = CApi.deallocator(giveBackHandle());

  private NativeStrings() {}

  /** The strings of any tensor as TensorFlow's own; the caller closes it. */
  static TensorFlowTensor toNative(Tensor strings) {
    MemorySegment cells = newCells(strings);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment scratch = arena.allocate(SCRATCH);
      for (long i = 0; i < strings.shape().elementCount(); i++) {
        copy(strings.string(i), cell(cells, i), scratch);
      }
      MemorySegment dims = arena.allocateFrom(JAVA_LONG, strings.shape().dimensions());
      CApi.Lent lent = new CApi.Lent(cells, DEALLOCATOR);
      return TensorFlowTensor.adopt(
          CApi.newTensor(DataType.STRING.number(), dims, strings.shape().rank(), lent));
    } catch (Throwable failure) {
      giveBack(cells, cells.byteSize(), MemorySegment.NULL);
      throw failure;
    }
  }

  private static MemorySegment newCells(Tensor strings) {
    long bytes = TensorFlowTensor.byteSize(strings.shape(), CApi.STRING_SIZE);
    MemorySegment cells = CLibrary.malloc(bytes);
    if (cells.address() == 0) {
      throw StatusException.resourceExhausted(
          "no memory for a string tensor of shape %s (%d bytes)", strings.shape(), bytes);
    }
    NativeObjects.opened(NativeObjects.Kind.STRINGS);
    for (long i = 0; i < strings.shape().elementCount(); i++) {
      CApi.stringInit(cell(cells, i));
    }
    return cells;
  }

  private static void copy(byte[] bytes, MemorySegment cell, MemorySegment scratch) {
    if (bytes.length <= SCRATCH) {
      MemorySegment.copy(bytes, 0, scratch, JAVA_BYTE, 0, bytes.length);
      CApi.stringCopy(cell, scratch, bytes.length);
      return;
    }
    try (Arena own = Arena.ofConfined()) {
      CApi.stringCopy(cell, own.allocateFrom(JAVA_BYTE, bytes), bytes.length);
    }
  }

  /** {@code void (*deallocator)(void* data, size_t length, void* argument)}. */
  private static void giveBack(MemorySegment data, long length, MemorySegment unused) {
    MemorySegment cells = data.reinterpret(length);
    for (long offset = 0; offset < length; offset += CApi.STRING_SIZE) {
      CApi.stringDealloc(cells.asSlice(offset, CApi.STRING_SIZE));
    }
    CLibrary.free(data);
    NativeObjects.closed(NativeObjects.Kind.STRINGS);
  }

  private static MethodHandle giveBackHandle() {
    try {
      return MethodHandles.lookup()
          .findStatic(
              NativeStrings.class,
              "giveBack",
              MethodType.methodType(
                  void.class, MemorySegment.class, long.class, MemorySegment.class));
    } catch (ReflectiveOperationException missing) {
      throw new LinkageError("giveBack", missing);
    }
  }

  /** Copies the strings out and closes TensorFlow's tensor. */
  static StringTensor fromNative(TensorFlowTensor tensor) {
    try (tensor) {
      byte[][] elements = new byte[Math.toIntExact(tensor.shape().elementCount())][];
      for (int i = 0; i < elements.length; i++) {
        elements[i] = tensor.string(i);
      }
      return new StringTensor(tensor.shape(), elements);
    }
  }

  private static MemorySegment cell(MemorySegment cells, long index) {
    return cells.asSlice(index * CApi.STRING_SIZE, CApi.STRING_SIZE);
  }
}
