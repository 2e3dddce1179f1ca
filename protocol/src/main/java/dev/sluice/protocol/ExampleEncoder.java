package dev.sluice.protocol;

import dev.sluice.model.DataType;
import dev.sluice.status.StatusException;
import java.util.Arrays;

/**
 * Encodes examples from JSON: each object becomes a {@code tf.Example}, each member a feature. The
 * text alone decides what a feature holds: numbers with a fraction or an exponent are floats, other
 * numbers and booleans are integers, strings and base64 objects are bytes; the first value of a
 * feature decides for all. A feature sent twice is encoded twice, of which readers take the last.
 *
 * <p>All examples go into one array, each at a place of its own. Not thread-safe.
 */
final class ExampleEncoder {

  private static final int FEATURES = WireReader.tag(1, WireReader.BYTES);
  private static final int ENTRY = WireReader.tag(1, WireReader.BYTES);
  private static final int KEY = WireReader.tag(1, WireReader.BYTES);
  private static final int FEATURE = WireReader.tag(2, WireReader.BYTES);
  private static final int VALUES = WireReader.tag(1, WireReader.BYTES);

  /** The most that tag and length of a field with a small number take. */
  private static final int HEADER = 6;

  /** What a feature holds, with the number of its list in the message. */
  private enum Kind {
    UNKNOWN(0, "UNKNOWN"),
    BYTES(1, "bytes"),
    FLOAT(2, "float"),
    INT64(3, "int64");

    private final int list;
    private final String label;

    Kind(int field, String label) {
      this.list = WireReader.tag(field, WireReader.BYTES);
      this.label = label;
    }
  }

  private final JsonCursor in;
  private final JsonNumber number;
  private final WireBuffer out = new WireBuffer();
  private final WireBuffer values = new WireBuffer();
  private final ExampleBatch.Spans spans = new ExampleBatch.Spans();
  private Kind kind = Kind.UNKNOWN;

  /** Encodes from text that a scan has checked. */
  ExampleEncoder(byte[] json) {
    this.in = new JsonCursor(json, 0);
    this.number = new JsonNumber(json);
  }

  /**
   * Encodes one object that is not part of the batch.
   *
   * @throws StatusException INVALID_ARGUMENT if it is no example
   */
  byte[] context(int at) {
    in.at = at;
    int start = example();
    byte[] bytes = Arrays.copyOfRange(out.bytes(), start, out.size());
    out.clear();
    return bytes;
  }

  /**
   * Encodes a list of objects.
   *
   * @param at where the list begins
   * @throws StatusException INVALID_ARGUMENT if one of them is no example
   */
  ExampleBatch batch(int at, byte[] context) {
    in.at = at + 1;
    do {
      int start = example();
      spans.add(start, out.size() - start);
    } while (in.take(','));
    return spans.in(out.bytes(), context);
  }

  /** Where the example begins that ends where the output does. */
  private int example() {
    byte first = in.peek();
    if (first != '{') {
      throw StatusException.invalidArgument(
          "Example must be JSON object but got JSON %s", JsonCursor.typeName(first));
    }
    out.skip(HEADER);
    int from = out.size();
    in.at++;
    if (!in.take('}')) {
      do {
        feature();
      } while (in.take(','));
      in.take('}');
    }
    return out.headerBefore(from, FEATURES);
  }

  private void feature() {
    int key = in.skipKey();
    values.clear();
    kind = Kind.UNKNOWN;
    if (in.take('[')) {
      if (!in.take(']')) {
        do {
          value(key);
        } while (in.take(','));
        in.take(']');
      }
    } else {
      value(key);
    }
    entry(JsonStrings.decode(in.bytes, key + 1, JsonStrings.closingQuote(in.bytes, key)));
  }

  private void value(int key) {
    byte first = in.peek();
    switch (first) {
      case 't', 'f' -> {
        hold(Kind.INT64, key);
        values.varint(first == 't' ? 1 : 0);
        in.skipValue();
      }
      case '"' -> bytes(key);
      case '{' -> {
        if (!in.isBase64Object()) {
          throw unexpected(first, key);
        }
        bytes(key);
      }
      case '[', 'n' -> throw unexpected(first, key);
      default -> number(key);
    }
  }

  private void bytes(int key) {
    hold(Kind.BYTES, key);
    if (!in.readElement(DataType.STRING)) {
      throw StatusException.invalidArgument("Unable to base64 decode");
    }
    values.header(VALUES, in.string.length);
    values.raw(in.string, in.string.length);
  }

  private void number(int key) {
    if (!number.readInteger(in.at)) {
      hold(Kind.FLOAT, key);
      values.fixed32(Float.floatToRawIntBits((float) in.readDouble()));
      return;
    }
    hold(Kind.INT64, key);
    if (number.magnitude() < 0 && !number.isNegative()) {
      throw StatusException.invalidArgument(
          "Feature: %s has uint64_t element. Only int64_t is supported.", name(key));
    }
    values.varint(number.isNegative() ? -number.magnitude() : number.magnitude());
    in.at = number.end();
  }

  /** The feature's next value is of this kind, as those before it have to be. */
  private void hold(Kind next, int key) {
    if (kind == Kind.UNKNOWN) {
      kind = next;
    } else if (kind != next) {
      throw StatusException.invalidArgument(
          "Unexpected element type in feature: %s expecting type: %s", name(key), kind.label);
    }
  }

  private StatusException unexpected(byte first, int key) {
    return StatusException.invalidArgument(
        "Feature: %s has element with unexpected JSON type: %s",
        name(key), JsonCursor.typeName(first));
  }

  private String name(int key) {
    return JsonCursor.keyAt(in.bytes, key);
  }

  /** A member of the map of features: key and value, both always there. */
  private void entry(byte[] key) {
    boolean packed = kind == Kind.FLOAT || kind == Kind.INT64;
    long list = packed ? WireWriter.fieldSize(values.size()) : values.size();
    long feature = kind == Kind.UNKNOWN ? 0 : WireWriter.fieldSize(list);
    long entry = WireWriter.fieldSize(key.length) + WireWriter.fieldSize(feature);
    out.header(ENTRY, TensorProtoWriter.limited(entry));
    out.header(KEY, key.length);
    out.raw(key, key.length);
    out.header(FEATURE, (int) feature);
    if (kind == Kind.UNKNOWN) {
      return;
    }
    out.header(kind.list, (int) list);
    if (packed) {
      out.header(VALUES, values.size());
    }
    out.raw(values.bytes(), values.size());
  }
}
