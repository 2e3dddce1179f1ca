package dev.sluice.tensorflow;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import dev.sluice.proto.tensorflow.AttrValue;
import dev.sluice.proto.tensorflow.BytesList;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.Example;
import dev.sluice.proto.tensorflow.Feature;
import dev.sluice.proto.tensorflow.Features;
import dev.sluice.proto.tensorflow.FloatList;
import dev.sluice.proto.tensorflow.Int64List;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A {@code tf.Example} that a graph can parse: it has every feature that must be there. */
final class SampleExample {

  private final Node parser;
  private final List<String> dense;

  private SampleExample(Node parser, List<String> dense) {
    this.parser = parser;
    this.dense = dense;
  }

  /** What the graph parses; null if it parses no examples. */
  static @Nullable SampleExample of(FlatGraph flat) {
    for (Node node : flat.nodes()) {
      if (node.op().equals("ParseExampleV2")) {
        return new SampleExample(node, strings(flat, node.inputs().get(3)));
      }
      if (node.op().equals("ParseExample")) {
        int first = (int) (2 + node.number("Nsparse"));
        List<String> names = new ArrayList<>();
        for (int i = 0; i < node.number("Ndense"); i++) {
          names.addAll(strings(flat, node.inputs().get(first + i)));
        }
        return new SampleExample(node, names);
      }
    }
    return null;
  }

  /** The content of a constant vector of strings, or of one string. */
  private static List<String> strings(FlatGraph flat, Port port) {
    Node node = flat.node(port.node());
    TensorProto constant = node == null ? null : node.constant();
    return constant == null
        ? List.of()
        : constant.getStringValList().stream().map(value -> value.toString(UTF_8)).toList();
  }

  /** One of them, serialised. */
  byte[] make(Random random) {
    AttrValue types = parser.attribute("Tdense");
    AttrValue shapes = parser.attribute("dense_shapes");
    Features.Builder features = Features.newBuilder();
    if (types != null && shapes != null) {
      int known = Math.min(types.getList().getTypeCount(), shapes.getList().getShapeCount());
      for (int i = 0; i < Math.min(dense.size(), known); i++) {
        int count = count(shapes.getList().getShape(i));
        features.putFeature(dense.get(i), feature(types.getList().getType(i), count, random));
      }
    }
    return Example.newBuilder().setFeatures(features).build().toByteArray();
  }

  private static int count(TensorShapeProto shape) {
    return shape.getDimList().stream()
        .mapToInt(dim -> Math.clamp(dim.getSize(), 1, 1 << 20))
        .reduce(1, (a, b) -> Math.min(a * b, 1 << 20));
  }

  private static Feature feature(DataType type, int count, Random random) {
    Feature.Builder feature = Feature.newBuilder();
    return switch (type) {
      case DT_INT64 ->
          feature
              .setInt64List(
                  Int64List.newBuilder()
                      .addAllValue(Collections.nCopies(count, (long) random.nextInt(2))))
              .build();
      case DT_STRING -> {
        List<ByteString> words =
            Collections.nCopies(count, ByteString.copyFromUtf8("word" + random.nextInt(1000)));
        yield feature.setBytesList(BytesList.newBuilder().addAllValue(words)).build();
      }
      default ->
          feature
              .setFloatList(
                  FloatList.newBuilder()
                      .addAllValue(Collections.nCopies(count, random.nextFloat() * 4 - 2)))
              .build();
    };
  }
}
