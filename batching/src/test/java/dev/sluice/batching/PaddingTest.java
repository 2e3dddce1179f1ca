package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.model.ArenaTensors;
import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class PaddingTest {

  private final ArenaTensors tensors = new ArenaTensors();

  /** Element i consists of bytes that all are i + 1. */
  private Tensor counting(DataType type, Shape shape) {
    if (type == DataType.STRING) {
      byte[][] elements = new byte[(int) shape.elementCount()][];
      for (int i = 0; i < elements.length; i++) {
        elements[i] = Integer.toString(i + 1).getBytes(StandardCharsets.UTF_8);
      }
      return new StringTensor(shape, elements);
    }
    Tensor tensor = tensors.allocate(type, shape);
    for (long i = 0; i < tensor.data().byteSize(); i++) {
      tensor.data().set(ValueLayout.JAVA_BYTE, i, (byte) (i / type.elementSize() + 1));
    }
    return tensor;
  }

  /** The number of each element that {@link #counting} gave it. */
  private static long[] numbers(Tensor tensor) {
    long[] numbers = new long[(int) tensor.shape().elementCount()];
    int size = tensor.dataType().elementSize();
    for (int i = 0; i < numbers.length; i++) {
      if (tensor.dataType() == DataType.STRING) {
        numbers[i] = Long.parseLong(new String(tensor.string(i), StandardCharsets.UTF_8));
      } else {
        byte[] bytes = tensor.data().asSlice((long) i * size, size).toArray(ValueLayout.JAVA_BYTE);
        assertThat(bytes).containsOnly(bytes[0]);
        numbers[i] = bytes[0];
      }
    }
    return numbers;
  }

  static Stream<DataType> types() {
    return Arrays.stream(DataType.values())
        .filter(type -> type.hasFixedSize() || type == DataType.STRING);
  }

  @ParameterizedTest
  @MethodSource("types")
  @Spec("BU-2")
  void everyTypeIsPaddedWithItsFirstElement(DataType type) {
    Tensor tensor = counting(type, Shape.of(2, 2));
    Tensor padded = Padding.pad(tensors, tensor, new long[] {7, 3});
    assertThat(padded.dataType()).isEqualTo(type);
    assertThat(padded.shape()).as("rows are kept").isEqualTo(Shape.of(2, 3));
    assertThat(numbers(padded)).containsExactly(1, 2, 1, 3, 4, 1);
  }

  @Test
  @Spec("BU-2")
  void everyRankUpToSixIsPaddedAtTheEndsOfItsDimensions() {
    for (int rank = 2; rank <= 6; rank++) {
      long[] small = new long[rank];
      long[] large = new long[rank];
      for (int i = 0; i < rank; i++) {
        small[i] = 2;
        large[i] = i == 0 ? 2 : 2 + i % 2;
      }
      Tensor padded = Padding.pad(tensors, counting(DataType.INT16, Shape.of(small)), large);
      assertThat(padded.shape()).isEqualTo(Shape.of(large));
      assertThat(numbers(padded)).as("rank %d", rank).containsExactly(expected(small, large));
    }
    Tensor vector = counting(DataType.INT16, Shape.of(3));
    assertThat(Padding.pad(tensors, vector, new long[] {9})).isSameAs(vector);
  }

  /** Element by element: its number where its place is in the smaller one, else 1. */
  private static long[] expected(long[] small, long[] large) {
    long[] numbers = new long[(int) Shape.of(large).elementCount()];
    for (int i = 0; i < numbers.length; i++) {
      long rest = i;
      long number = 0;
      long stride = 1;
      boolean inside = true;
      for (int d = large.length - 1; d >= 0; d--) {
        long place = rest % large[d];
        rest /= large[d];
        inside &= place < small[d];
        number += place * stride;
        stride *= small[d];
      }
      numbers[i] = inside ? number + 1 : 1;
    }
    return numbers;
  }

  @Test
  @Spec("BU-1")
  void largestSizesAreThoseOfEachDimension() {
    assertThat(Padding.largest(List.of(Shape.of(10, 20, 30), Shape.of(20, 50, 15))))
        .containsExactly(20, 50, 30);
    assertThat(Padding.largest(List.of(Shape.of(10, 100), Shape.of(20, 101))))
        .containsExactly(20, 101);
  }

  @Test
  void largeTensorIsFilledToItsEnd() {
    Tensor padded =
        Padding.pad(tensors, counting(DataType.UINT8, Shape.of(3, 1)), new long[] {3, 100_003});
    for (int row = 0; row < 3; row++) {
      byte[] bytes = padded.data().asSlice(row * 100_003L, 100_003).toArray(ValueLayout.JAVA_BYTE);
      assertThat(bytes[0]).isEqualTo((byte) (row + 1));
      assertThat(Arrays.copyOfRange(bytes, 1, bytes.length)).containsOnly(1);
    }
  }

  private void assertRefused(String message, Tensor tensor, long... sizes) {
    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> Padding.pad(tensors, tensor, sizes))
        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(StatusCode.INVALID_ARGUMENT))
        .withMessage(message);
  }

  @Test
  @Spec("BU-3")
  void rankSevenIsRefusedEvenWhereNothingIsToBeAdded() {
    assertRefused(
        "Only tensors with rank from 1 to 6 can be padded.",
        counting(DataType.INT8, Shape.of(1, 1, 1, 1, 1, 1, 1)),
        1,
        1,
        1,
        1,
        1,
        1,
        1);
  }

  @Test
  void emptyTensorHasNothingToBePaddedWith() {
    Tensor empty = counting(DataType.FLOAT, Shape.of(2, 0));
    assertThat(Padding.pad(tensors, empty, new long[] {5, 0})).isSameAs(empty);
    assertRefused("Got empty tensor in batch of non-empty tensors.", empty, 2, 1);
  }

  @ParameterizedTest
  @EnumSource(names = {"RESOURCE", "VARIANT"})
  void typeWithoutReadableElementsIsRefused(DataType type) {
    assertRefused("Unsupported type", new OpaqueTensor(type, Shape.of(1)), 1);
  }

  /** A tensor of which nothing but type and shape is known. */
  private record OpaqueTensor(DataType dataType, Shape shape) implements Tensor {
    @Override
    public java.lang.foreign.MemorySegment data() {
      throw new IllegalStateException("opaque");
    }

    @Override
    public byte[] string(long index) {
      throw new IllegalStateException("opaque");
    }

    @Override
    public void close() {}
  }
}
