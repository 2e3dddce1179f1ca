package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.show;
import static dev.sluice.protocol.Fixtures.utf8;
import static dev.sluice.protocol.Proto.shape;
import static dev.sluice.protocol.Proto.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.model.DataType;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TensorProtoReaderTest {

  private final CountingTensors memory = new CountingTensors();

  private Tensor read(Proto proto) {
    return read(proto.bytes(), TensorBudget.DEFAULT);
  }

  private Tensor read(byte[] message, TensorBudget budget) {
    // Somewhere inside a larger array, with bytes around that must not be read.
    byte[] wire = new byte[message.length + 20];
    Arrays.fill(wire, (byte) 0xFF);
    System.arraycopy(message, 0, wire, 7, message.length);
    return TensorProtoReader.read(wire, 7, message.length, "x", memory, budget);
  }

  private StatusException failure(Proto proto) {
    return catchThrowableOfType(StatusException.class, () -> read(proto));
  }

  private void assertParsingError(Proto proto) {
    int open = memory.open();
    StatusException failure = failure(proto);
    assertThat(failure).isNotNull();
    assertThat(failure.code()).isEqualTo(StatusCode.INVALID_ARGUMENT);
    assertThat(failure).hasMessage("tensor parsing error: x");
    assertThat(memory.open()).isEqualTo(open);
  }

  private static byte[] littleEndian(float... values) {
    byte[] bytes = new byte[values.length * 4];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (Float.floatToRawIntBits(values[i / 4]) >>> 8 * (i % 4));
    }
    return bytes;
  }

  @Test
  @Spec("T01")
  void floatsComeFromTheListOrTheContentWhichWins() {
    Proto list = tensor(DataType.FLOAT, 2).packedFloats(5, 1.5f, -2);
    assertThat(show(read(list))).isEqualTo("float[2]: 1.5 -2.0");
    Proto content = tensor(DataType.FLOAT, 2).blob(4, littleEndian(3, Float.NaN));
    assertThat(show(read(content))).isEqualTo("float[2]: 3.0 NaN");
    Proto both =
        tensor(DataType.FLOAT, 2).packedFloats(5, 1, 2).blob(4, littleEndian(3, 4)).varint(3, 9);
    assertThat(show(read(both))).isEqualTo("float[2]: 3.0 4.0");
  }

  @Test
  void unpackedAndPackedListsConcatenate() {
    Proto proto =
        tensor(DataType.FLOAT, 5)
            .packedFloats(5, 1, 2)
            .write(out -> out.writeFloat(5, 3))
            .packedFloats(5)
            .packedFloats(5, 4)
            .write(out -> out.writeFloat(5, 5));
    assertThat(show(read(proto))).isEqualTo("float[5]: 1.0 2.0 3.0 4.0 5.0");
    Proto ints =
        tensor(DataType.INT64, 4).varint(10, 1).packed(10, -2, 3).varint(10, Long.MIN_VALUE);
    assertThat(show(read(ints))).isEqualTo("int64[4]: 1 -2 3 -9223372036854775808");
  }

  @Test
  @Spec("T02")
  void shortListRepeatsItsLastValue() {
    assertThat(show(read(tensor(DataType.FLOAT, 4).packedFloats(5, 7))))
        .isEqualTo("float[4]: 7.0 7.0 7.0 7.0");
    assertThat(show(read(tensor(DataType.FLOAT, 4).packedFloats(5, 1, 2))))
        .isEqualTo("float[4]: 1.0 2.0 2.0 2.0");
    assertThat(show(read(tensor(DataType.INT8, 7).packed(7, 1, -1))))
        .isEqualTo("int8[7]: 1 -1 -1 -1 -1 -1 -1");
    assertThat(show(read(tensor(DataType.STRING, 3).text(8, "a").text(8, "b"))))
        .isEqualTo("string[3]: a b b");
  }

  @Test
  @Spec("T03")
  void missingValuesAreDefaults() {
    assertThat(show(read(tensor(DataType.FLOAT, 2)))).isEqualTo("float[2]: 0.0 0.0");
    assertThat(show(read(tensor(DataType.BOOL, 2)))).isEqualTo("bool[2]: 0 0");
    assertThat(show(read(tensor(DataType.STRING, 2)))).isEqualTo("string[2]:  ");
    // The list of another type does not count.
    assertThat(show(read(tensor(DataType.FLOAT, 2).packed(7, 1, 2))))
        .isEqualTo("float[2]: 0.0 0.0");
  }

  @Test
  @Spec("T04")
  void surplusValuesAreDropped() {
    assertThat(show(read(tensor(DataType.FLOAT, 2).packedFloats(5, 1, 2, 3, 4, 5))))
        .isEqualTo("float[2]: 1.0 2.0");
    assertThat(show(read(tensor(DataType.INT32, 1).packed(7, 1, 2).varint(7, 3))))
        .isEqualTo("int32[1]: 1");
    assertThat(show(read(tensor(DataType.STRING, 1).text(8, "a").text(8, "b"))))
        .isEqualTo("string[1]: a");
  }

  @Test
  @Spec("T05")
  void contentOfAnotherLengthIsAnError() {
    assertParsingError(tensor(DataType.FLOAT, 2).blob(4, new byte[7]));
    assertParsingError(tensor(DataType.FLOAT, 2).blob(4, new byte[12]));
    assertParsingError(tensor(DataType.FLOAT, 2).packedFloats(5, 1, 2).blob(4, new byte[1]));
    assertThat(memory.allocations()).isZero();
  }

  @Test
  @Spec("T06")
  void shapesAndTypesThatNoTensorHasAreErrors() {
    assertParsingError(tensor(DataType.FLOAT, -1));
    assertParsingError(tensor(DataType.FLOAT, 1L << 40, 1L << 40));
    assertParsingError(tensor(DataType.FLOAT, 1L << 40, 1L << 40, 0));
    assertParsingError(tensor(DataType.FLOAT, ones(255)));
    assertThat(read(tensor(DataType.FLOAT, ones(254))).shape().rank()).isEqualTo(254);
    assertParsingError(tensor(DataType.FLOAT, ones(10_000)));
    for (int dtype : new int[] {0, 101, 26, 99, -1, Integer.MAX_VALUE}) {
      assertParsingError(new Proto().varint(1, dtype).message(2, shape(1)));
      assertParsingError(new Proto().varint(1, dtype).message(2, shape(0)));
    }
    assertParsingError(new Proto());
    assertParsingError(tensor(DataType.RESOURCE, 1));
    assertParsingError(tensor(DataType.VARIANT, 0));
  }

  @Test
  void typesOfFourBitsKeepTheLowOnes() {
    Tensor signed = read(tensor(DataType.INT4, 4).varint(7, -8).varint(7, 15).varint(7, 100));
    assertThat(signed.data().toArray(ValueLayout.JAVA_BYTE)).containsExactly(-8, -1, 4, 4);
    Tensor unsigned = read(tensor(DataType.UINT4, 3).varint(7, 15).varint(7, -1).varint(7, 16));
    assertThat(unsigned.data().toArray(ValueLayout.JAVA_BYTE)).containsExactly(15, 15, 0);
  }

  @Test
  void valuesOfFloat8AreOneFieldOfWhichTheLastCounts() {
    for (DataType type : new DataType[] {DataType.FLOAT8_E5M2, DataType.FLOAT8_E4M3FN}) {
      Tensor tensor =
          read(tensor(type, 4).blob(18, new byte[] {9, 9, 9}).blob(18, new byte[] {1, -2}));
      assertThat(tensor.data().toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, -2, -2, -2);
    }
  }

  private static long[] ones(int rank) {
    long[] ones = new long[rank];
    Arrays.fill(ones, 1);
    return ones;
  }

  @Test
  @Spec("T07")
  void sixteenBitFloatsComeAsPatterns() {
    int half = Float.floatToFloat16(-0.5f);
    assertThat(show(read(tensor(DataType.HALF, 2).packed(13, half & 0xFFFF, half))))
        .isEqualTo("half[2]: -0.5 -0.5");
    assertThat(show(read(tensor(DataType.BFLOAT16, 1).varint(13, 0xC049))))
        .isEqualTo("bfloat16[1]: -3.140625");
    assertThat(show(read(tensor(DataType.HALF, 1).blob(4, (byte) 0, (byte) 0x3C))))
        .isEqualTo("half[1]: 1.0");
  }

  @ParameterizedTest
  @CsvSource({
    "INT8, -1 127 -128 44", "UINT8, 255 127 128 44", "INT16, -1 127 128 300",
    "UINT16, 65535 127 128 300", "INT32, -1 127 128 300", "QINT8, -1 127 -128 44",
    "QUINT8, 255 127 128 44", "QINT16, -1 127 128 300", "QUINT16, 65535 127 128 300",
    "QINT32, -1 127 128 300",
  })
  @Spec("T07")
  void smallIntegersAreTheLowBitsOfIntVal(DataType type, String expected) {
    assertThat(show(read(tensor(type, 4).packed(7, -1, 127, 128, 300))))
        .isEqualTo(type.label() + "[4]: " + expected);
    // A varint of 32 bits stands for the same number.
    assertThat(show(read(tensor(type, 1).packed(7, 0xFFFF_FFFFL))))
        .isEqualTo(type.label() + "[1]: " + expected.split(" ")[0]);
  }

  @Test
  @Spec("T08")
  void stringsHoldAnyBytes() {
    byte[] odd = {0, (byte) 0xFF, 'a'};
    Tensor listed = read(tensor(DataType.STRING, 2).blob(8, odd).blob(8));
    assertThat(listed.string(0)).isEqualTo(odd);
    assertThat(listed.string(1)).isEmpty();
    Tensor content =
        read(tensor(DataType.STRING, 2).text(8, "ignored").blob(4, bytes(3, 0, 0, 0xFF, 'a')));
    assertThat(content.string(0)).isEqualTo(odd);
    assertThat(content.string(1)).isEmpty();
    Tensor long300 = read(tensor(DataType.STRING).blob(4, concat(bytes(0xAC, 2), new byte[300])));
    assertThat(long300.string(0)).hasSize(300);
  }

  @Test
  @Spec("T08")
  void stringContentHasToAddUp() {
    assertParsingError(tensor(DataType.STRING, 2).blob(4, bytes(3, 0, 0, 0xFF)));
    assertParsingError(tensor(DataType.STRING, 2).blob(4, bytes(1, 0, 'a', 'b')));
    assertParsingError(tensor(DataType.STRING, 2).blob(4, bytes(1)));
    assertParsingError(tensor(DataType.STRING, 2).blob(4, bytes(0x80, 0x80)));
    assertParsingError(
        tensor(DataType.STRING, 1)
            .blob(4, bytes(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1)));
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] concat(byte[] head, byte[] tail) {
    byte[] all = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, all, head.length, tail.length);
    return all;
  }

  @Test
  @Spec("T09")
  void complexNumbersComeInPairs() {
    assertThat(show(read(tensor(DataType.COMPLEX64, 2).packedFloats(9, 1, 2, 3, 4))))
        .isEqualTo("complex64[2]: 1.0+2.0i 3.0+4.0i");
    assertThat(show(read(tensor(DataType.COMPLEX128, 1).packedDoubles(12, 1, 2))))
        .isEqualTo("complex128[1]: 1.0+2.0i");
    // Half a pair is no element.
    assertThat(show(read(tensor(DataType.COMPLEX64, 3).packedFloats(9, 1, 2, 3))))
        .isEqualTo("complex64[3]: 1.0+2.0i 1.0+2.0i 1.0+2.0i");
    assertThat(show(read(tensor(DataType.COMPLEX64, 1).packedFloats(9, 1))))
        .isEqualTo("complex64[1]: 0.0+0.0i");
  }

  @Test
  @Spec("T09")
  void unsignedNumbersReachAboveTheSignedRange() {
    assertThat(show(read(tensor(DataType.UINT32, 2).packed(16, 0xFFFF_FFFFL, 1))))
        .isEqualTo("uint32[2]: 4294967295 1");
    assertThat(show(read(tensor(DataType.UINT64, 2).packed(17, -1, 1))))
        .isEqualTo("uint64[2]: 18446744073709551615 1");
  }

  @Test
  @Spec("T10")
  void emptyTensorIgnoresItsValues() {
    assertThat(show(read(tensor(DataType.FLOAT, 0, 1).packedFloats(5, 1, 2).blob(4, (byte) 1))))
        .isEqualTo("float[0,1]:");
    assertThat(show(read(tensor(DataType.STRING, 0).text(8, "a").blob(4, (byte) 1))))
        .isEqualTo("string[0]:");
    assertThat(memory.bytes()).isZero();
  }

  @Test
  void withoutDimensionsItIsAScalar() {
    assertThat(show(read(new Proto().varint(1, 1).packedFloats(5, 2)))).isEqualTo("float[]: 2.0");
    assertThat(show(read(new Proto().varint(1, 1).message(2, new Proto().varint(3, 1)))))
        .isEqualTo("float[]: 0.0");
    assertThat(show(read(tensor(DataType.BOOL).packed(11, 2)))).isEqualTo("bool[]: 1");
    assertThat(show(read(tensor(DataType.DOUBLE).packedDoubles(6, 0.1))))
        .isEqualTo("double[]: 0.1");
  }

  @Test
  void shapesMergeScalarsTakeTheLast() {
    Proto proto =
        new Proto()
            .packed(7, 5, 6)
            .message(2, shape(1).message(2, new Proto().varint(1, 9).varint(1, 2).text(2, "name")))
            .varint(1, DataType.FLOAT.number())
            .message(2, shape(1))
            .varint(1, DataType.INT32.number());
    assertThat(show(read(proto))).isEqualTo("int32[1,2,1]: 5 6");
    assertThat(show(read(tensor(DataType.INT8, 1).blob(4, (byte) 1).blob(4, (byte) 2))))
        .isEqualTo("int8[1]: 2");
  }

  @Test
  void unknownFieldsAreSkippedAlsoWhereAKnownOneHasAnotherWireType() {
    Proto proto =
        new Proto()
            .group(3)
            .varint(1, 3)
            .varint(4, 77)
            .write(out -> out.writeFixed64(900, 1))
            .write(out -> out.writeFixed32(7, 9))
            .message(2, shape(2).group(9).varint(8, 1))
            .text(18, "x")
            .packed(7, 1, 2)
            .write(out -> out.writeFixed32(1, 5));
    assertThat(show(read(proto))).isEqualTo("int32[2]: 1 2");
  }

  @Test
  void malformedMessagesAreParsingErrors() {
    Proto good = tensor(DataType.INT32, 2).packed(7, 1, 2);
    byte[] bytes = good.bytes();
    for (int length = 1; length < bytes.length; length++) {
      byte[] part = Arrays.copyOf(bytes, length);
      // Cut between fields it is another message: with other values, or without a shape.
      StatusException failure =
          catchThrowableOfType(StatusException.class, () -> read(part, TensorBudget.DEFAULT));
      assertThat(failure == null || failure.getMessage().equals("tensor parsing error: x"))
          .isTrue();
    }
    assertParsingError(tensor(DataType.INT32, 2).blob(7, (byte) 0x80));
    assertParsingError(tensor(DataType.FLOAT, 2).blob(5, new byte[6]));
    assertParsingError(tensor(DataType.DOUBLE, 2).blob(6, new byte[4]));
    assertParsingError(tensor(DataType.INT32, 2).raw((byte) 0));
    assertParsingError(tensor(DataType.INT32, 2).raw((byte) 0x0C));
    assertParsingError(tensor(DataType.INT32, 2).raw((byte) 0x0F));
    assertParsingError(tensor(DataType.INT32, 2).raw(bytes(0x0B, 0x14)));
    assertParsingError(
        tensor(DataType.INT32, 2)
            .raw(bytes(8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1)));
    byte[] groups = new byte[100_000];
    Arrays.fill(groups, (byte) 0x0B);
    assertParsingError(tensor(DataType.INT32, 2).raw(groups));
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"STRING", "RESOURCE", "VARIANT"})
  void everyFixedSizeTypeTakesContentAndDefaults(DataType type) {
    byte[] content = new byte[3 * type.elementSize()];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i + 1);
    }
    assertThat(CountingTensors.bytesOf(read(tensor(type, 3).blob(4, content)))).isEqualTo(content);
    assertThat(CountingTensors.bytesOf(read(tensor(type, 3)))).isEqualTo(new byte[content.length]);
  }

  @Test
  void budgetIsAskedBeforeAllocation() {
    StatusException failure = failure(tensor(DataType.DOUBLE, 1L << 40).packedDoubles(6, 1));
    assertThat(failure.code()).isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
    assertThat(failure)
        .hasMessage(
            "tensor for input \"x\" would take 8796093022208 bytes, more than the limit of"
                + " 1073741824 bytes a tensor");
    assertThat(failure(tensor(DataType.DOUBLE, Long.MAX_VALUE)))
        .hasMessageContaining("would take 73786976294838206456 bytes");
    assertThat(memory.allocations()).isZero();
  }

  @Test
  void repeatedStringCountsEachTime() {
    Proto proto = tensor(DataType.STRING, 1_000).text(8, "a").text(8, "x".repeat(1_000));
    byte[] message = proto.bytes();
    long needed = 24_000 + 1 + 999_000;
    read(message, new TensorBudget(needed));
    StatusException failure =
        catchThrowableOfType(
            StatusException.class, () -> read(message, new TensorBudget(needed - 1)));
    assertThat(failure.code()).isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
    assertThat(failure).hasMessageContaining("would take " + needed + " bytes");
    assertThat(failure(tensor(DataType.STRING, Long.MAX_VALUE).text(8, "xyz")).code())
        .isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
    assertThat(failure(tensor(DataType.STRING, 1L << 40).blob(4, (byte) 0)).code())
        .isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
    // Without a limit, an array is one.
    byte[] huge = tensor(DataType.STRING, 1L << 31).bytes();
    assertThat(
            catchThrowableOfType(
                StatusException.class, () -> read(huge, new TensorBudget(Long.MAX_VALUE))))
        .extracting(StatusException::code)
        .isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
  }

  @Test
  void stringFromUtf8StaysAsItIs() {
    assertThat(read(tensor(DataType.STRING).text(8, "é")).string(0)).isEqualTo(utf8("é"));
  }
}
