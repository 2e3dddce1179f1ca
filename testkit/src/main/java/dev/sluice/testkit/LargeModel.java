package dev.sluice.testkit;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A SavedModel of any size, written when a test wants one: {@code x} (float, any shape) gives
 * {@code y} = x, and beside it the graph holds a constant of zeros that nothing reads. The constant
 * is never in memory here.
 *
 * <p>The few messages it needs are put together by hand, from the field numbers of TensorFlow's
 * {@code saved_model.proto}, {@code meta_graph.proto}, {@code graph.proto}, {@code node_def.proto},
 * {@code attr_value.proto} and {@code tensor.proto}, so that this module needs no protobuf.
 */
public final class LargeModel {

  private static final int VARINT = 0;
  private static final int BYTES = 2;
  private static final byte[] FLOATS = number(6, 1); // AttrValue.type = DT_FLOAT

  private LargeModel() {}

  /**
   * Writes {@code saved_model.pb}; the graph in it is a little larger than its constant.
   *
   * @param directory the folder of the version; made if absent
   * @param constantBytes bytes of the constant, a multiple of 4 below 2^31 - 1000, since TensorFlow
   *     reads no graph of 2 GB
   * @throws UncheckedIOException if the file system fails
   */
  public static void write(Path directory, int constantBytes) {
    try {
      Files.createDirectories(directory);
      Path file = directory.resolve("saved_model.pb");
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
        writeTo(out, constantBytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't write a SavedModel to " + directory, e);
    }
  }

  /** What stands around the constant's content is written from the inside out, then in front. */
  private static void writeTo(OutputStream out, int constantBytes) throws IOException {
    byte[] shape = bytes(2, bytes(2, number(1, constantBytes / 4))); // dim.size
    byte[] head = concat(number(1, 1), shape, begin(4, constantBytes)); // dtype, tensor_content
    head = concat(begin(8, head.length + (long) constantBytes), head); // AttrValue.tensor
    head = concat(text(1, "value"), begin(2, head.length + (long) constantBytes), head);
    byte[] node = concat(text(1, "large"), text(2, "Const"), attribute("dtype", FLOATS));
    head = concat(node, begin(5, head.length + (long) constantBytes), head); // NodeDef.attr
    head = concat(smallNodes(), begin(1, head.length + (long) constantBytes), head);
    byte[] tags = bytes(1, text(4, "serve")); // MetaInfoDef
    head = concat(tags, begin(2, head.length + (long) constantBytes), head); // graph_def
    byte[] signature = signature();
    long metaGraph = (long) head.length + constantBytes + signature.length;
    out.write(concat(number(1, 1), begin(2, metaGraph), head));
    byte[] zeros = new byte[1 << 16];
    for (int left = constantBytes; left > 0; left -= zeros.length) {
      out.write(zeros, 0, Math.min(left, zeros.length));
    }
    out.write(signature);
  }

  private static byte[] smallNodes() {
    byte[] x = concat(text(1, "x"), text(2, "Placeholder"), attribute("dtype", FLOATS));
    byte[] y = concat(text(1, "y"), text(2, "Identity"), text(3, "x"), attribute("T", FLOATS));
    return concat(bytes(1, x), bytes(1, y));
  }

  private static byte[] attribute(String name, byte[] value) {
    return bytes(5, concat(text(1, name), bytes(2, value)));
  }

  private static byte[] signature() {
    byte[] inputs = bytes(1, concat(text(1, "x"), bytes(2, tensorInfo("x:0"))));
    byte[] outputs = bytes(2, concat(text(1, "y"), bytes(2, tensorInfo("y:0"))));
    byte[] definition = concat(inputs, outputs, text(3, "tensorflow/serving/predict"));
    return bytes(5, concat(text(1, "serving_default"), bytes(2, definition)));
  }

  private static byte[] tensorInfo(String name) {
    return concat(text(1, name), number(2, 1), bytes(3, number(3, 1))); // unknown_rank
  }

  private static byte[] text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] bytes(int field, byte[] value) {
    return concat(begin(field, value.length), value);
  }

  /** What precedes a field's bytes. */
  private static byte[] begin(int field, long length) {
    return concat(varint((field << 3) | BYTES), varint(length));
  }

  private static byte[] number(int field, long value) {
    return concat(varint((field << 3) | VARINT), varint(value));
  }

  private static byte[] varint(long value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long left = value;
    for (; left > 0x7f; left >>>= 7) {
      out.write((int) ((left & 0x7f) | 0x80));
    }
    out.write((int) left);
    return out.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
