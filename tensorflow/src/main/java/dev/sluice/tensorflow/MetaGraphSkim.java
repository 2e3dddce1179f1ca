package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.sluice.model.DataType;
import dev.sluice.model.Signature;
import dev.sluice.model.TensorSpec;
import dev.sluice.proto.tensorflow.SignatureDef;
import dev.sluice.proto.tensorflow.TensorInfo;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the signatures out of a serialised {@code MetaGraphDef} where TensorFlow left it, in native
 * memory.
 *
 * <p>Only the entries of {@code signature_def} come to the heap. The rest, which may be a graph
 * with hundreds of megabytes of constants, is stepped over field by field. Field numbers are those
 * of {@code tensorflow/core/protobuf/meta_graph.proto}.
 */
final class MetaGraphSkim {

  private static final int SIGNATURE_DEF = 5;

  /** Names in byte order, which is also the order of error texts that list them. */
  static final Comparator<String> BYTE_ORDER =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  private final MemorySegment bytes;
  private long position;

  private MetaGraphSkim(MemorySegment bytes) {
    this.bytes = bytes;
  }

  /** The signatures of a serialised {@code MetaGraphDef}, by name in byte order. */
  static SortedMap<String, Signature> signatures(MemorySegment metaGraph) {
    try {
      return new MetaGraphSkim(metaGraph).read();
    } catch (IOException | IndexOutOfBoundsException | ArithmeticException malformed) {
      throw StatusException.internal(
          "TensorFlow returned a MetaGraphDef that does not parse: %s", malformed.getMessage());
    }
  }

  private SortedMap<String, Signature> read() throws IOException {
    SortedMap<String, Signature> signatures = new TreeMap<>(BYTE_ORDER);
    while (position < bytes.byteSize()) {
      int tag = (int) varint();
      if (tag == (SIGNATURE_DEF << 3 | 2)) {
        long length = varint();
        ByteBuffer entry = bytes.asSlice(position, length).asByteBuffer();
        position += length;
        Signature signature = entry(CodedInputStream.newInstance(entry));
        signatures.put(signature.name(), signature);
      } else {
        skip(tag & 7);
      }
    }
    return signatures;
  }

  private void skip(int wireType) {
    long length =
        switch (wireType) {
          case 0 -> varint() & 0; // reading it was stepping over it
          case 1 -> 8;
          case 2 -> varint();
          case 5 -> 4;
          default -> throw new IndexOutOfBoundsException("wire type " + wireType);
        };
    position = Math.addExact(position, length);
    if (length < 0 || position > bytes.byteSize()) {
      throw new IndexOutOfBoundsException("field ends at byte " + position);
    }
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = bytes.get(JAVA_BYTE, position++);
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IndexOutOfBoundsException("varint of more than 10 bytes at byte " + position);
  }

  /** An entry of the map: field 1 is the key, field 2 the value. */
  private static Signature entry(CodedInputStream in) throws IOException {
    String name = "";
    byte[] definition = new byte[0];
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> name = in.readStringRequireUtf8();
        case 2 -> definition = in.readByteArray();
        default -> in.skipField(tag);
      }
    }
    return signature(name, definition);
  }

  private static Signature signature(String name, byte[] definition)
      throws InvalidProtocolBufferException {
    SignatureDef parsed = SignatureDef.parseFrom(definition);
    return new Signature(
        name,
        parsed.getMethodName(),
        specs(parsed.getInputsMap()),
        specs(parsed.getOutputsMap()),
        definition);
  }

  private static List<TensorSpec> specs(Map<String, TensorInfo> infos) {
    List<TensorSpec> specs = new ArrayList<>();
    infos.forEach((name, info) ->
        specs.add(
            new TensorSpec(
                name, info.getName(), DataType.ofNumber(info.getDtypeValue()), dimensions(info))));
    specs.sort(Comparator.comparing(TensorSpec::name, BYTE_ORDER));
    return specs;
  }

  private static @Nullable List<Long> dimensions(TensorInfo info) {
    TensorShapeProto shape = info.getTensorShape();
    if (!info.hasTensorShape() || shape.getUnknownRank()) {
      return null;
    }
    return shape.getDimList().stream().map(TensorShapeProto.Dim::getSize).toList();
  }
}
