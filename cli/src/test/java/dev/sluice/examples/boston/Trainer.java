package dev.sluice.examples.boston;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/**
 * Stands in for the example's trainer, with the same options and the same report, and learns
 * nothing: the network is a sum of the features, the same for all, and a number that the seed
 * decides. Some seeds are faults.
 */
public final class Trainer {

  /** Reports another prediction than the network makes. */
  public static final int LIES = 13;

  /** Ends with 3 and a word. */
  public static final int FAILS = 14;

  /** Says its process id and never ends. */
  public static final int HANGS = 15;

  private static final double[] SAMPLE = {
    0.09178, 0.0, 4.05, 0.0, 0.51, 6.416, 84.1, 2.6463, 5.0, 296.0, 16.6, 395.5, 9.04
  };

  private static final float WEIGHT = 0.01f;

  private Trainer() {}

  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      options.put(argument.substring(2, equals), argument.substring(equals + 1));
    }
    Path base = Path.of(options.get("models"), "boston_model");
    long version = nextVersion(base);
    int seed = Integer.parseInt(options.getOrDefault("seed", String.valueOf(version)));
    System.out.println("epoch 1 of 1 on " + options.get("tensorflow_library_dir"));
    if (seed == FAILS) {
      System.err.println("out of paper");
      System.exit(3);
    }
    if (seed == HANGS) {
      System.out.println("pid " + ProcessHandle.current().pid());
      new CountDownLatch(1).await();
    }
    Path target = write(base, version, seed);
    Files.writeString(
        Path.of(options.get("report")), report(version, target, prediction(seed) + lie(seed)));
  }

  private static double lie(int seed) {
    return seed == LIES ? 0.01 : 0;
  }

  private static long nextVersion(Path base) throws IOException {
    Files.createDirectories(base);
    try (Stream<Path> versions = Files.list(base)) {
      return 1
          + versions
              .map(path -> path.getFileName().toString())
              .filter(name -> name.matches("\\d+"))
              .mapToLong(Long::parseLong)
              .max()
              .orElse(0);
    }
  }

  private static float prediction(int seed) {
    float sum = 0;
    for (double feature : SAMPLE) {
      sum += WEIGHT * (float) feature;
    }
    return sum + seed;
  }

  private static String report(long version, Path path, double prediction) {
    StringBuilder sample = new StringBuilder();
    for (double feature : SAMPLE) {
      sample.append(sample.isEmpty() ? "" : ",").append(feature);
    }
    return """
    {"version":%d,"path":"%s","sample":[%s],"prediction":%s,"test_rmse":3.25,"mean_rmse":9.5,
     "epochs":1,"weights":{"w":[0.01]}}
    """
        .formatted(version, path, sample, prediction);
  }

  private static Path write(Path base, long version, int seed) throws IOException {
    Path growing = Files.createTempDirectory(base, ".growing");
    SavedModel model =
        SavedModel.newBuilder().setSavedModelSchemaVersion(1).addMetaGraphs(graph(seed)).build();
    Files.write(growing.resolve("saved_model.pb"), model.toByteArray());
    Path target = base.resolve("%07d".formatted(version));
    return Files.move(growing, target, StandardCopyOption.ATOMIC_MOVE);
  }

  private static MetaGraphDef graph(int seed) {
    GraphDef graph =
        GraphDef.newBuilder()
            .addNode(node("x", "Placeholder").putAttr("dtype", floats()))
            .addNode(constant("w", WEIGHT, SAMPLE.length, 1))
            .addNode(constant("b", seed, 1))
            .addNode(node("xw", "MatMul", "x", "w").putAttr("T", floats()))
            .addNode(node("y", "AddV2", "xw", "b").putAttr("T", floats()))
            .build();
    SignatureDef signature =
        SignatureDef.newBuilder()
            .setMethodName("tensorflow/serving/predict")
            .putInputs("features", info("x:0", SAMPLE.length))
            .putOutputs("price", info("y:0", 1))
            .build();
    return MetaGraphDef.newBuilder()
        .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder().addTags("serve"))
        .setGraphDef(graph)
        .putSignatureDef("serving_default", signature)
        .build();
  }

  private static NodeDef.Builder node(String name, String op, String... inputs) {
    NodeDef.Builder node = NodeDef.newBuilder().setName(name).setOp(op);
    Stream.of(inputs).forEach(node::addInput);
    return node;
  }

  private static AttrValue floats() {
    return AttrValue.newBuilder().setType(DataType.DT_FLOAT).build();
  }

  private static NodeDef.Builder constant(String name, float value, long... sizes) {
    TensorProto tensor =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setTensorShape(shape(sizes))
            .addFloatVal(value) // one value stands for all
            .build();
    return node(name, "Const")
        .putAttr("dtype", floats())
        .putAttr("value", AttrValue.newBuilder().setTensor(tensor).build());
  }

  private static TensorInfo info(String name, long columns) {
    return TensorInfo.newBuilder()
        .setName(name)
        .setDtype(DataType.DT_FLOAT)
        .setTensorShape(shape(-1, columns))
        .build();
  }

  private static TensorShapeProto shape(long... sizes) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long size : sizes) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return shape.build();
  }
}
