package dev.sluice.protocol;

import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The values that a signature has for inputs that a request leaves out: {@code defaults} of its
 * SignatureDef. Found anew for each request that leaves something out, since that is rare, and to
 * walk over a definition costs about a microsecond.
 */
final class SignatureDefaults {

  private static final int DEFAULTS = WireReader.tag(4, WireReader.BYTES);
  private static final int KEY = WireReader.tag(1, WireReader.BYTES);
  private static final int VALUE = WireReader.tag(2, WireReader.BYTES);

  private final byte[] definition;
  private final Map<String, InputSpan> spans = new LinkedHashMap<>();

  private SignatureDefaults(byte[] definition) {
    this.definition = definition;
  }

  static SignatureDefaults of(Signature signature) {
    SignatureDefaults defaults = new SignatureDefaults(signature.definition());
    try {
      defaults.find();
    } catch (MalformedWireException malformed) {
      throw new StatusException(
          StatusCode.INTERNAL,
          "the definition of signature " + signature.name() + " is malformed",
          malformed);
    }
    return defaults;
  }

  private void find() {
    WireReader in = new WireReader(definition, 0, definition.length);
    while (!in.atEnd()) {
      int tag = in.readTag();
      if (tag == DEFAULTS) {
        entry(in.readMessage());
      } else {
        in.skip(tag);
      }
    }
  }

  private void entry(WireReader in) {
    String key = "";
    InputSpan value = new InputSpan("", 0, 0);
    while (!in.atEnd()) {
      int tag = in.readTag();
      if (tag == KEY) {
        key = in.readString();
      } else if (tag == VALUE) {
        int length = in.readLength();
        value = new InputSpan("", in.position(), length);
        in.advance(length);
      } else {
        in.skip(tag);
      }
    }
    spans.put(key, value.named(key));
  }

  /** The inputs that have one. */
  Set<String> names() {
    return spans.keySet();
  }

  boolean has(String alias) {
    return spans.containsKey(alias);
  }

  /**
   * The value of an input that has one; the caller closes it.
   *
   * @throws StatusException as {@link TensorProtoReader#read}
   */
  Tensor tensor(String alias, TensorAllocator allocator, TensorBudget budget) {
    InputSpan span = spans.get(alias);
    if (span == null) {
      throw new IllegalArgumentException(alias + " has no default");
    }
    return TensorProtoReader.read(WireBytes.of(definition), span, allocator, budget);
  }
}
