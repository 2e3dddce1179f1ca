package dev.sluice.tensorflow;

import dev.sluice.proto.tensorflow.AttrValue;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.tensorflow.Flow.Handle;
import dev.sluice.tensorflow.Flow.Shaped;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ops that bring something in: constants, variables, tables, and what stands in examples. */
final class StateRules {

  /** Tensors of sizes have a handful of elements; larger constants are data. */
  private static final int MOST_CONTENT = 64;

  private StateRules() {}

  static List<Flow> constant(OpView op) {
    AttrValue attribute = op.node().attribute("value");
    if (attribute == null) {
      return op.all(Shaped.UNKNOWN);
    }
    TensorProto tensor = attribute.getTensor();
    List<Size> dimensions = dimensions(tensor.getTensorShape());
    List<Size> content = op.node().constant() == null ? null : content(tensor, dimensions);
    return op.all(new Shaped(dimensions, -1, false, content));
  }

  private static @Nullable List<Size> content(TensorProto tensor, @Nullable List<Size> dimensions) {
    long count = dimensions == null ? -1 : Size.product(dimensions).factor();
    if (count < 0 || count > MOST_CONTENT) {
      return null;
    }
    return switch (tensor.getDtype()) {
      case DT_INT32 ->
          filled(
              longs(tensor, 4),
              tensor.getIntValList().stream().map(Integer::longValue).toList(),
              count);
      case DT_INT64 -> filled(longs(tensor, 8), tensor.getInt64ValList(), count);
      default -> null;
    };
  }

  private static List<Long> longs(TensorProto tensor, int width) {
    ByteBuffer bytes =
        tensor.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    List<Long> values = new ArrayList<>();
    while (bytes.remaining() >= width) {
      values.add(width == 4 ? bytes.getInt() : bytes.getLong());
    }
    return values;
  }

  /** The last one that is there stands for all that follow. */
  private static List<Size> filled(List<Long> content, List<Long> listed, long count) {
    List<Long> from = content.isEmpty() ? listed : content;
    List<Size> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(Size.of(from.isEmpty() ? 0 : from.get(Math.min(i, from.size() - 1))));
    }
    return values;
  }

  /** The sizes of a shape, names of our own making for those that are open; null without a rank. */
  private static @Nullable List<Size> dimensions(TensorShapeProto shape) {
    if (shape.getUnknownRank() || shape.getDimList().stream().anyMatch(dim -> dim.getSize() < 0)) {
      return null;
    }
    return shape.getDimList().stream().map(dim -> Size.of(dim.getSize())).toList();
  }

  private static @Nullable List<Size> declared(OpView op) {
    AttrValue shape = op.node().attribute("shape");
    return shape == null ? null : dimensions(shape.getShape());
  }

  static List<Flow> variable(OpView op) {
    return op.all(new Handle(declared(op)));
  }

  /** A variable of TensorFlow 1, which is its own value. */
  static List<Flow> referenceVariable(OpView op) {
    return op.all(Shaped.fixed(declared(op)));
  }

  static List<Flow> read(OpView op) {
    if (op.inputs().get(0) instanceof Handle handle) {
      return op.all(Shaped.fixed(handle.dimensions()));
    }
    throw op.mixes("reads from what is not known");
  }

  static List<Flow> table(OpView op) {
    return op.all(new Handle(null));
  }

  /** What a table has for each key, which is one value. */
  static List<Flow> find(OpView op) {
    op.fixed(2);
    Shaped keys = op.data(1);
    return op.all(OpView.like(keys, op.dimensions(1), keys.axis()));
  }

  static List<Flow> tableSize(OpView op) {
    return op.all(Shaped.fixed(List.of()));
  }

  /** Whatever comes in, nothing comes out; where it fails, it does so for the whole run. */
  static List<Flow> check(OpView op) {
    return op.all(Shaped.UNKNOWN);
  }

  /** Elements of examples in columns. Only those of a fixed length have rows of their own. */
  static List<Flow> examples(OpView op) {
    Shaped serialized = op.data(0);
    if (op.rank(0) != 1) {
      throw op.mixes("parses examples in no vector");
    }
    int first = op.node().firstOutput("dense_values");
    List<TensorShapeProto> shapes = shapes(op);
    List<Flow> outputs = new ArrayList<>();
    for (int i = 0; i < op.node().outputs(); i++) {
      boolean dense = i >= first && i < first + shapes.size();
      outputs.add(dense ? column(op, serialized, shapes.get(i - first)) : ragged(op));
    }
    return outputs;
  }

  private static List<TensorShapeProto> shapes(OpView op) {
    AttrValue shapes = op.node().attribute("dense_shapes");
    return shapes == null ? List.of() : shapes.getList().getShapeList();
  }

  private static Flow column(OpView op, Shaped serialized, TensorShapeProto shape) {
    List<Size> own = dimensions(shape);
    if (own == null) {
      return new Flow.Coupled(
          op.mixes("fills every row up to the length of the longest one").cause());
    }
    List<Size> dimensions = new ArrayList<>(op.dimensions(0));
    dimensions.addAll(own);
    return OpView.like(serialized, dimensions, serialized.axis());
  }

  private static Flow ragged(OpView op) {
    return new Flow.Coupled(
        op.mixes("gives sparse or ragged columns of all rows together").cause());
  }
}
