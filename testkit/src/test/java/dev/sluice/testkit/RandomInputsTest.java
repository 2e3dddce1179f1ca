package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.ArenaTensors;
import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorSpec;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RandomInputsTest {

  private static final Signature SIGNATURE =
      new Signature(
          "s",
          "",
          List.of(
              new TensorSpec("examples", "examples:0", DataType.STRING, List.of(-1L)),
              new TensorSpec("ids", "ids:0", DataType.INT32, List.of(-1L, -1L)),
              new TensorSpec("one", "one:0", DataType.BOOL, List.of(1L, 2L)),
              new TensorSpec("words", "words:0", DataType.STRING, List.of(-1L, 2L)),
              new TensorSpec("x", "x:0", DataType.FLOAT, List.of(-1L, 3L))),
          List.of(),
          new byte[0]);

  private static List<Tensor> made(long seed) {
    return new RandomInputs(new ArenaTensors(), new Random(seed)).of(SIGNATURE, 5);
  }

  @Test
  void openDimensionsGetRowsAndFour() {
    assertThat(made(1))
        .extracting(Tensor::shape)
        .containsExactly(
            Shape.of(5), Shape.of(5, 4), Shape.of(1, 2), Shape.of(5, 2), Shape.of(5, 3));
  }

  @Test
  void idsLieBelowTwenty() {
    assertThat(Arrays.stream(made(1).get(1).data().toArray(ValueLayout.JAVA_INT)))
        .allMatch(id -> id >= 0 && id < 20);
  }

  @Test
  void sameSeedGivesTheSameAndAnotherSeedDoesNot() {
    float[] first = made(7).get(4).data().toArray(ValueLayout.JAVA_FLOAT);

    assertThat(made(7).get(4).data().toArray(ValueLayout.JAVA_FLOAT)).isEqualTo(first);
    assertThat(made(8).get(4).data().toArray(ValueLayout.JAVA_FLOAT)).isNotEqualTo(first);
  }

  @Test
  void examplesBeginWithThreeFloatsOfX() {
    byte[] example = made(1).get(0).string(0);

    // Features, an entry of its map, the key x, a Feature, a FloatList, twelve packed bytes
    assertThat(example[0]).isEqualTo((byte) 0x0a);
    assertThat(HexFormat.of().formatHex(Arrays.copyOfRange(example, 2, 13)))
        .isEqualTo("0a150a0178121012" + "0e0a0c");
  }
}
