package dev.sluice.protocol;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Reads a TensorProto from its wire bytes into a tensor's own buffer, with TensorFlow's rules: the
 * content beats the typed list, the list of another type is ignored, surplus values are dropped, a
 * short list repeats its last value and an empty one stands for zeros or empty strings.
 * Thread-safe.
 */
public final class TensorProtoReader {

  private final WireBytes wire;
  private final int offset;
  private final int length;
  private final String alias;
  private final TensorHeader header;

  private TensorProtoReader(
      WireBytes wire, int offset, int length, String alias, TensorHeader header) {
    this.wire = wire;
    this.offset = offset;
    this.length = length;
    this.alias = alias;
    this.header = header;
  }

  /**
   * Decodes one tensor.
   *
   * @param wire an array with the message's bytes at {@code offset}; not kept
   * @param alias the input's name, for error texts
   * @return the tensor, which the caller closes; nothing stays allocated on failure
   * @throws StatusException INVALID_ARGUMENT {@code tensor parsing error: <alias>} if the bytes do
   *     not decode, RESOURCE_EXHAUSTED if the tensor is larger than the budget or the allocator has
   *     no memory
   */
  public static Tensor read(
      byte[] wire,
      int offset,
      int length,
      String alias,
      TensorAllocator allocator,
      TensorBudget budget) {
    return read(WireBytes.of(wire), new InputSpan(alias, offset, length), allocator, budget);
  }

  /** The same from where a span of a message lies. */
  static Tensor read(
      WireBytes wire, InputSpan span, TensorAllocator allocator, TensorBudget budget) {
    int offset = span.offset();
    int length = span.length();
    String alias = span.alias();
    try {
      TensorHeader header = TensorHeader.read(wire.reader(offset, length));
      TensorProtoReader reader = new TensorProtoReader(wire, offset, length, alias, header);
      return header.dataType() == DataType.STRING
          ? reader.readStrings(budget)
          : reader.readFixed(allocator, budget);
    } catch (MalformedWireException malformed) {
      throw new StatusException(
          StatusCode.INVALID_ARGUMENT, "tensor parsing error: " + alias, malformed);
    }
  }

  private boolean hasContent() {
    return header.contentLength() > 0;
  }

  private Tensor readFixed(TensorAllocator allocator, TensorBudget budget) {
    DataType type = header.dataType();
    long elements = header.shape().elementCount();
    budget.check(alias, type, elements);
    if (hasContent() && elements > 0) {
      requireContentLength(elements * type.elementSize());
    }
    Tensor tensor = allocator.allocate(type, header.shape());
    try {
      if (elements > 0) {
        fill(tensor.data());
      }
      return tensor;
    } catch (RuntimeException | Error failure) {
      tensor.close();
      throw failure;
    }
  }

  private void requireContentLength(long bytes) {
    if (header.contentLength() != bytes) {
      throw new MalformedWireException(
          header.contentLength() + " bytes of tensor_content, expected " + bytes);
    }
  }

  private void fill(MemorySegment data) {
    if (hasContent()) {
      wire.copy(header.contentOffset(), data, 0, header.contentLength());
      return;
    }
    new ValueListReader(header.dataType(), data).read(wire, wire.reader(offset, length));
  }

  private Tensor readStrings(TensorBudget budget) {
    long elements = header.shape().elementCount();
    if (elements == 0) {
      return new StringTensor(header.shape(), new byte[0][]);
    }
    byte[][] strings = hasContent() ? contentStrings(elements, budget) : listedStrings(budget);
    return new StringTensor(header.shape(), strings);
  }

  /** First all lengths as varints, then all strings back to back. */
  private byte[][] contentStrings(long elements, TensorBudget budget) {
    budget.checkStrings(alias, elements, header.contentLength());
    WireReader lengths = wire.reader(header.contentOffset(), header.contentLength());
    if (elements > header.contentLength()) {
      throw new MalformedWireException("fewer bytes of tensor_content than strings");
    }
    int[] sizes = new int[(int) elements];
    long total = 0;
    for (int i = 0; i < sizes.length; i++) {
      long size = lengths.readVarint();
      if (size < 0 || size > header.contentLength()) {
        throw new MalformedWireException("string of " + size + " bytes in tensor_content");
      }
      sizes[i] = (int) size;
      total += size;
    }
    int at = lengths.position();
    requireContentLength(total + (at - header.contentOffset()));
    byte[][] strings = new byte[sizes.length][];
    for (int i = 0; i < sizes.length; i++) {
      strings[i] = wire.array(at, sizes[i]);
      at += sizes[i];
    }
    return strings;
  }

  private byte[][] listedStrings(TensorBudget budget) {
    Shape shape = header.shape();
    checkListedStrings(shape.elementCount(), budget);
    byte[][] strings = new byte[(int) shape.elementCount()][];
    WireReader in = wire.reader(offset, length);
    int count = 0;
    while (!in.atEnd()) {
      int tag = in.readTag();
      if (tag == ValueList.STRING_VAL.tag() && count < strings.length) {
        int size = in.readLength();
        strings[count++] = wire.array(in.position(), size);
        in.advance(size);
      } else {
        in.skip(tag);
      }
    }
    Arrays.fill(strings, count, strings.length, count == 0 ? new byte[0] : strings[count - 1]);
    return strings;
  }

  /** Asks the budget before a single string is copied. */
  private void checkListedStrings(long elements, TensorBudget budget) {
    WireReader in = wire.reader(offset, length);
    long count = 0;
    long content = 0;
    int last = 0;
    while (!in.atEnd()) {
      int tag = in.readTag();
      if (tag == ValueList.STRING_VAL.tag() && count < elements) {
        last = in.readLength();
        in.advance(last);
        content += last;
        count++;
      } else {
        in.skip(tag);
      }
    }
    // Saturates far above any budget.
    long repeated = Math.min(elements - count, Long.MAX_VALUE / 2 / Math.max(last, 1)) * last;
    budget.checkStrings(alias, elements, content + repeated);
  }
}
