package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SizeTest {

  private static final Size STEPS = Size.named("steps");

  @Test
  void productsAreFollowed() {
    Size all = Size.ROWS.times(Size.of(6)).times(STEPS);

    assertThat(all.dividedBy(Size.of(3))).isEqualTo(Size.ROWS.times(STEPS).times(Size.of(2)));
    assertThat(all.dividedBy(STEPS)).isEqualTo(Size.of(6).times(Size.ROWS));
    assertThat(all.isOfRows()).isTrue();
    assertThat(Size.ROWS.times(Size.ROWS).isOfRows()).isFalse();
  }

  @Test
  void divisionThatMayLeaveARestIsNone() {
    assertThat(Size.ROWS.times(Size.of(4)).dividedBy(Size.of(8))).isNull();
    assertThat(Size.of(4).dividedBy(STEPS)).isNull();
    assertThat(Size.of(4).dividedBy(Size.of(0))).isNull();
    assertThat(Size.FIXED.dividedBy(Size.FIXED)).isNull();
  }

  @Test
  void sumsAreKnownWhereTheyAreOfOneKind() {
    assertThat(Size.ROWS.plus(Size.ROWS)).isEqualTo(Size.of(2).times(Size.ROWS));
    assertThat(Size.ROWS.minus(Size.ROWS)).isEqualTo(Size.of(0));
    assertThat(Size.ROWS.plus(Size.of(1))).isEqualTo(Size.COUNTED);
    assertThat(STEPS.plus(Size.of(1))).isEqualTo(Size.FIXED);
    assertThat(Size.FIXED.minus(Size.FIXED)).isEqualTo(Size.FIXED);
  }

  @Test
  void whetherRowsAreInItIsNeverForgotten() {
    assertThat(Size.COUNTED.times(STEPS).dependsOnRows()).isTrue();
    assertThat(Size.ROWS.with(Size.of(4), Math::floorMod).dependsOnRows()).isTrue();
    assertThat(STEPS.with(Size.of(4), Math::floorMod)).isEqualTo(Size.FIXED);
    assertThat(Size.FIXED.isOfRows()).isFalse();
    assertThat(Size.COUNTED.isOfRows()).isFalse();
  }
}
