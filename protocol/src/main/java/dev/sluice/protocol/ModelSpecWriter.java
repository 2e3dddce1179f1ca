package dev.sluice.protocol;

import java.nio.charset.StandardCharsets;

/**
 * Writes the {@code tensorflow.serving.ModelSpec} of an answer: name, the version that ran, and the
 * signature that was meant.
 */
final class ModelSpecWriter {

  private static final int NAME = WireReader.tag(1, WireReader.BYTES);
  private static final int VERSION = WireReader.tag(2, WireReader.BYTES);
  private static final int VERSION_VALUE = WireReader.tag(1, WireReader.VARINT);
  private static final int SIGNATURE_NAME = WireReader.tag(3, WireReader.BYTES);

  private ModelSpecWriter() {}

  /**
   * The message's bytes.
   *
   * @param version a wrapper message, so it is present for 0 as well
   */
  static byte[] write(String modelName, long version, String signatureName) {
    byte[] name = modelName.getBytes(StandardCharsets.UTF_8);
    byte[] signature = signatureName.getBytes(StandardCharsets.UTF_8);
    int versionSize = version == 0 ? 0 : 1 + WireWriter.varintSize(version);
    long size = stringSize(name) + WireWriter.fieldSize(versionSize) + stringSize(signature);
    WireWriter out = new WireWriter(new byte[TensorProtoWriter.limited(size)], 0);
    string(out, NAME, name);
    out.header(VERSION, versionSize);
    if (version != 0) {
      out.varint(VERSION_VALUE);
      out.varint(version);
    }
    string(out, SIGNATURE_NAME, signature);
    return out.target();
  }

  // An empty string is what proto3 means by an absent one.
  private static long stringSize(byte[] text) {
    return text.length == 0 ? 0 : WireWriter.fieldSize(text.length);
  }

  private static void string(WireWriter out, int tag, byte[] text) {
    if (text.length > 0) {
      out.bytes(tag, text);
    }
  }
}
