package dev.sluice.protocol;

import dev.sluice.model.DataType;
import dev.sluice.status.StatusException;
import java.math.BigInteger;

/**
 * How many bytes one decoded tensor may take. A few bytes of header can ask for 2<sup>40</sup>
 * elements, so decoders ask here before they allocate. Immutable.
 *
 * <p>A tensor of a fixed-size type takes its elements' bytes. A string tensor takes {@value
 * #STRING_BYTES} bytes an element, which is what an engine spends on an empty string, plus the
 * bytes of every string; a string that the wire sends once and the shape repeats counts each time.
 *
 * @param maxTensorBytes the limit for one tensor, in bytes, &gt; 0
 */
public record TensorBudget(long maxTensorBytes) {

  /** The limit where none is configured: 1 GiB. */
  public static final TensorBudget DEFAULT = new TensorBudget(1L << 30);

  static final int STRING_BYTES = 24;

  public TensorBudget {
    if (maxTensorBytes <= 0) {
      throw new IllegalArgumentException("maxTensorBytes " + maxTensorBytes + ", expected > 0");
    }
  }

  /**
   * Refuses a fixed-size tensor that is too large.
   *
   * @throws StatusException RESOURCE_EXHAUSTED
   */
  void check(String alias, DataType type, long elements) {
    if (elements > maxTensorBytes / type.elementSize()) {
      throw refusal(alias, times(elements, type.elementSize()));
    }
  }

  /**
   * Refuses a string tensor that is too large, or that has more elements than an array holds.
   *
   * @param contentBytes the bytes of all strings together
   * @throws StatusException RESOURCE_EXHAUSTED
   */
  void checkStrings(String alias, long elements, long contentBytes) {
    boolean fits =
        elements < Integer.MAX_VALUE - 8
            && contentBytes <= maxTensorBytes
            && elements * STRING_BYTES <= maxTensorBytes - contentBytes;
    if (!fits) {
      throw refusal(alias, times(elements, STRING_BYTES).add(BigInteger.valueOf(contentBytes)));
    }
  }

  private static BigInteger times(long elements, int size) {
    return BigInteger.valueOf(elements).multiply(BigInteger.valueOf(size));
  }

  private StatusException refusal(String alias, BigInteger bytes) {
    return StatusException.resourceExhausted(
        "tensor for input \"%s\" would take %s bytes, more than the limit of %d bytes a tensor",
        alias, bytes, maxTensorBytes);
  }
}
