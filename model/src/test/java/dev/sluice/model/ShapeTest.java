package dev.sluice.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShapeTest {

  @Test
  void scalarHasOneElement() {
    assertThat(Shape.of()).isEqualTo(Shape.scalar()).hasToString("[]");
    assertThat(Shape.scalar().elementCount()).isEqualTo(1);
    assertThat(Shape.scalar().rank()).isZero();
  }

  @Test
  void countIsTheProductAndZeroWinsOverAll() {
    assertThat(Shape.of(2, 3, 4).elementCount()).isEqualTo(24);
    assertThat(Shape.of(2, 0, 4).elementCount()).isZero();
    assertThat(Shape.of(2, 3)).hasToString("[2,3]");
  }

  @Test
  void countBeyondSixtyFourBitsIsRefusedAlsoNextToAZero() {
    assertThatThrownBy(() -> Shape.of(1L << 32, 1L << 31))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2^63");
    assertThatThrownBy(() -> Shape.of(0, 1L << 62, 4)).isInstanceOf(IllegalArgumentException.class);
    assertThat(Shape.of(1L << 31, 1L << 31).elementCount()).isEqualTo(1L << 62);
  }

  @Test
  void negativeSizesAndTooManyDimensionsAreRefused() {
    assertThatThrownBy(() -> Shape.of(2, -1)).isInstanceOf(IllegalArgumentException.class);
    assertThat(Shape.of(new long[254]).rank()).isEqualTo(254);
    assertThatThrownBy(() -> Shape.of(new long[255]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("255");
  }

  @Test
  void arraysAreCopiedInAndOut() {
    long[] sizes = {2, 3};
    Shape shape = Shape.of(sizes);
    sizes[0] = 9;
    shape.dimensions()[1] = 9;
    assertThat(shape).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
    assertThat(shape.dimension(0)).isEqualTo(2);
  }
}
