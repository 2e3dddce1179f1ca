package dev.sluice.bench;

import com.google.protobuf.ByteString;
import dev.sluice.proto.tensorflow.AttrValue;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.GraphDef;
import dev.sluice.proto.tensorflow.MetaGraphDef;
import dev.sluice.proto.tensorflow.NodeDef;
import dev.sluice.proto.tensorflow.SavedModel;
import dev.sluice.proto.tensorflow.SignatureDef;
import dev.sluice.proto.tensorflow.TensorInfo;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A model that computes for a time of our choice on one thread, and whose requests can't share a
 * run: a loop of small products, and in the end each row gets the mean of all rows. Written without
 * TensorFlow, so that the bench needs no Python for it.
 *
 * <p>{@code x} (float [-1, 128]) gives {@code y} (float [-1, 128]).
 */
final class BusyModel {

  static final int WIDTH = 128;
  static final String INPUT = "x";
  private static final String SIGNATURE = "serving_default";

  private final GraphDef.Builder graph = GraphDef.newBuilder();

  private BusyModel() {
    graph.getVersionsBuilder().setProducer(1994).setMinConsumer(12);
  }

  /**
   * Writes version 1 of it, in the place of what is there.
   *
   * @param turns of the loop, each a product of a row with a matrix, and a tanh; at least 1
   */
  static void write(Path basePath, int turns) throws IOException {
    Path version = Files.createDirectories(basePath.resolve("1"));
    Files.write(version.resolve("saved_model.pb"), new BusyModel().model(turns).toByteArray());
  }

  /** A request with one row. */
  static byte[] message(String model) {
    float[] row = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      row[i] = (i % 7 - 3) / 8f;
    }
    return Messages.predict(model, SIGNATURE, INPUT, Messages.floats(row, 1, WIDTH));
  }

  private SavedModel model(int turns) {
    placeholder();
    constant("matrix", DataType.DT_FLOAT, matrix(), WIDTH, WIDTH);
    constant("turns", DataType.DT_INT32, number(turns));
    constant("zero", DataType.DT_INT32, number(0));
    constant("one", DataType.DT_INT32, number(1));
    constant("rows", DataType.DT_INT32, number(0), 1);
    loop();
    node("mean", "Mean", DataType.DT_FLOAT, "result", "rows")
        .putAttr("Tidx", type(DataType.DT_INT32))
        .putAttr("keep_dims", AttrValue.newBuilder().setB(true).build());
    node("y", "AddV2", DataType.DT_FLOAT, "result", "mean");
    SavedModel.Builder model = SavedModel.newBuilder().setSavedModelSchemaVersion(1);
    model.addMetaGraphs(metaGraph());
    return model.build();
  }

  /** In the old form, whose nodes stand in the graph itself: it needs no function library. */
  private void loop() {
    enter("enter_i", "zero", DataType.DT_INT32, false);
    enter("enter_x", INPUT, DataType.DT_FLOAT, false);
    enter("enter_turns", "turns", DataType.DT_INT32, true);
    enter("enter_one", "one", DataType.DT_INT32, true);
    enter("enter_matrix", "matrix", DataType.DT_FLOAT, true);
    node("i", "Merge", DataType.DT_INT32, "enter_i", "next_i").putAttr("N", number(2L));
    node("row", "Merge", DataType.DT_FLOAT, "enter_x", "next_x").putAttr("N", number(2L));
    node("less", "Less", DataType.DT_INT32, "i", "enter_turns");
    graph.addNodeBuilder().setName("go_on").setOp("LoopCond").addInput("less");
    node("i_or_end", "Switch", DataType.DT_INT32, "i", "go_on");
    node("row_or_end", "Switch", DataType.DT_FLOAT, "row", "go_on");
    node("result", "Exit", DataType.DT_FLOAT, "row_or_end");
    node("i_and_one", "AddV2", DataType.DT_INT32, "i_or_end:1", "enter_one");
    node("product", "MatMul", DataType.DT_FLOAT, "row_or_end:1", "enter_matrix");
    node("tanh", "Tanh", DataType.DT_FLOAT, "product");
    node("next_i", "NextIteration", DataType.DT_INT32, "i_and_one");
    node("next_x", "NextIteration", DataType.DT_FLOAT, "tanh");
  }

  private void enter(String name, String value, DataType type, boolean constant) {
    node(name, "Enter", type, value)
        .putAttr("frame_name", AttrValue.newBuilder().setS(ByteString.copyFromUtf8("loop")).build())
        .putAttr("is_constant", AttrValue.newBuilder().setB(constant).build())
        .putAttr("parallel_iterations", number(1L));
  }

  /** An op on values of one type. */
  private NodeDef.Builder node(String name, String op, DataType type, String... inputs) {
    NodeDef.Builder node = graph.addNodeBuilder().setName(name).setOp(op);
    for (String input : inputs) {
      node.addInput(input);
    }
    return node.putAttr("T", type(type));
  }

  private MetaGraphDef metaGraph() {
    MetaGraphDef.Builder meta = MetaGraphDef.newBuilder().setGraphDef(graph);
    meta.getMetaInfoDefBuilder().addTags("serve").setTensorflowVersion("2.18.0");
    meta.putSignatureDef(
        SIGNATURE,
        SignatureDef.newBuilder()
            .setMethodName("tensorflow/serving/predict")
            .putInputs(INPUT, info("x:0"))
            .putOutputs("y", info("y:0"))
            .build());
    return meta.build();
  }

  private static TensorInfo info(String tensor) {
    return TensorInfo.newBuilder()
        .setName(tensor)
        .setDtype(DataType.DT_FLOAT)
        .setTensorShape(shape(-1, WIDTH))
        .build();
  }

  private void placeholder() {
    graph
        .addNodeBuilder()
        .setName(INPUT)
        .setOp("Placeholder")
        .putAttr("dtype", type(DataType.DT_FLOAT))
        .putAttr("shape", AttrValue.newBuilder().setShape(shape(-1, WIDTH)).build());
  }

  private static AttrValue number(long value) {
    return AttrValue.newBuilder().setI(value).build();
  }

  private static ByteString number(int value) {
    return ByteString.copyFrom(
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).flip());
  }

  private void constant(String name, DataType type, ByteString content, long... dimensions) {
    TensorProto value =
        TensorProto.newBuilder()
            .setDtype(type)
            .setTensorShape(shape(dimensions))
            .setTensorContent(content)
            .build();
    graph
        .addNodeBuilder()
        .setName(name)
        .setOp("Const")
        .putAttr("dtype", type(type))
        .putAttr("value", AttrValue.newBuilder().setTensor(value).build());
  }

  /** Turns and mixes a row and keeps its numbers of the size that they have. */
  private static ByteString matrix() {
    ByteBuffer bytes = ByteBuffer.allocate(4 * WIDTH * WIDTH).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < WIDTH; i++) {
      for (int j = 0; j < WIDTH; j++) {
        bytes.putFloat((float) (Math.cos(i * j * 0.37 + i) * 1.5 / Math.sqrt(WIDTH)));
      }
    }
    return ByteString.copyFrom(bytes.flip());
  }

  private static AttrValue type(DataType type) {
    return AttrValue.newBuilder().setType(type).build();
  }

  private static TensorShapeProto shape(long... sizes) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long size : sizes) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return shape.build();
  }
}
