package dev.sluice.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.sluice.model.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class TensorTest {

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void arraysBecomeTensorsAndComeBack() {
    assertThat(Tensor.of(new float[] {1, -0f}).toFloats()).containsExactly(1, -0f);
    assertThat(Tensor.of(new double[] {1e300}).toDoubles()).containsExactly(1e300);
    assertThat(Tensor.of(new int[] {Integer.MIN_VALUE}).toInts())
        .containsExactly(Integer.MIN_VALUE);
    assertThat(Tensor.of(new long[] {Long.MIN_VALUE}).toLongs()).containsExactly(Long.MIN_VALUE);
    assertThat(Tensor.of(new boolean[] {true, false}).toBooleans()).containsExactly(true, false);
    assertThat(Tensor.of(new String[] {"ä", ""}).toStrings()).containsExactly("ä", "");
    assertThat(Tensor.ofBytes(List.of(new byte[] {-1})).toBytes().getFirst()).containsExactly(-1);
  }

  @Test
  void shapeIsAVectorUnlessSizesAreGiven() {
    assertThat(Tensor.of(new float[6])).hasToString("float [6]");
    assertThat(Tensor.of(new float[6], 2, 3)).hasToString("float [2,3]");
    assertThat(Tensor.of(new float[1], 1)).hasToString("float [1]");
    assertThat(Tensor.scalar(1L)).hasToString("int64 []");
    assertThat(Tensor.of(new float[][] {{1, 2, 3}, {4, 5, 6}}))
        .isEqualTo(Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
    assertThat(Tensor.of(new float[0][])).hasToString("float [0,0]");
    assertThat(Tensor.of(new long[0], 0, 7).size()).isZero();
  }

  @Test
  void countThatDoesNotFitTheSizesIsRefused() {
    assertThatThrownBy(() -> Tensor.of(new float[5], 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("20 bytes, expected 6 elements of 4 bytes for float [2,3]");
    assertThatThrownBy(() -> Tensor.of(new String[5], 2, 3)).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> Tensor.of(new String[] {"a"}, 2))
        .hasMessage("1 strings for the shape [2]");
    assertThatThrownBy(() -> Tensor.of(new float[][] {{1}, {1, 2}}))
        .hasMessage("a row of 2 values, expected 1 as in the first");
    assertThatThrownBy(() -> Tensor.of(DataType.FLOAT, little(7), 1))
        .hasMessageStartingWith("7 bytes, expected 1 elements");
    assertThatThrownBy(() -> Tensor.of(DataType.STRING, little(0), 0))
        .hasMessage("elements of type STRING lie in no buffer");
  }

  @Test
  void readingWidensButNeverRounds() {
    Tensor half = Tensor.of(DataType.HALF, little(2).putShort(0, Float.floatToFloat16(1.5f)), 1);
    assertThat(half.toFloats()).containsExactly(1.5f);
    assertThat(half.toDoubles()).containsExactly(1.5);
    Tensor brain = Tensor.of(DataType.BFLOAT16, little(2).putShort(0, (short) 0xC000), 1);
    assertThat(brain.toFloats()).containsExactly(-2);
    assertThat(Tensor.of(DataType.UINT8, ByteBuffer.wrap(new byte[] {-1}), 1).toInts())
        .containsExactly(255);
    assertThat(Tensor.of(DataType.INT8, ByteBuffer.wrap(new byte[] {-1}), 1).toLongs())
        .containsExactly(-1);
    assertThat(Tensor.of(DataType.UINT16, little(2).putShort(0, (short) -1), 1).toInts())
        .containsExactly(65535);
    Tensor unsigned = Tensor.of(DataType.UINT32, little(4).putInt(0, -1), 1);
    assertThat(unsigned.toLongs()).containsExactly(0xFFFFFFFFL);
    assertThatThrownBy(unsigned::toInts).hasMessage("a tensor of uint32, expected ints");
    assertThatThrownBy(() -> Tensor.scalar(1L).toInts())
        .hasMessage("a tensor of int64, expected ints");
    assertThatThrownBy(() -> Tensor.scalar(1d).toFloats())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a tensor of double, expected floats");
    assertThatThrownBy(() -> Tensor.scalar(1f).toStrings())
        .hasMessage("a tensor of float, expected strings");
    assertThatThrownBy(() -> Tensor.scalar("1").toLongs())
        .hasMessage("a tensor of string, expected integers");
  }

  @Test
  void bufferIsTakenFromItsPositionToItsLimit() {
    ByteBuffer wide = little(16).putInt(4, 7).putInt(8, 8).position(4).limit(12);
    Tensor tensor = Tensor.of(DataType.INT32, wide, 2);
    assertThat(tensor.toInts()).containsExactly(7, 8);
    assertThat(wide.position()).isEqualTo(4);
    assertThat(tensor.content().isReadOnly()).isTrue();
    assertThat(tensor.content().getInt(4)).isEqualTo(8);
  }

  private static TensorProto.Builder message(DataType type, long... sizes) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long size : sizes) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return TensorProto.newBuilder().setDtypeValue(type.number()).setTensorShape(shape);
  }

  private static Tensor read(TensorProto.Builder message) {
    return TensorMessages.tensor(message.build());
  }

  @Test
  void listsOfValuesAreRead() {
    assertThat(read(message(DataType.FLOAT, 2).addFloatVal(1).addFloatVal(2)))
        .isEqualTo(Tensor.of(new float[] {1, 2}));
    assertThat(read(message(DataType.DOUBLE).addDoubleVal(3))).isEqualTo(Tensor.scalar(3d));
    assertThat(read(message(DataType.INT64).addInt64Val(3))).isEqualTo(Tensor.scalar(3L));
    assertThat(read(message(DataType.BOOL).addBoolVal(true))).isEqualTo(Tensor.scalar(true));
    assertThat(read(message(DataType.STRING).addStringVal(ByteString.copyFromUtf8("a"))))
        .isEqualTo(Tensor.scalar("a"));
    assertThat(read(message(DataType.INT8, 1).addIntVal(-3)).toInts()).containsExactly(-3);
    assertThat(read(message(DataType.UINT16, 1).addIntVal(65535)).toInts()).containsExactly(65535);
    assertThat(read(message(DataType.UINT32, 1).addUint32Val(-1)).toLongs())
        .containsExactly(0xFFFFFFFFL);
    assertThat(read(message(DataType.HALF, 1).addHalfVal(0x3E00)).toFloats()).containsExactly(1.5f);
    assertThat(read(message(DataType.COMPLEX64, 1).addScomplexVal(1).addScomplexVal(2)).content())
        .isEqualTo(little(8).putFloat(0, 1).putFloat(4, 2));
    assertThat(
            read(message(DataType.FLOAT8_E5M2, 2)
                    .setFloat8Val(ByteString.copyFrom(new byte[] {1, 2})))
                .content()
                .get(1))
        .isEqualTo((byte) 2);
  }

  @Test
  void lastValueStandsForThoseThatAreMissing() {
    assertThat(read(message(DataType.FLOAT, 3).addFloatVal(1).addFloatVal(2)).toFloats())
        .containsExactly(1, 2, 2);
    assertThat(read(message(DataType.FLOAT, 2)).toFloats()).containsExactly(0, 0);
    assertThat(read(message(DataType.STRING, 2).addStringVal(ByteString.copyFromUtf8("a"))))
        .isEqualTo(Tensor.of(new String[] {"a", "a"}));
    assertThat(read(message(DataType.STRING, 1)).toStrings()).containsExactly("");
    assertThat(read(message(DataType.FLOAT, 0).addFloatVal(1)).size()).isZero();
  }

  @Test
  void contentIsRead() {
    ByteString content = ByteString.copyFrom(little(8).putFloat(0, 1).putFloat(4, 2));
    assertThat(read(message(DataType.FLOAT, 2).setTensorContent(content)).toFloats())
        .containsExactly(1, 2);
    byte[] packed = new byte[3 + 201];
    packed[0] = 1;
    packed[1] = (byte) 0xC8; // 200, in two bytes
    packed[2] = 1;
    packed[3] = 'a';
    Tensor tensor = read(message(DataType.STRING, 2).setTensorContent(ByteString.copyFrom(packed)));
    assertThat(tensor.toStrings()[0]).isEqualTo("a");
    assertThat(tensor.toBytes().get(1)).hasSize(200);
  }

  @Test
  void messagesThatContradictThemselvesAreRefused() {
    assertThatThrownBy(() ->
            read(message(DataType.FLOAT, 2).setTensorContent(ByteString.copyFrom(new byte[7]))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> read(message(DataType.FLOAT, -1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TensorMessages.tensor(TensorProto.getDefaultInstance()))
        .hasMessage("a tensor of the unknown type 0");
    assertThatThrownBy(() ->
            read(
                message(DataType.STRING, 1)
                    .setTensorContent(ByteString.copyFrom(new byte[] {9, 1}))))
        .isInstanceOf(RuntimeException.class);
  }

  @Test
  void missingOutputIsNamed() {
    Prediction prediction =
        new Prediction(1, java.util.Map.of("b", Tensor.scalar(1), "a", Tensor.scalar(2)));
    assertThatThrownBy(() -> prediction.output("c")).hasMessage("no output c, there is [a, b]");
    assertThatThrownBy(prediction::output).hasMessage("expected one output, there is [a, b]");
  }

  @Test
  void examplesAreWhatTheySay() {
    Example example =
        Example.of("x", 1, 2).integers("n", 3).texts("t", "ä").bytes("b", new byte[] {-1});
    assertThat(Example.parse(example.message().toByteArray())).isEqualTo(example);
    assertThat(example.floats("x", 7))
        .isEqualTo(Example.of("x", 7).integers("n", 3).texts("t", "ä").bytes("b", new byte[] {-1}));
    assertThatThrownBy(() -> Example.parse(new byte[] {0x0a, 0x7f}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("2 bytes that are no tf.Example: ");
  }
}
