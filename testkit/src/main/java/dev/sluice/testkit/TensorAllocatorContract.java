package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every {@link TensorAllocator} keeps. */
public abstract class TensorAllocatorContract {

  private static final long ALIGNMENT = 64;

  /** The allocator under test. */
  protected abstract TensorAllocator allocator();

  @ParameterizedTest
  @EnumSource(DataType.class)
  void typesOfFixedSizeGetTheirBytesAndOthersAreRefused(DataType type) {
    if (type.hasFixedSize()) {
      try (Tensor tensor = allocator().allocate(type, Shape.of(2, 3))) {
        assertThat(tensor.dataType()).isEqualTo(type);
        assertThat(tensor.shape()).isEqualTo(Shape.of(2, 3));
        assertThat(tensor.data().byteSize()).isEqualTo(6L * type.elementSize());
        assertThatThrownBy(() -> tensor.string(0)).isInstanceOf(IllegalStateException.class);
      }
    } else {
      assertThatThrownBy(() -> allocator().allocate(type, Shape.of(1)))
          .isInstanceOfSatisfying(
              StatusException.class,
              refusal -> assertThat(refusal.code()).isEqualTo(StatusCode.INVALID_ARGUMENT))
          .hasMessageContaining(type.label());
    }
  }

  @Test
  void memoryIsAlignedAndHoldsWhatIsWritten() {
    try (Tensor one = allocator().allocate(DataType.INT64, Shape.of(1000));
        Tensor other = allocator().allocate(DataType.INT64, Shape.of(1000))) {
      assertThat(one.data().address() % ALIGNMENT).isZero();
      assertThat(other.data().address() % ALIGNMENT).isZero();
      for (int i = 0; i < 1000; i++) {
        one.data().setAtIndex(ValueLayout.JAVA_LONG, i, i);
        other.data().setAtIndex(ValueLayout.JAVA_LONG, i, -i);
      }
      assertThat(one.data().getAtIndex(ValueLayout.JAVA_LONG, 999)).isEqualTo(999);
      assertThat(other.data().getAtIndex(ValueLayout.JAVA_LONG, 999)).isEqualTo(-999);
    }
  }

  @Test
  void scalarHasOneElementAndAnEmptyTensorNone() {
    try (Tensor scalar = allocator().allocate(DataType.DOUBLE, Shape.scalar());
        Tensor empty = allocator().allocate(DataType.DOUBLE, Shape.of(3, 0))) {
      assertThat(scalar.data().byteSize()).isEqualTo(8);
      assertThat(empty.data().byteSize()).isZero();
    }
  }

  @Test
  void accessBeyondTheEndIsCaught() {
    try (Tensor tensor = allocator().allocate(DataType.FLOAT, Shape.of(2))) {
      MemorySegment data = tensor.data();
      assertThatThrownBy(() -> data.get(ValueLayout.JAVA_FLOAT, 8))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void closedTensorGivesNothingAndClosesAgainInPeace() {
    Tensor tensor = allocator().allocate(DataType.FLOAT, Shape.of(2));
    tensor.close();
    tensor.close();
    assertThatThrownBy(tensor::data).isInstanceOf(IllegalStateException.class);
  }
}
