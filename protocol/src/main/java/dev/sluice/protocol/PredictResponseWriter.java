package dev.sluice.protocol;

import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@code tensorflow.serving.PredictResponse} of which the size is known and which is not written
 * yet: its tensors are read when it is. Immutable.
 */
public final class PredictResponseWriter {

  private static final int OUTPUTS = WireReader.tag(1, WireReader.BYTES);
  private static final int MODEL_SPEC = WireReader.tag(2, WireReader.BYTES);
  private static final int KEY = WireReader.tag(1, WireReader.BYTES);
  private static final int VALUE = WireReader.tag(2, WireReader.BYTES);

  private final byte[] spec;
  private final List<Entry> entries;
  private final int size;

  private PredictResponseWriter(byte[] spec, List<Entry> entries, int size) {
    this.spec = spec;
    this.entries = entries;
    this.size = size;
  }

  /**
   * A message with one map entry per output, in the order given, and the model spec with its
   * version always set.
   *
   * @param version the version that ran; a wrapper message, so it is present for 0 as well
   * @param signatureName the name that was meant: {@code serving_default} where none was sent
   * @param names the outputs' aliases
   * @param outputs as many as names; they stay the caller's
   * @param asContent values in {@code tensor_content} instead of the typed lists
   * @throws StatusException RESOURCE_EXHAUSTED for more than 2<sup>31</sup>-1 bytes
   */
  public static PredictResponseWriter of(
      String modelName,
      long version,
      String signatureName,
      List<String> names,
      List<Tensor> outputs,
      boolean asContent) {
    if (names.size() != outputs.size()) {
      throw new IllegalArgumentException(
          names.size() + " names for " + outputs.size() + " outputs");
    }
    byte[] spec = ModelSpecWriter.write(modelName, version, signatureName);
    long size = WireWriter.fieldSize(spec.length);
    List<Entry> entries = new ArrayList<>(outputs.size());
    for (int i = 0; i < outputs.size(); i++) {
      Entry entry = Entry.of(names.get(i), outputs.get(i), asContent);
      entries.add(entry);
      size += WireWriter.fieldSize(entry.size());
    }
    return new PredictResponseWriter(spec, entries, TensorProtoWriter.limited(size));
  }

  /** The bytes of the message that {@link #of} describes. */
  public static byte[] write(
      String modelName,
      long version,
      String signatureName,
      List<String> names,
      List<Tensor> outputs,
      boolean asContent) {
    return of(modelName, version, signatureName, names, outputs, asContent).bytes();
  }

  /** How many bytes it has. */
  public int size() {
    return size;
  }

  /** All its bytes. */
  public byte[] bytes() {
    WireWriter out = new WireWriter(new byte[size], 0);
    write(out);
    return out.target();
  }

  /** Writes it in pieces, so that a large one takes no array of its size. */
  public void writeTo(OutputStream stream) {
    WireWriter out = new WireWriter(stream);
    write(out);
    out.flush();
  }

  private void write(WireWriter out) {
    for (Entry entry : entries) {
      entry.write(out);
    }
    out.bytes(MODEL_SPEC, spec);
  }

  /** One output with its sizes, which the outer messages have to know first. */
  private record Entry(byte[] key, Tensor tensor, boolean asContent, long tensorSize) {

    static Entry of(String name, Tensor tensor, boolean asContent) {
      byte[] key = name.getBytes(StandardCharsets.UTF_8);
      return new Entry(key, tensor, asContent, TensorProtoWriter.longSize(tensor, asContent));
    }

    long size() {
      return WireWriter.fieldSize(key.length) + WireWriter.fieldSize(tensorSize);
    }

    void write(WireWriter out) {
      out.header(OUTPUTS, size());
      out.bytes(KEY, key);
      out.header(VALUE, tensorSize);
      TensorProtoWriter.write(tensor, asContent, out);
    }
  }
}
