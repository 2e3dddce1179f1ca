package dev.sluice.examples.boston;

import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.tensorflow.Operand;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Constant;
import org.tensorflow.op.core.NoOp;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.Restore;
import org.tensorflow.op.train.Save;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SaverDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.proto.VariableDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * Writes a network as a SavedModel: graph and signature in {@code saved_model.pb}, the weights in
 * {@code variables/}.
 *
 * <p>TensorFlow for Java has an exporter of its own, but it leaves out variables behind a resource
 * handle, which are those that TensorFlow 2 uses and that are used here. What an exporter does is
 * short: operations that save and restore are added to the graph, and their names are put beside
 * it. The list of variables is for Python, which finds the weights by it.
 */
final class Export {

  /** What the tutorial's model calls its input and output; clients that name them keep working. */
  private static final String INPUT = "dense_input";

  private static final String OUTPUT = "dense_4";

  private final RunningNetwork running;
  private final Ops tf;
  private final Placeholder<TString> prefix;
  private final Constant<TString> names;
  private final Constant<TString> slices;

  private Export(RunningNetwork running) {
    this.running = running;
    this.tf = Ops.create(running.graph()).withSubScope("saver");
    List<Network.Variable> variables = running.network().variables();
    this.prefix =
        tf.withName("prefix").placeholder(TString.class, Placeholder.shape(Shape.scalar()));
    this.names = strings(variables.stream().map(Network.Variable::name));
    this.slices = strings(variables.stream().map(_ -> "")); // each variable as a whole
  }

  private Constant<TString> strings(Stream<String> strings) {
    return tf.constant(NdArrays.vectorOfObjects(strings.toArray(String[]::new)));
  }

  /**
   * Writes the model into a folder that exists and is empty. The network's graph gains operations
   * by it, so it can be done once.
   */
  static void write(RunningNetwork running, Path folder) throws IOException {
    Files.createDirectory(folder.resolve("assets"));
    Path variables = Files.createDirectory(folder.resolve("variables"));
    Export export = new Export(running);
    SaverDef saver = export.saver();
    try (TString path = TString.scalarOf(variables.resolve("variables").toString())) {
      running
          .session()
          .runner()
          .feed(export.prefix, path)
          .addTarget(saver.getSaveTensorName())
          .run()
          .close();
    }
    SavedModel model =
        SavedModel.newBuilder()
            .setSavedModelSchemaVersion(1)
            .addMetaGraphs(export.graph(saver))
            .build();
    try (OutputStream file = Files.newOutputStream(folder.resolve("saved_model.pb"))) {
      CodedOutputStream out = CodedOutputStream.newInstance(file);
      out.useDeterministicSerialization(); // the same training gives the same files
      model.writeTo(out);
      out.flush();
    }
  }

  private SaverDef saver() {
    return SaverDef.newBuilder()
        .setVersion(SaverDef.CheckpointFormatVersion.V2)
        .setFilenameTensorName(prefix.op().name() + ":0")
        .setSaveTensorName(save().op().name())
        .setRestoreOpName(restore().op().name())
        .build();
  }

  /** Python wants a tensor here, and C++ an operation: the name of an Identity is both. */
  private Op save() {
    List<Operand<?>> values = new ArrayList<>();
    running.network().variables().forEach(variable -> values.add(variable.value()));
    Save save = tf.train.save(prefix, names, slices, values);
    return tf.withControlDependencies(save).withName("save").identity(prefix);
  }

  private NoOp restore() {
    List<Network.Variable> variables = running.network().variables();
    List<Class<? extends TType>> types = new ArrayList<>();
    variables.forEach(_ -> types.add(TFloat32.class));
    Restore restore = tf.train.restore(prefix, names, slices, types);
    List<Op> assigned = new ArrayList<>();
    for (int i = 0; i < variables.size(); i++) {
      assigned.add(tf.assignVariableOp(variables.get(i).handle(), restore.tensors().get(i)));
    }
    return tf.withControlDependencies(assigned).withName("restore").noOp();
  }

  private MetaGraphDef graph(SaverDef saver) {
    CollectionDef variables = variables();
    return MetaGraphDef.newBuilder()
        .setMetaInfoDef(
            MetaGraphDef.MetaInfoDef.newBuilder()
                .addTags("serve")
                .setTensorflowVersion(TensorFlow.version()))
        .setGraphDef(running.graph().toGraphDef())
        .setSaverDef(saver)
        .putSignatureDef("serving_default", signature())
        .putCollectionDef("variables", variables)
        .putCollectionDef("trainable_variables", variables)
        .build();
  }

  private SignatureDef signature() {
    Network network = running.network();
    return SignatureDef.newBuilder()
        .setMethodName("tensorflow/serving/predict")
        .putInputs(INPUT, tensor(network.input(), Housing.FEATURES))
        .putOutputs(OUTPUT, tensor(network.output(), 1))
        .build();
  }

  private static TensorInfo tensor(Operand<TFloat32> operand, int columns) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    shape.addDimBuilder().setSize(-1);
    shape.addDimBuilder().setSize(columns);
    return TensorInfo.newBuilder()
        .setName(operand.op().name() + ":0")
        .setDtype(DataType.DT_FLOAT)
        .setTensorShape(shape)
        .build();
  }

  private CollectionDef variables() {
    CollectionDef.BytesList.Builder list = CollectionDef.BytesList.newBuilder();
    for (Network.Variable variable : running.network().variables()) {
      list.addValue(
          VariableDef.newBuilder()
              .setVariableName(variable.name() + ":0")
              .setInitialValueName(variable.initialValue().op().name() + ":0")
              .setInitializerName(variable.initializer().op().name())
              .setSnapshotName(variable.value().op().name() + ":0")
              .setIsResource(true)
              .setTrainable(true)
              .build()
              .toByteString());
    }
    return CollectionDef.newBuilder().setBytesList(list).build();
  }
}
