package dev.sluice.protocol;

import java.io.ByteArrayOutputStream;

/**
 * A {@code tensorflow.serving.Input} while it is read. Its two kinds are a oneof: one that comes in
 * parts merges, and another than before replaces what was read.
 */
final class InputReader {

  private static final int EXAMPLE_LIST = WireReader.tag(1, WireReader.BYTES);
  private static final int EXAMPLE_LIST_WITH_CONTEXT = WireReader.tag(2, WireReader.BYTES);
  private static final int EXAMPLES = WireReader.tag(1, WireReader.BYTES);
  private static final int CONTEXT = WireReader.tag(2, WireReader.BYTES);

  private final byte[] wire;
  private int kind;
  private ExampleBatch.Spans examples = new ExampleBatch.Spans();

  /** A context in parts is one message, and merging is what concatenation means on the wire. */
  private ByteArrayOutputStream context = new ByteArrayOutputStream(0);

  InputReader(byte[] wire) {
    this.wire = wire;
  }

  /** What was read. */
  ExampleBatch batch() {
    return examples.in(wire, context.toByteArray());
  }

  void merge(WireReader in) {
    while (!in.atEnd()) {
      int tag = in.readTag();
      if (tag == EXAMPLE_LIST || tag == EXAMPLE_LIST_WITH_CONTEXT) {
        replaceOther(tag);
        list(in.readMessage());
      } else {
        in.skip(tag);
      }
    }
  }

  private void replaceOther(int next) {
    if (kind != next) {
      kind = next;
      examples = new ExampleBatch.Spans();
      context = new ByteArrayOutputStream(0);
    }
  }

  private void list(WireReader in) {
    while (!in.atEnd()) {
      int tag = in.readTag();
      if (tag == EXAMPLES) {
        int length = in.readLength();
        examples.add(in.position(), length);
        in.advance(length);
      } else if (tag == CONTEXT && kind == EXAMPLE_LIST_WITH_CONTEXT) {
        int length = in.readLength();
        context.write(wire, in.position(), length);
        in.advance(length);
      } else {
        in.skip(tag);
      }
    }
  }
}
