package dev.sluice.protocol;

/**
 * Where one input's TensorProto lies in its envelope's bytes.
 *
 * @param alias the key it was sent under
 * @param offset of its first byte
 * @param length in bytes; 0 for an empty message
 */
public record InputSpan(String alias, int offset, int length) {

  InputSpan named(String name) {
    return new InputSpan(name, offset, length);
  }
}
