package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.testkit.Spec;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayoutTest {

  private final RowModel model = new RowModel();

  private Layout layout(String signature, Integer... wanted) {
    return Layout.of(model, model.signature(signature), List.of(wanted));
  }

  @Test
  @Spec("BS-1")
  void keyIsTheSetsOfTensorNames() {
    assertThat(layout("sum").key())
        .isEqualTo(new QueueKey(model, List.of("a:0", "b:0"), List.of("sum:0")));
    Signature union =
        Signature.union(List.of(model.signature("half"), model.signature("half_plus_three")));
    assertThat(Layout.of(model, union, List.of()).key())
        .isEqualTo(new QueueKey(model, List.of("x:0"), List.of("y2:0", "y:0")));
  }

  @Test
  void signaturesWithTheSameNamesHaveTheSameKey() {
    assertThat(layout("half").key()).isEqualTo(layout("half_again").key());
    assertThat(layout("sum").key()).isEqualTo(layout("mus").key());
    assertThat(layout("half").key()).isNotEqualTo(layout("half_plus_three").key());
    assertThat(layout("half").key())
        .isNotEqualTo(Layout.of(new RowModel(), model.signature("half"), List.of()).key());
  }

  @Test
  void whatIsWantedIsPartOfTheKeyAndItsOrderIsNot() {
    assertThat(layout("both", 0).key()).isEqualTo(layout("half").key());
    assertThat(layout("both", 1, 0).key()).isEqualTo(layout("both").key());
    assertThat(layout("both", 1).key()).isNotEqualTo(layout("both").key());
  }

  @Test
  void inputsGoToTheirPlacesAndBack() {
    Tensor a = model.floats(Shape.of(1), 1);
    Tensor b = model.floats(Shape.of(1), 2);
    Layout turned = layout("mus");
    assertThat(turned.toBatch(List.of(a, b))).containsExactly(b, a);
    assertThat(turned.toSignature(List.of(b, a))).containsExactly(a, b);
  }

  @Test
  void outputsThatNobodyWantsAreClosed() {
    Layout second = layout("both", 1);
    Tensor y = model.vector(1);
    Tensor y2 = model.vector(2);
    assertThat(second.wanted(List.of(y, y2))).containsExactly(y2);
    assertThat(model.counted().open()).isEqualTo(1);
    assertThat(second.answer(List.of(y2))).containsExactly(UnwantedTensor.INSTANCE, y2);
  }
}
