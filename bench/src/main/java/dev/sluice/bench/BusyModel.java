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
 * run: a chain of small products, and in the end each row gets the mean of all rows. Written
 * without TensorFlow, so that the bench needs no Python for it.
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
   * @param links of the chain, each a product of a row with a matrix, and a tanh; at least 1
   */
  static void write(Path basePath, int links) throws IOException {
    Path version = Files.createDirectories(basePath.resolve("1"));
    Files.write(version.resolve("saved_model.pb"), new BusyModel().model(links).toByteArray());
  }

  /** A request with one row. */
  static byte[] message(String model) {
    float[] row = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      row[i] = (i % 7 - 3) / 8f;
    }
    return Messages.predict(model, SIGNATURE, INPUT, Messages.floats(row, 1, WIDTH));
  }

  private SavedModel model(int links) {
    placeholder();
    constant("matrix", DataType.DT_FLOAT, matrix(), WIDTH, WIDTH);
    constant("rows", DataType.DT_INT32, ByteString.copyFrom(new byte[4]), 1);
    String last = INPUT;
    for (int i = 0; i < links; i++) {
      product("product_" + i, last);
      floats(graph.addNodeBuilder().setName("tanh_" + i).setOp("Tanh").addInput("product_" + i));
      last = "tanh_" + i;
    }
    floats(
        graph
            .addNodeBuilder()
            .setName("mean")
            .setOp("Mean")
            .addInput(last)
            .addInput("rows")
            .putAttr("Tidx", type(DataType.DT_INT32))
            .putAttr("keep_dims", AttrValue.newBuilder().setB(true).build()));
    floats(graph.addNodeBuilder().setName("y").setOp("AddV2").addInput(last).addInput("mean"));
    SavedModel.Builder model = SavedModel.newBuilder().setSavedModelSchemaVersion(1);
    model.addMetaGraphs(metaGraph());
    return model.build();
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

  private void product(String name, String input) {
    floats(graph.addNodeBuilder().setName(name).setOp("MatMul").addInput(input).addInput("matrix"));
  }

  private static void floats(NodeDef.Builder node) {
    node.putAttr("T", type(DataType.DT_FLOAT));
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
