package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.doubles;
import static dev.sluice.protocol.Fixtures.floats;
import static dev.sluice.protocol.Fixtures.integers;
import static dev.sluice.protocol.Fixtures.shape;
import static dev.sluice.protocol.Fixtures.strings;
import static dev.sluice.protocol.Proto.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.ArenaTensors;
import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorProtoWriterTest {

  static byte[] write(Tensor tensor, boolean asContent) {
    byte[] target = new byte[TensorProtoWriter.size(tensor, asContent) + 2];
    int end = TensorProtoWriter.write(tensor, asContent, target, 1);
    assertThat(end).isEqualTo(target.length - 1);
    return java.util.Arrays.copyOfRange(target, 1, end);
  }

  @Test
  @Spec("T11")
  void typedListsAreTheDefault() {
    assertThat(write(floats(shape(2), 1, 2), false))
        .isEqualTo(tensor(DataType.FLOAT, 2).packedFloats(5, 1, 2).bytes());
    assertThat(write(doubles(shape(1, 2), 1, 2), false))
        .isEqualTo(tensor(DataType.DOUBLE, 1, 2).packedDoubles(6, 1, 2).bytes());
    assertThat(write(integers(DataType.INT64, shape(2), 300, -1), false))
        .isEqualTo(tensor(DataType.INT64, 2).packed(10, 300, -1).bytes());
    assertThat(write(integers(DataType.UINT32, shape(1), -1), false))
        .isEqualTo(tensor(DataType.UINT32, 1).packed(16, 0xFFFF_FFFFL).bytes());
    assertThat(write(integers(DataType.UINT64, shape(1), -1), false))
        .isEqualTo(tensor(DataType.UINT64, 1).packed(17, -1).bytes());
    assertThat(write(integers(DataType.BOOL, shape(2), 1, 0), false))
        .isEqualTo(tensor(DataType.BOOL, 2).packed(11, 1, 0).bytes());
    assertThat(write(integers(DataType.HALF, shape(1), 0xFC00), false))
        .isEqualTo(tensor(DataType.HALF, 1).packed(13, 0xFC00).bytes());
    assertThat(write(strings(shape(2), "a", ""), false))
        .isEqualTo(tensor(DataType.STRING, 2).text(8, "a").text(8, "").bytes());
  }

  @Test
  @Spec("T11")
  void contentStandsAlone() {
    assertThat(write(integers(DataType.INT32, shape(2), 1, -2), true))
        .isEqualTo(
            tensor(DataType.INT32, 2)
                .blob(4, new byte[] {1, 0, 0, 0, (byte) 0xFE, -1, -1, -1})
                .bytes());
    assertThat(write(strings(shape(2), "ab", ""), true))
        .isEqualTo(tensor(DataType.STRING, 2).blob(4, new byte[] {2, 0, 'a', 'b'}).bytes());
  }

  @Test
  void smallIntegersAreExtendedByTheirSign() {
    assertThat(write(integers(DataType.INT8, shape(1), 0xFF), false))
        .isEqualTo(tensor(DataType.INT8, 1).packed(7, -1).bytes());
    assertThat(write(integers(DataType.UINT8, shape(1), 0xFF), false))
        .isEqualTo(tensor(DataType.UINT8, 1).packed(7, 255).bytes());
    assertThat(write(integers(DataType.INT16, shape(1), 0xFFFF), false))
        .isEqualTo(tensor(DataType.INT16, 1).packed(7, -1).bytes());
    assertThat(write(integers(DataType.UINT16, shape(1), 0xFFFF), false))
        .isEqualTo(tensor(DataType.UINT16, 1).packed(7, 65535).bytes());
  }

  @Test
  void scalarHasAnEmptyShapeMessage() {
    assertThat(write(floats(shape(), 1), false))
        .startsWith(0x08, 0x01, 0x12, 0x00)
        .isEqualTo(tensor(DataType.FLOAT).packedFloats(5, 1).bytes());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Spec("T10")
  void emptyTensorHasTypeAndShapeOnly(boolean asContent) {
    assertThat(write(floats(shape(0, 1)), asContent))
        .containsExactly(0x08, 0x01, 0x12, 0x06, 0x12, 0x00, 0x12, 0x02, 0x08, 0x01);
    assertThat(write(strings(shape(0)), asContent))
        .containsExactly(0x08, 0x07, 0x12, 0x02, 0x12, 0);
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"STRING", "RESOURCE", "VARIANT"})
  void whatIsWrittenReadsBack(DataType type) {
    SplittableRandom random = new SplittableRandom(type.number());
    for (int i = 0; i < 50; i++) {
      Tensor tensor =
          new ArenaTensors().allocate(type, Shape.of(random.nextInt(4), 1 + random.nextInt(40)));
      byte[] bytes = new byte[(int) tensor.data().byteSize()];
      random.nextBytes(bytes);
      for (int j = 0; j < bytes.length; j++) {
        bytes[j] = legal(type, bytes[j]);
      }
      MemorySegment.copy(
          bytes, 0, tensor.data(), java.lang.foreign.ValueLayout.JAVA_BYTE, 0, bytes.length);
      for (boolean asContent : new boolean[] {true, false}) {
        byte[] wire = write(tensor, asContent);
        Tensor back =
            TensorProtoReader.read(
                wire, 0, wire.length, "x", new ArenaTensors(), TensorBudget.DEFAULT);
        assertThat(back.dataType()).isEqualTo(type);
        assertThat(back.shape()).isEqualTo(tensor.shape());
        assertThat(CountingTensors.bytesOf(back)).isEqualTo(bytes);
      }
    }
  }

  /** One of the bytes that elements of this type are made of. */
  private static byte legal(DataType type, byte any) {
    return switch (type) {
      case BOOL -> (byte) (any & 1);
      case INT4, UINT4 -> (byte) Elements.narrowed(type, any);
      default -> any;
    };
  }

  /** Larger than the pieces in which it is written, and in every form that values have. */
  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"RESOURCE", "VARIANT"})
  void responseThatIsStreamedHasTheBytesOfTheArray(DataType type) {
    SplittableRandom random = new SplittableRandom(type.number());
    Tensor tensor = type == DataType.STRING ? longStrings(random) : random(type, random);
    for (boolean asContent : new boolean[] {true, false}) {
      PredictResponseWriter response =
          PredictResponseWriter.of(
              "model", 7, "s", List.of("y", "z"), List.of(tensor, tensor), asContent);
      ByteArrayOutputStream streamed = new ByteArrayOutputStream();
      response.writeTo(streamed);
      assertThat(streamed.toByteArray()).isEqualTo(response.bytes()).hasSize(response.size());
    }
  }

  private static Tensor random(DataType type, SplittableRandom random) {
    Tensor tensor = new ArenaTensors().allocate(type, Shape.of(50_000));
    byte[] bytes = new byte[(int) tensor.data().byteSize()];
    random.nextBytes(bytes);
    tensor.data().copyFrom(MemorySegment.ofArray(bytes));
    return tensor;
  }

  private static Tensor longStrings(SplittableRandom random) {
    byte[][] strings = new byte[200][];
    for (int i = 0; i < strings.length; i++) {
      strings[i] = new byte[random.nextInt(i < 10 ? 200_000 : 300)];
      random.nextBytes(strings[i]);
    }
    return new StringTensor(Shape.of(strings.length), strings);
  }

  @Test
  void stringsReadBack() {
    Tensor tensor = strings(shape(2, 2), "", "é\u0000", "x".repeat(200), "y");
    for (boolean asContent : new boolean[] {true, false}) {
      byte[] wire = write(tensor, asContent);
      Tensor back =
          TensorProtoReader.read(
              wire, 0, wire.length, "x", new ArenaTensors(), TensorBudget.DEFAULT);
      assertThat(Fixtures.show(back)).isEqualTo(Fixtures.show(tensor));
    }
  }

  /** Claims sizes without having the memory. */
  private record Claimed(Shape shape, byte[] text) implements Tensor {
    @Override
    public DataType dataType() {
      return DataType.STRING;
    }

    @Override
    public MemorySegment data() {
      throw new IllegalStateException("no flat data");
    }

    @Override
    public byte[] string(long index) {
      return text;
    }

    @Override
    public void close() {}
  }

  @Test
  void messagesAbove2GiBAreRefused() {
    Tensor huge = new Claimed(Shape.of(33), new byte[1 << 26]);
    for (boolean asContent : new boolean[] {true, false}) {
      assertThatThrownBy(() -> TensorProtoWriter.size(huge, asContent))
          .isInstanceOf(StatusException.class)
          .extracting(failure -> ((StatusException) failure).code())
          .isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
      assertThatThrownBy(() ->
              PredictResponseWriter.write("m", 1, "s", List.of("y"), List.of(huge), asContent))
          .isInstanceOf(StatusException.class)
          .hasMessageContaining("more than the limit of 2147483647");
    }
  }

  @Test
  @Spec("P03")
  void responseHasOutputsAndModelSpec() {
    Tensor y = floats(shape(), 3);
    byte[] response =
        PredictResponseWriter.write(
            "default", 123, "serving_default", List.of("y"), List.of(y), false);
    Proto expected =
        new Proto()
            .message(
                1, new Proto().text(1, "y").message(2, tensor(DataType.FLOAT).packedFloats(5, 3)))
            .message(
                2,
                new Proto()
                    .text(1, "default")
                    .message(2, new Proto().varint(1, 123))
                    .text(3, "serving_default"));
    assertThat(response).isEqualTo(expected.bytes());
  }

  @Test
  void versionZeroIsPresentAndNegativeOnesAreToo() {
    assertThat(PredictResponseWriter.write("m", 0, "s", List.of(), List.of(), false))
        .isEqualTo(
            new Proto()
                .message(2, new Proto().text(1, "m").message(2, new Proto()).text(3, "s"))
                .bytes());
    assertThat(PredictResponseWriter.write("", -1, "", List.of(), List.of(), false))
        .isEqualTo(
            new Proto().message(2, new Proto().message(2, new Proto().varint(1, -1))).bytes());
  }

  @Test
  void everyOutputIsAMapEntryWithKeyAndValue() {
    byte[] response =
        PredictResponseWriter.write(
            "m",
            1,
            "s",
            List.of("", "long".repeat(50)),
            List.of(strings(shape(1), "a"), integers(DataType.INT32, shape(3), 1, 2, 300)),
            true);
    Proto expected =
        new Proto()
            .message(
                1,
                new Proto()
                    .text(1, "")
                    .message(2, tensor(DataType.STRING, 1).blob(4, new byte[] {1, 'a'})))
            .message(
                1,
                new Proto()
                    .text(1, "long".repeat(50))
                    .message(
                        2,
                        tensor(DataType.INT32, 3)
                            .blob(4, new byte[] {1, 0, 0, 0, 2, 0, 0, 0, 44, 1, 0, 0})))
            .message(2, new Proto().text(1, "m").message(2, new Proto().varint(1, 1)).text(3, "s"));
    assertThat(response).isEqualTo(expected.bytes());
  }
}
