package dev.sluice.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class DataTypeTest {

  @Test
  void numbersLeadBackToTheirTypes() {
    for (DataType type : DataType.values()) {
      assertThat(DataType.ofNumber(type.number())).isEqualTo(type);
    }
    assertThat(Arrays.stream(DataType.values()).map(DataType::number)).doesNotHaveDuplicates();
  }

  @Test
  void invalidReferenceAndFutureNumbersAreNoTypes() {
    for (int number : List.of(0, -1, 26, 28, 31, 101, Integer.MAX_VALUE, Integer.MIN_VALUE)) {
      assertThat(DataType.ofNumber(number)).isNull();
    }
  }

  @Test
  void namesAreThoseOfTheReference() {
    assertThat(DataType.FLOAT.label()).isEqualTo("float");
    assertThat(DataType.FLOAT.protoName()).isEqualTo("DT_FLOAT");
    assertThat(DataType.STRING.hasFixedSize()).isFalse();
  }

  @Test
  void stringTensorChecksItsCountAndItsEnd() {
    assertThatThrownBy(() -> new StringTensor(Shape.of(2), new byte[1][]))
        .isInstanceOf(IllegalArgumentException.class);
    StringTensor tensor = new StringTensor(Shape.of(1), new byte[][] {{1, 2}});
    assertThat(tensor.string(0)).containsExactly(1, 2);
    assertThatThrownBy(tensor::data).isInstanceOf(IllegalStateException.class);
    tensor.close();
    assertThatThrownBy(() -> tensor.string(0)).isInstanceOf(IllegalStateException.class);
  }
}
