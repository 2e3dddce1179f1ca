package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.ArenaTensors;
import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatheringTest {

  private final CountedTensors tensors = new CountedTensors();

  private Tensor floats(Shape shape, float... values) {
    Tensor tensor = tensors.allocate(DataType.FLOAT, shape);
    MemorySegment.copy(values, 0, tensor.data(), ValueLayout.JAVA_FLOAT, 0, values.length);
    return tensor;
  }

  private static float[] floats(Tensor tensor) {
    return tensor.data().toArray(ValueLayout.JAVA_FLOAT);
  }

  private static Tensor strings(String... values) {
    byte[][] elements = new byte[values.length][];
    for (int i = 0; i < values.length; i++) {
      elements[i] = values[i].getBytes(StandardCharsets.UTF_8);
    }
    return new StringTensor(Shape.of(values.length), elements);
  }

  private static List<String> strings(Tensor tensor) {
    List<String> values = new ArrayList<>();
    for (long i = 0; i < tensor.shape().elementCount(); i++) {
      values.add(new String(tensor.string(i), StandardCharsets.UTF_8));
    }
    return values;
  }

  @Test
  void rowsOfAllPartsStandInTheirOrder() {
    List<Tensor> joined =
        Gathering.join(
            tensors,
            List.of(
                List.of(floats(Shape.of(1, 2), 1, 2), strings("a")),
                List.of(floats(Shape.of(0, 2)), strings()),
                List.of(floats(Shape.of(2, 2), 3, 4, 5, 6), strings("b", "c"))));
    assertThat(joined.get(0).shape()).isEqualTo(Shape.of(3, 2));
    assertThat(floats(joined.get(0))).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(strings(joined.get(1))).containsExactly("a", "b", "c");
  }

  @Test
  void tensorThatIsFedTwiceIsJoinedOnce() {
    Tensor one = floats(Shape.of(1), 1);
    Tensor two = floats(Shape.of(1), 2);
    List<Tensor> joined = Gathering.join(tensors, List.of(List.of(one, one), List.of(two, two)));
    assertThat(joined.get(0)).isSameAs(joined.get(1));
    assertThat(floats(joined.get(0))).containsExactly(1, 2);
  }

  @Test
  void nothingStaysOpenWhereMemoryEnds() {
    List<List<Tensor>> parts = List.of(List.of(floats(Shape.of(1), 1), floats(Shape.of(1), 2)));
    int open = tensors.open();
    tensors.failAfter(1);
    assertThatThrownBy(() -> Gathering.join(tensors, parts)).hasMessage("no memory");
    assertThat(tensors.open()).isEqualTo(open);
    tensors.failAfter(1);
    assertThatThrownBy(() -> Gathering.rows(tensors, parts.get(0), 0, 1)).hasMessage("no memory");
    assertThat(tensors.open()).isEqualTo(open);
  }

  @Test
  void rowsAreCopiedOut() {
    List<Tensor> rows =
        Gathering.rows(
            tensors,
            List.of(floats(Shape.of(3, 2), 1, 2, 3, 4, 5, 6), strings("a", "b", "c")),
            1,
            2);
    assertThat(rows.get(0).shape()).isEqualTo(Shape.of(2, 2));
    assertThat(floats(rows.get(0))).containsExactly(3, 4, 5, 6);
    assertThat(strings(rows.get(1))).containsExactly("b", "c");
  }

  @Test
  void slicesAreViewsThatCloseTheirSourceTogether() {
    Tensor output = floats(Shape.of(4, 2), 1, 2, 3, 4, 5, 6, 7, 8);
    List<List<Tensor>> slices =
        Slicing.slice(List.of(output, strings("a", "b", "c", "d")), new long[] {1, 0, 2});
    assertThat(floats(slices.get(0).get(0))).containsExactly(1, 2);
    assertThat(slices.get(1).get(0).shape()).isEqualTo(Shape.of(0, 2));
    assertThat(floats(slices.get(2).get(0))).containsExactly(3, 4, 5, 6);
    assertThat(slices.get(2).get(0).data().isReadOnly()).isTrue();
    assertThat(strings(slices.get(2).get(1))).containsExactly("b", "c");
    Tensor last = slices.get(2).get(1);
    assertThatThrownBy(() -> last.string(2)).isInstanceOf(IndexOutOfBoundsException.class);

    slices.get(0).forEach(Tensor::close);
    slices.get(0).forEach(Tensor::close);
    slices.get(1).forEach(Tensor::close);
    assertThat(tensors.open()).isEqualTo(1);
    assertThatThrownBy(() -> slices.get(0).get(0).data()).hasMessage("tensor is closed");
    slices.get(2).forEach(Tensor::close);
    assertThat(tensors.open()).isZero();
    assertThat(tensors.closedTwice()).isZero();
  }

  @Test
  void outputsThatCannotBeSlicedAreFound() {
    Tensor rows = new ArenaTensors().allocate(DataType.FLOAT, Shape.of(3, 2));
    Tensor scalar = new ArenaTensors().allocate(DataType.FLOAT, Shape.scalar());
    assertThat(Slicing.mismatch(List.of(rows), 3)).isNull();
    assertThat(Slicing.mismatch(List.of(rows), 4))
        .isEqualTo("output 0 has the shape [3,2] for 4 rows");
    assertThat(Slicing.mismatch(List.of(rows, scalar), 3))
        .isEqualTo("output 1 has the shape [] for 3 rows");
  }
}
