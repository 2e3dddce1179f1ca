package dev.sluice.model;

/**
 * Makes tensors whose memory an engine can take as it is. A decoder gets the allocator of the model
 * that it decodes for, so values go once from the wire into the buffer that the run reads.
 * Thread-safe.
 */
public interface TensorAllocator {

  /**
   * A tensor of a fixed-size type. Its content is undefined until written.
   *
   * @throws dev.sluice.status.StatusException INVALID_ARGUMENT if the type has no fixed size,
   *     RESOURCE_EXHAUSTED if there is no memory for it
   */
  Tensor allocate(DataType dataType, Shape shape);
}
