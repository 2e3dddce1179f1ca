package dev.sluice.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SignatureTest {

  private static TensorSpec spec(String name, String engineName) {
    return new TensorSpec(name, engineName, DataType.FLOAT, List.of(-1L));
  }

  private static Signature signature(String name, TensorSpec input, TensorSpec... outputs) {
    return new Signature(name, "m", List.of(input), List.of(outputs), new byte[] {1});
  }

  @Test
  void emptyNameMeansTheDefaultSignature() {
    assertThat(Signature.nameOrDefault("")).isEqualTo("serving_default");
    assertThat(Signature.nameOrDefault("other")).isEqualTo("other");
  }

  @Test
  void unionHasEachTensorOnceUnderItsEnginesName() {
    Signature first = signature("b", spec("x", "in:0"), spec("y", "out:1"), spec("z", "out:0"));
    Signature second = signature("a", spec("inputs", "in:0"), spec("y", "more:0"));
    Signature third = signature("c", spec("x", "alone:0"), spec("w", "out:1"));
    Signature union = Signature.union(List.of(first, second, third));
    assertThat(union.name()).isEqualTo("a+b+c");
    assertThat(union.inputs()).containsExactly(spec("alone:0", "alone:0"), spec("in:0", "in:0"));
    assertThat(union.outputs())
        .containsExactly(spec("more:0", "more:0"), spec("out:0", "out:0"), spec("out:1", "out:1"));
    assertThat(union.outputIndex("out:1")).isEqualTo(2);
  }

  @Test
  void orderOfThePartsDoesNotMatterToTheUnion() {
    Signature first = signature("b", spec("x", "in:0"), spec("y", "out:1"));
    Signature second = signature("a", spec("x", "in:0"), spec("y", "out:0"));
    assertThat(Signature.union(List.of(first, second)))
        .isEqualTo(Signature.union(List.of(second, first)));
  }
}
