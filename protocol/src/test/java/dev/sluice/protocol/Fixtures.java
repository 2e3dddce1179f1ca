package dev.sluice.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.model.ArenaTensors;
import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorSpec;
import dev.sluice.status.StatusException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.Assertions;

/** Signatures, tensors and requests that tests share. */
final class Fixtures {

  private Fixtures() {}

  /** Inputs as {@code name, type, name, type …}; outputs {@code y}. */
  static Signature signature(Object... namesAndTypes) {
    List<TensorSpec> inputs = new ArrayList<>();
    for (int i = 0; i < namesAndTypes.length; i += 2) {
      String name = (String) namesAndTypes[i];
      inputs.add(new TensorSpec(name, name + ":0", (DataType) namesAndTypes[i + 1], null));
    }
    return new Signature("serving_default", "", inputs, List.of(spec("y")), new byte[0]);
  }

  static Signature oneInput(DataType type) {
    return signature("x", type);
  }

  static TensorSpec spec(String name) {
    return new TensorSpec(name, name + ":0", DataType.FLOAT, null);
  }

  static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }

  static List<Tensor> decode(String json, Signature signature) {
    return JsonPredictRequest.scan(utf8(json))
        .tensors(signature, new ArenaTensors(), TensorBudget.DEFAULT);
  }

  static Tensor decodeOne(String json, DataType type) {
    return decode(json, oneInput(type)).getFirst();
  }

  static StatusException failure(String json, Signature signature) {
    return Assertions.catchThrowableOfType(StatusException.class, () -> decode(json, signature));
  }

  static String message(String json, Signature signature) {
    return failure(json, signature).getMessage();
  }

  /** Shape and elements, for comparison: {@code float[2]: 1.0 2.0}. */
  static String show(Tensor tensor) {
    StringBuilder text =
        new StringBuilder(tensor.dataType().label()).append(tensor.shape()).append(':');
    for (long i = 0; i < tensor.shape().elementCount(); i++) {
      text.append(' ').append(element(tensor, i));
    }
    return text.toString();
  }

  private static String element(Tensor tensor, long i) {
    DataType type = tensor.dataType();
    if (type == DataType.STRING) {
      return new String(tensor.string(i), UTF_8);
    }
    MemorySegment data = tensor.data();
    return switch (type) {
      case FLOAT -> Float.toString(data.get(Elements.FLOAT, i * 4));
      case DOUBLE -> Double.toString(data.get(Elements.DOUBLE, i * 8));
      case HALF -> Float.toString(Float.float16ToFloat((short) Elements.integer(data, type, i)));
      case BFLOAT16 -> Float.toString(Elements.fromBfloat16(Elements.integer(data, type, i)));
      case UINT64 -> Long.toUnsignedString(Elements.integer(data, type, i));
      case COMPLEX64 ->
          data.get(Elements.FLOAT, i * 8) + "+" + data.get(Elements.FLOAT, i * 8 + 4) + "i";
      case COMPLEX128 ->
          data.get(Elements.DOUBLE, i * 16) + "+" + data.get(Elements.DOUBLE, i * 16 + 8) + "i";
      default -> Long.toString(Elements.integer(data, type, i));
    };
  }

  static Tensor floats(long[] shape, float... values) {
    Tensor tensor = new ArenaTensors().allocate(DataType.FLOAT, Shape.of(shape));
    for (int i = 0; i < values.length; i++) {
      tensor.data().set(Elements.FLOAT, i * 4L, values[i]);
    }
    return tensor;
  }

  static Tensor doubles(long[] shape, double... values) {
    Tensor tensor = new ArenaTensors().allocate(DataType.DOUBLE, Shape.of(shape));
    for (int i = 0; i < values.length; i++) {
      tensor.data().set(Elements.DOUBLE, i * 8L, values[i]);
    }
    return tensor;
  }

  /** A tensor of an integer, boolean or 16-bit type. */
  static Tensor integers(DataType type, long[] shape, long... values) {
    Tensor tensor = new ArenaTensors().allocate(type, Shape.of(shape));
    for (int i = 0; i < values.length; i++) {
      Elements.set(tensor.data(), (long) i * type.elementSize(), type.elementSize(), values[i]);
    }
    return tensor;
  }

  static Tensor strings(long[] shape, String... values) {
    return new StringTensor(
        Shape.of(shape), Arrays.stream(values).map(Fixtures::utf8).toArray(byte[][]::new));
  }

  static long[] shape(long... dimensions) {
    return dimensions;
  }
}
