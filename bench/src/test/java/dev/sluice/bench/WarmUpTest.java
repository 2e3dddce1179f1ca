package dev.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

class WarmUpTest {

  private static int looks(Double... cpu) throws Exception {
    Iterator<Double> figures = List.of(cpu).iterator();
    return new WarmUp(1, cpu.length, _ -> {})
        .warm(_ -> Sample.EMPTY.with(Measure.CPU, figures.next()));
  }

  @Test
  void endsWhenThreeLooksAgree() throws Exception {
    assertThat(looks(100.0, 50.0, 40.0, 39.0, 39.5, 39.0)).isEqualTo(5);
    assertThat(looks(10.0, 10.0, 10.0, 10.0)).isEqualTo(3);
  }

  @Test
  void doesNotTakeTwoAlikeForSteady() throws Exception {
    assertThat(looks(100.0, 99.0, 60.0, 59.0, 40.0, 30.0)).isEqualTo(6);
  }

  @Test
  void endsAtItsLimit() throws Exception {
    assertThat(looks(5.0, 4.0, 3.0, 2.0)).isEqualTo(4);
  }

  @Test
  void goesOnWhileMuchIsCompiled() throws Exception {
    Iterator<Double> compiling = List.of(30.0, 20.0, 9.0, 1.0, 0.5, 0.0).iterator();
    int looks =
        new WarmUp(1, 6, _ -> {})
            .warm(
                _ -> Sample.EMPTY.with(Measure.CPU, 10).with(Measure.COMPILING, compiling.next()));
    assertThat(looks).isEqualTo(5);
  }
}
