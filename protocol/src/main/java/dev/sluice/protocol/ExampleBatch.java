package dev.sluice.protocol;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The serialised {@code tf.Example}s of one request, and the context that is common to all of them.
 * An example that has a context is the context's bytes followed by its own: on the wire that merges
 * the two, and what the example says itself wins.
 *
 * <p>Holds positions in the bytes that the examples were read from, which must not change.
 * Immutable and thread-safe.
 */
public final class ExampleBatch {

  /** What errors call the tensor: the one input that such a signature has. */
  private static final String ALIAS = "inputs";

  private final byte[] source;
  private final int[] spans;
  private final byte[] context;
  private final long contentBytes;

  private ExampleBatch(byte[] source, Spans spans, byte[] context) {
    this.source = source;
    this.spans = spans.packed();
    this.context = context;
    this.contentBytes = spans.bytes + (long) size() * context.length;
  }

  /** How many examples there are. */
  public int size() {
    return spans.length / 2;
  }

  /** The bytes of all examples, with the context in each. */
  public long contentBytes() {
    return contentBytes;
  }

  /**
   * The examples as a string tensor of shape {@code [size]}. An element is put together when it is
   * asked for, so a short request whose context is repeated many times costs no memory here.
   *
   * @throws StatusException INVALID_ARGUMENT if there are none, RESOURCE_EXHAUSTED if they are more
   *     than the budget allows
   */
  public Tensor tensor(TensorBudget budget) {
    if (size() == 0) {
      throw StatusException.invalidArgument("Input is empty.");
    }
    budget.checkStrings(ALIAS, size(), contentBytes);
    return new Examples(Shape.of(size()));
  }

  private byte[] example(int index) {
    int offset = spans[2 * index];
    int length = spans[2 * index + 1];
    byte[] bytes = Arrays.copyOf(context, context.length + length);
    System.arraycopy(source, offset, bytes, context.length, length);
    return bytes;
  }

  /** Positions of examples while they are found. Not thread-safe. */
  static final class Spans {

    private int[] packed = new int[16];
    private int end;
    private long bytes;

    /** The next example begins there and has so many bytes. */
    void add(int offset, int length) {
      if (end == packed.length) {
        packed = Arrays.copyOf(packed, 2 * end);
      }
      packed[end++] = offset;
      packed[end++] = length;
      bytes += length;
    }

    private int[] packed() {
      return Arrays.copyOf(packed, end);
    }

    /** The batch of all that were added. */
    ExampleBatch in(byte[] source, byte[] context) {
      return new ExampleBatch(source, this, context);
    }
  }

  /** Strings that live in the request's own bytes; there is nothing to give back. */
  private final class Examples implements Tensor {

    private final Shape shape;
    private volatile boolean closed;

    Examples(Shape shape) {
      this.shape = shape;
    }

    @Override
    public DataType dataType() {
      return DataType.STRING;
    }

    @Override
    public Shape shape() {
      return shape;
    }

    @Override
    public MemorySegment data() {
      throw new IllegalStateException("a string tensor has no flat data");
    }

    @Override
    public byte[] string(long index) {
      if (closed) {
        throw new IllegalStateException("tensor is closed");
      }
      return example(Math.toIntExact(index));
    }

    @Override
    public void close() {
      closed = true;
    }

    @Override
    public String toString() {
      return "string" + shape;
    }
  }
}
