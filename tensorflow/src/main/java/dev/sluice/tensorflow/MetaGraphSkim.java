package dev.sluice.tensorflow;

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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a serialised {@code MetaGraphDef} says of itself where it lies, off the heap: in
 * native memory where TensorFlow left it, or in a mapped file.
 *
 * <p>Only the entries of {@code signature_def} and a few short strings come to the heap. The rest,
 * which may be a graph with gigabytes of constants, is stepped over field by field. Field numbers
 * are those of {@code tensorflow/core/protobuf/meta_graph.proto}.
 */
final class MetaGraphSkim {

  private static final int META_INFO_DEF = 1;
  private static final int GRAPH_DEF = 2;
  private static final int SIGNATURE_DEF = 5;

  private static final int TAGS = 4;
  private static final int TENSORFLOW_VERSION = 5;

  /** Names in byte order, which is also the order of error texts that list them. */
  static final Comparator<String> BYTE_ORDER =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  private final SortedMap<String, Signature> signatures = new TreeMap<>(BYTE_ORDER);
  private final List<String> tags = new ArrayList<>();
  private String tensorflowVersion = "";

  private MetaGraphSkim() {}

  /**
   * The signatures of a {@code MetaGraphDef} that TensorFlow returned, by name in byte order.
   *
   * @throws StatusException INTERNAL if it does not parse
   */
  static SortedMap<String, Signature> signatures(MemorySegment metaGraph) {
    try {
      return read(metaGraph, false).signatures();
    } catch (IOException malformed) {
      throw StatusException.internal(
          "TensorFlow returned a MetaGraphDef that does not parse: %s", malformed.getMessage());
    }
  }

  /**
   * What is read of a {@code MetaGraphDef}.
   *
   * @param withGraph whether to look at the nodes of its graph
   * @throws IOException if it does not parse
   */
  static SavedModelDescription.MetaGraph read(MemorySegment metaGraph, boolean withGraph)
      throws IOException {
    MetaGraphSkim skim = new MetaGraphSkim();
    GraphSkim graph = new GraphSkim();
    MessageSkim fields = new MessageSkim(metaGraph);
    while (fields.next()) {
      if (fields.isBytes(META_INFO_DEF)) {
        skim.metaInfo(new MessageSkim(fields.content()));
      } else if (fields.isBytes(SIGNATURE_DEF)) {
        Signature signature = entry(CodedInputStream.newInstance(fields.shortContent()));
        skim.signatures.put(signature.name(), signature);
      } else if (withGraph && fields.isBytes(GRAPH_DEF)) {
        graph.read(fields.content());
      }
    }
    return new SavedModelDescription.MetaGraph(
        skim.tags,
        skim.tensorflowVersion,
        Collections.unmodifiableSortedMap(skim.signatures),
        graph.placeholders(),
        graph.parsesExamples());
  }

  private void metaInfo(MessageSkim fields) throws IOException {
    while (fields.next()) {
      if (fields.isBytes(TAGS)) {
        tags.add(text(fields));
      } else if (fields.isBytes(TENSORFLOW_VERSION)) {
        tensorflowVersion = text(fields);
      }
    }
  }

  private static String text(MessageSkim field) throws IOException {
    return StandardCharsets.UTF_8.decode(field.shortContent()).toString();
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

  /** A signature from the bytes of its {@code SignatureDef}. */
  static Signature signature(String name, byte[] definition) throws InvalidProtocolBufferException {
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
