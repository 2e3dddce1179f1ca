package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.decode;
import static dev.sluice.protocol.Fixtures.show;
import static dev.sluice.protocol.Fixtures.signature;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.ArenaTensors;
import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What a server prints, the same server reads back as the same tensors, in both formats. */
class JsonRoundTripTest {

  private static final DataType[] TYPES = {
    DataType.FLOAT, DataType.DOUBLE, DataType.HALF, DataType.BFLOAT16, DataType.BOOL,
    DataType.INT8, DataType.INT16, DataType.INT32, DataType.INT64, DataType.UINT8,
    DataType.UINT16, DataType.UINT32, DataType.UINT64, DataType.STRING
  };

  private final SplittableRandom random = new SplittableRandom(99);

  private Tensor random(DataType type, Shape shape) {
    int elements = (int) shape.elementCount();
    if (type == DataType.STRING) {
      byte[][] strings = new byte[elements][];
      for (int i = 0; i < elements; i++) {
        strings[i] = new byte[random.nextInt(12)];
        random.nextBytes(strings[i]);
        if (random.nextBoolean()) {
          strings[i] = new String(strings[i], UTF_8).getBytes(UTF_8);
        }
      }
      return new StringTensor(shape, strings);
    }
    Tensor tensor = new ArenaTensors().allocate(type, shape);
    for (long i = 0; i < elements; i++) {
      long bits = type == DataType.BOOL ? random.nextInt(2) : random.nextLong();
      Elements.set(tensor.data(), i * type.elementSize(), type.elementSize(), bits);
    }
    return tensor;
  }

  private Shape shape(int leading) {
    // No zeros but in the last place: a list that is empty says nothing of what would be below.
    long[] sizes = new long[random.nextInt(4)];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = 1 + random.nextInt(4);
    }
    if (sizes.length > 0 && random.nextInt(8) == 0) {
      sizes[sizes.length - 1] = 0;
    }
    if (leading == 0) {
      return Shape.of(sizes);
    }
    long[] all = new long[sizes.length + 1];
    all[0] = leading;
    System.arraycopy(sizes, 0, all, 1, sizes.length);
    return Shape.of(all);
  }

  /** A NaN keeps neither sign nor payload, so texts are compared, where there is one NaN. */
  private static void assertSame(Tensor read, Tensor written) {
    assertThat(show(read)).isEqualTo(show(written));
    if (written.dataType() == DataType.STRING) {
      for (long i = 0; i < written.shape().elementCount(); i++) {
        assertThat(read.string(i)).isEqualTo(written.string(i));
      }
    }
  }

  private void assertRoundTrip(boolean rowFormat, DataType... types) {
    int rows = rowFormat ? 1 + random.nextInt(5) : 0;
    List<String> names = List.of("a", "b", "c").subList(0, types.length);
    Object[] inputs = new Object[types.length * 2];
    Tensor[] tensors = new Tensor[types.length];
    for (int i = 0; i < types.length; i++) {
      inputs[2 * i] = names.get(i);
      inputs[2 * i + 1] = types[i];
      tensors[i] = random(types[i], shape(rows));
    }
    byte[] json = JsonPredictResponse.write(names, List.of(tensors), rowFormat);
    String text = new String(json, UTF_8);
    String request =
        rowFormat
            ? text.replaceFirst("predictions", "instances")
            : text.replaceFirst("outputs", "inputs");
    Signature signature = signature(inputs);
    List<Tensor> read = decode(request, signature);
    for (int i = 0; i < types.length; i++) {
      assertSame(read.get(i), tensors[i]);
    }
  }

  @Test
  void everyTypeComesBackAlone() {
    for (int i = 0; i < 300; i++) {
      for (DataType type : TYPES) {
        assertRoundTrip(true, type);
        assertRoundTrip(false, type);
      }
    }
  }

  @Test
  void severalInputsComeBackTogether() {
    for (int i = 0; i < 1_000; i++) {
      DataType first = TYPES[random.nextInt(TYPES.length)];
      DataType second = TYPES[random.nextInt(TYPES.length)];
      DataType third = TYPES[random.nextInt(TYPES.length)];
      assertRoundTrip(true, first, second, third);
      assertRoundTrip(false, first, second, third);
    }
  }

  @Test
  void randomLayoutMakesNoDifference() {
    for (int i = 0; i < 2_000; i++) {
      Tensor tensor = random(DataType.INT32, shape(2));
      byte[] json = JsonPredictResponse.write(List.of("a"), List.of(tensor), true);
      StringBuilder request = new StringBuilder();
      for (char next : new String(json, UTF_8).replaceAll("\\s", "").toCharArray()) {
        boolean structural = "[]{},:".indexOf(next) >= 0;
        request.append(structural ? space() : "").append(next).append(structural ? space() : "");
      }
      String body = request.toString().replaceFirst("predictions", "instances");
      assertSame(decode(body, signature("a", DataType.INT32)).getFirst(), tensor);
    }
  }

  private String space() {
    StringBuilder space = new StringBuilder();
    for (int i = random.nextInt(4); i > 1; i--) {
      space.append(" \n\t\r".charAt(random.nextInt(4)));
    }
    return space.toString();
  }
}
