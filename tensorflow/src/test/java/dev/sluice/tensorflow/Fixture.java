package dev.sluice.tensorflow;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.model.DataType;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.testkit.Models;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** One of the {@link Models}, loaded, and its tensors as arrays of Java. */
final class Fixture implements AutoCloseable {

  private final TensorFlowModel model;

  Fixture(Path temporary, String name) {
    this.model = TensorFlowForTests.open(temporary, name, 1);
  }

  /** An answer by alias: shapes as they came, elements as an array of the type's own. */
  record Output(DataType dataType, Shape shape, Object elements) {

    static Output of(Shape shape, float... elements) {
      return new Output(DataType.FLOAT, shape, elements);
    }

    static Output of(Shape shape, long... elements) {
      return new Output(DataType.INT64, shape, elements);
    }

    static Output of(Shape shape, String... elements) {
      return new Output(DataType.STRING, shape, elements);
    }
  }

  TensorFlowModel model() {
    return model;
  }

  Signature signature(String name) {
    return model.signatures().get(name);
  }

  Tensor floats(Shape shape, float... values) {
    Tensor tensor = model.tensors().allocate(DataType.FLOAT, shape);
    MemorySegment.copy(values, 0, tensor.data(), ValueLayout.JAVA_FLOAT, 0, values.length);
    return tensor;
  }

  Tensor longs(Shape shape, long... values) {
    Tensor tensor = model.tensors().allocate(DataType.INT64, shape);
    MemorySegment.copy(values, 0, tensor.data(), ValueLayout.JAVA_LONG, 0, values.length);
    return tensor;
  }

  static Tensor strings(String... values) {
    byte[][] elements = new byte[values.length][];
    for (int i = 0; i < values.length; i++) {
      elements[i] = values[i].getBytes(UTF_8);
    }
    return new StringTensor(Shape.of(values.length), elements);
  }

  /** Runs a signature and closes all tensors, its inputs too. */
  Map<String, Output> run(String signatureName, Map<String, Tensor> inputs) {
    Signature signature = signature(signatureName);
    List<Tensor> ordered = new ArrayList<>();
    signature.inputs().forEach(spec -> ordered.add(inputs.get(spec.name())));
    List<Tensor> outputs = List.of();
    try {
      outputs = model.run(signature, ordered, RunOptions.UNLIMITED);
      Map<String, Output> answer = new TreeMap<>();
      for (int i = 0; i < outputs.size(); i++) {
        answer.put(signature.outputs().get(i).name(), read(outputs.get(i)));
      }
      return answer;
    } finally {
      inputs.values().forEach(Tensor::close);
      outputs.forEach(Tensor::close);
    }
  }

  /** Floats, longs and strings as such; of any other type the bytes. */
  private static Output read(Tensor tensor) {
    Object elements =
        switch (tensor.dataType()) {
          case FLOAT -> tensor.data().toArray(ValueLayout.JAVA_FLOAT);
          case INT64 -> tensor.data().toArray(ValueLayout.JAVA_LONG);
          case STRING -> texts(tensor);
          default -> tensor.data().toArray(ValueLayout.JAVA_BYTE);
        };
    return new Output(tensor.dataType(), tensor.shape(), elements);
  }

  private static String[] texts(Tensor tensor) {
    String[] texts = new String[(int) tensor.shape().elementCount()];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = new String(tensor.string(i), UTF_8);
    }
    return texts;
  }

  @Override
  public void close() {
    model.close();
  }
}
