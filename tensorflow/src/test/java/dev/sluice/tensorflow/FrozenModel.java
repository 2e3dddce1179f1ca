package dev.sluice.tensorflow;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.sluice.proto.tensorflow.AttrValue;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.NodeDef;
import dev.sluice.proto.tensorflow.SignatureDef;
import dev.sluice.proto.tensorflow.TensorInfo;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a SavedModel whose graph holds a large constant, without ever holding it: {@code y = x},
 * and the constant beside it.
 */
final class FrozenModel {

  private static final int BYTES_FIELD = 2;

  private FrozenModel() {}

  /** Writes {@code saved_model.pb} with a constant of this many bytes (a multiple of 4). */
  static void write(Path directory, int constantBytes) throws IOException {
    byte[] nodes = nodes();
    byte[] head = constantHead(constantBytes);
    long constant = head.length + (long) constantBytes;
    long graph = nodes.length + sizeOfField(constant);
    byte[] meta = metaInfo();
    byte[] signature = signature();
    long metaGraph = meta.length + sizeOfField(graph) + signature.length;
    Files.createDirectories(directory);
    try (OutputStream file =
        new BufferedOutputStream(Files.newOutputStream(directory.resolve("saved_model.pb")))) {
      CodedOutputStream out = CodedOutputStream.newInstance(file);
      out.writeInt64(1, 1); // saved_model_schema_version
      begin(out, 2, metaGraph); // meta_graphs
      out.writeRawBytes(meta);
      begin(out, 2, graph); // graph_def
      out.writeRawBytes(nodes);
      begin(out, 1, constant); // node
      out.writeRawBytes(head);
      byte[] chunk = new byte[1 << 16];
      for (int left = constantBytes; left > 0; left -= chunk.length) {
        out.writeRawBytes(chunk, 0, Math.min(left, chunk.length));
      }
      out.writeRawBytes(signature);
      out.flush();
    }
  }

  private static long sizeOfField(long length) {
    return 1L + CodedOutputStream.computeUInt64SizeNoTag(length) + length;
  }

  private static void begin(CodedOutputStream out, int field, long length) throws IOException {
    out.writeTag(field, BYTES_FIELD);
    out.writeUInt64NoTag(length);
  }

  private static byte[] field(int number, byte[] content) throws IOException {
    ByteString.Output bytes = ByteString.newOutput();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeByteArray(number, content);
    out.flush();
    return bytes.toByteString().toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    ByteString all = ByteString.EMPTY;
    for (byte[] part : parts) {
      all = all.concat(ByteString.copyFrom(part));
    }
    return all.toByteArray();
  }

  /** A placeholder x and y = Identity(x), as entries of {@code GraphDef.node}. */
  private static byte[] nodes() throws IOException {
    AttrValue floats = AttrValue.newBuilder().setType(DataType.DT_FLOAT).build();
    NodeDef x =
        NodeDef.newBuilder().setName("x").setOp("Placeholder").putAttr("dtype", floats).build();
    NodeDef y =
        NodeDef.newBuilder()
            .setName("y")
            .setOp("Identity")
            .addInput("x")
            .putAttr("T", floats)
            .build();
    return concat(field(1, x.toByteArray()), field(1, y.toByteArray()));
  }

  /** The {@code NodeDef} of the constant up to where the content of its tensor begins. */
  private static byte[] constantHead(int bytes) throws IOException {
    AttrValue floats = AttrValue.newBuilder().setType(DataType.DT_FLOAT).build();
    byte[] node =
        NodeDef.newBuilder()
            .setName("large")
            .setOp("Const")
            .putAttr("dtype", floats)
            .build()
            .toByteArray();
    ByteString.Output shape = ByteString.newOutput();
    CodedOutputStream tensor = CodedOutputStream.newInstance(shape);
    tensor.writeEnum(1, DataType.DT_FLOAT_VALUE);
    tensor.writeByteArray(
        2,
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dim.newBuilder().setSize(bytes / 4))
            .build()
            .toByteArray());
    begin(tensor, 4, bytes); // tensor_content
    tensor.flush();
    byte[] tensorHead = shape.toByteString().toByteArray();
    long tensorSize = tensorHead.length + (long) bytes;
    long attrSize = sizeOfField(tensorSize);
    byte[] key = field(1, "value".getBytes(StandardCharsets.UTF_8));
    long entrySize = key.length + sizeOfField(attrSize);
    ByteString.Output head = ByteString.newOutput();
    CodedOutputStream out = CodedOutputStream.newInstance(head);
    out.writeRawBytes(node);
    begin(out, 5, entrySize); // NodeDef.attr
    out.writeRawBytes(key);
    begin(out, 2, attrSize); // the entry's value
    begin(out, 8, tensorSize); // AttrValue.tensor
    out.writeRawBytes(tensorHead);
    out.flush();
    return head.toByteString().toByteArray();
  }

  private static byte[] metaInfo() throws IOException {
    byte[] tag = field(4, "serve".getBytes(StandardCharsets.UTF_8));
    return field(1, tag);
  }

  private static byte[] signature() throws IOException {
    SignatureDef definition =
        SignatureDef.newBuilder()
            .setMethodName("tensorflow/serving/predict")
            .putInputs("x", info("x:0"))
            .putOutputs("y", info("y:0"))
            .build();
    byte[] key = field(1, "serving_default".getBytes(StandardCharsets.UTF_8));
    return field(5, concat(key, field(2, definition.toByteArray())));
  }

  private static TensorInfo info(String name) {
    return TensorInfo.newBuilder()
        .setName(name)
        .setDtype(DataType.DT_FLOAT)
        .setTensorShape(TensorShapeProto.newBuilder().setUnknownRank(true))
        .build();
  }
}
