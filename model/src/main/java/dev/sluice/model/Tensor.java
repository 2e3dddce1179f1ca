package dev.sluice.model;

import java.lang.foreign.MemorySegment;

/**
 * A typed, shaped array of elements that one owner closes.
 *
 * <p>A tensor of a type with a fixed element size has {@link #data()}: off-heap, little-endian,
 * row-major, aligned as its engine wants it. A {@link DataType#STRING} tensor has {@link
 * #string(long)} instead. No other kind has elements that can be read.
 *
 * <p><b>Ownership.</b> Whoever made a tensor, or was handed it as an answer, closes it exactly
 * once; closing again does nothing. After the close no element can be read, and a segment obtained
 * before must not be touched: its memory may be gone. An engine may keep the memory of a closed
 * tensor alive for itself (an Identity output shares its input's memory), so memory is never reused
 * by hand.
 *
 * <p><b>Threading.</b> Content is written before a tensor is handed on and only read after that;
 * reading is safe from any thread.
 */
public interface Tensor extends AutoCloseable {

  /** The type of every element. */
  DataType dataType();

  /** The dimensions. */
  Shape shape();

  /**
   * The elements' bytes: {@code shape().elementCount() * dataType().elementSize()} of them.
   *
   * @throws IllegalStateException if the tensor is closed or its type has no fixed size
   */
  MemorySegment data();

  /**
   * One element of a {@link DataType#STRING} tensor: any bytes, not a copy, not to be changed.
   *
   * @param index row-major, from 0
   * @throws IllegalStateException if the tensor is closed or holds no strings
   */
  byte[] string(long index);

  /** Gives the memory back. Does nothing the second time. */
  @Override
  void close();
}
