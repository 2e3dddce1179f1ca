package dev.sluice.tensorflow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.ArenaTensors;
import dev.sluice.model.DataType;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.model.TensorSpec;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Models;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorFlowModelTest {

  @TempDir Path temporary;

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).startsWith("2.");
  }

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  private static Tensor floats(TensorAllocator allocator, Shape shape, float... values) {
    Tensor tensor = allocator.allocate(DataType.FLOAT, shape);
    MemorySegment.copy(values, 0, tensor.data(), ValueLayout.JAVA_FLOAT, 0, values.length);
    return tensor;
  }

  private static Tensor strings(String... values) {
    byte[][] elements = new byte[values.length][];
    for (int i = 0; i < values.length; i++) {
      elements[i] = values[i].getBytes(UTF_8);
    }
    return new StringTensor(Shape.of(values.length), elements);
  }

  private static Signature serving(Model model) {
    return model.signatures().get(Signature.DEFAULT_NAME);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void halfPlusTwoAnswersOnEitherThread(boolean inCaller) {
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.HALF_PLUS_TWO, 1);
        Tensor x = floats(model.tensors(), Shape.of(3), 2, 3, 4)) {
      List<Tensor> outputs = model.run(serving(model), List.of(x), new RunOptions(0, inCaller));
      assertThat(outputs).hasSize(1);
      try (Tensor y = outputs.getFirst()) {
        assertThat(y.shape()).isEqualTo(Shape.of(3));
        assertThat(y.data().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(3f, 3.5f, 4f);
      }
    }
  }

  @Test
  void signaturesCarryNamesTypesAndTheirDefinition() throws Exception {
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.HALF_PLUS_TWO, 2)) {
      assertThat(model.signatures())
          .containsKeys("serving_default", "regress_x_to_y", "classify_x_to_y");
      Signature signature = serving(model);
      TensorSpec x = signature.inputs().getFirst();
      assertThat(x.name()).isEqualTo("x");
      assertThat(x.dataType()).isEqualTo(DataType.FLOAT);
      assertThat(signature.methodName()).isEqualTo("tensorflow/serving/predict");
      assertThat(
              dev.sluice.proto.tensorflow.SignatureDef.parseFrom(signature.definition())
                  .getInputsOrThrow("x")
                  .getName())
          .isEqualTo(x.engineName());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE", "INT32", "INT64", "BOOL"})
  void identityReturnsEveryBit(DataType type) {
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.IDENTITY, 1);
        Tensor x = model.tensors().allocate(type, Shape.of(2, 3))) {
      for (long i = 0; i < x.data().byteSize(); i++) {
        byte value = (byte) (type == DataType.BOOL ? i % 2 : 0x3c + 7 * i);
        x.data().set(ValueLayout.JAVA_BYTE, i, value);
      }
      byte[] sent = x.data().toArray(ValueLayout.JAVA_BYTE);
      Signature signature = model.signatures().get(type.label());
      try (Tensor y = model.run(signature, List.of(x), RunOptions.UNLIMITED).getFirst()) {
        assertThat(y.dataType()).isEqualTo(type);
        assertThat(y.shape()).isEqualTo(x.shape());
        assertThat(y.data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(sent);
      }
    }
  }

  @Test
  void stringsOfEveryLengthAndContentComeBack() {
    byte[][] sent = new byte[64][];
    for (int i = 0; i < sent.length; i++) {
      sent[i] = new byte[i * i * i]; // 0 to 250 kB: inline, heap and beyond the scratch buffer
      for (int k = 0; k < sent[i].length; k++) {
        sent[i][k] = (byte) (31 * k + i);
      }
    }
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.IDENTITY, 1);
        Tensor x = new StringTensor(Shape.of(8, 8), sent);
        Tensor y =
            model
                .run(model.signatures().get("string"), List.of(x), RunOptions.UNLIMITED)
                .getFirst()) {
      assertThat(y.shape()).isEqualTo(Shape.of(8, 8));
      for (int i = 0; i < sent.length; i++) {
        assertThat(y.string(i)).isEqualTo(sent[i]);
      }
    }
  }

  @Test
  void emptyTensorsAndScalarsPass() {
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.IDENTITY, 1);
        Tensor none = model.tensors().allocate(DataType.FLOAT, Shape.of(0, 4));
        Tensor scalar = floats(model.tensors(), Shape.scalar(), 1.5f)) {
      Signature signature = model.signatures().get("float");
      try (Tensor y = model.run(signature, List.of(none), RunOptions.UNLIMITED).getFirst()) {
        assertThat(y.shape()).isEqualTo(Shape.of(0, 4));
        assertThat(y.data().byteSize()).isZero();
      }
      try (Tensor y = model.run(signature, List.of(scalar), RunOptions.UNLIMITED).getFirst()) {
        assertThat(y.shape().rank()).isZero();
        assertThat(y.data().get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(1.5f);
      }
    }
  }

  @Test
  void outputThatSharesTheInputsMemoryOutlivesIt() {
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.IDENTITY, 1)) {
      Tensor x = floats(model.tensors(), Shape.of(1024), new float[1024]);
      x.data().set(ValueLayout.JAVA_FLOAT, 4000, 42f);
      Tensor y =
          model.run(model.signatures().get("float"), List.of(x), RunOptions.UNLIMITED).getFirst();
      x.close();
      List<Tensor> later = new ArrayList<>();
      for (int i = 0; i < 50; i++) { // would get the freed memory, were it freed
        later.add(floats(model.tensors(), Shape.of(1024), new float[1024]));
      }
      assertThat(y.data().get(ValueLayout.JAVA_FLOAT, 4000)).isEqualTo(42f);
      later.forEach(Tensor::close);
      y.close();
      assertThatThrownBy(y::data).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void tensorsOfAnotherAllocatorAreCopied() {
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.HALF_PLUS_TWO, 1);
        Tensor x = floats(new ArenaTensors(), Shape.of(1), 2);
        Tensor y = model.run(serving(model), List.of(x), RunOptions.UNLIMITED).getFirst()) {
      assertThat(y.data().get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(3f);
    }
  }

  @Test
  void tableWithVocabularyFileIsInitialised() {
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.TABLE, 1);
        Tensor words = strings("no such word", "");
        Tensor ids = model.run(serving(model), List.of(words), RunOptions.UNLIMITED).getFirst()) {
      assertThat(ids.dataType()).isEqualTo(DataType.INT64);
      assertThat(ids.data().toArray(ValueLayout.JAVA_LONG)).containsExactly(-1, -1);
    }
  }

  @Test
  void severalOutputsComeInTheSignaturesOrder() {
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.STRINGS, 1);
        Tensor text = strings("abc", "é")) {
      Signature signature = serving(model);
      List<Tensor> outputs = model.run(signature, List.of(text), RunOptions.UNLIMITED);
      assertThat(outputs.get(signature.outputIndex("upper")).string(0))
          .isEqualTo("ABC".getBytes(UTF_8));
      assertThat(outputs.get(signature.outputIndex("raw_bytes")).string(1))
          .isEqualTo("é".getBytes(UTF_8));
      outputs.forEach(Tensor::close);
    }
  }

  @Test
  void wrongTypeHasTensorFlowsCodeAndText() {
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.HALF_PLUS_TWO, 1);
        Tensor text = strings("two")) {
      assertThatThrownBy(() -> model.run(serving(model), List.of(text), RunOptions.UNLIMITED))
          .isInstanceOfSatisfying(
              StatusException.class,
              failure -> {
                assertThat(failure.code()).isEqualTo(StatusCode.INVALID_ARGUMENT);
                assertThat(failure).hasMessageContaining("to be float but string is provided");
              });
    }
  }

  @Test
  void timeoutHasItsOwnCode() {
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.SLOW, 1);
        Tensor millis = model.tensors().allocate(DataType.INT64, Shape.of(1))) {
      millis.data().set(ValueLayout.JAVA_LONG, 0, 500);
      assertThatThrownBy(() -> model.run(serving(model), List.of(millis), new RunOptions(1, false)))
          .isInstanceOfSatisfying(
              StatusException.class,
              failure -> {
                assertThat(failure.code()).isEqualTo(StatusCode.DEADLINE_EXCEEDED);
                assertThat(failure).hasMessage("Timed out waiting for notification");
              });
    }
  }

  @Test
  void tensorLargerThanMemoryIsRefused() {
    TensorAllocator tensors = new TensorFlowTensors();
    assertThatThrownBy(() -> tensors.allocate(DataType.DOUBLE, Shape.of(1L << 60)))
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> assertThat(failure.code()).isEqualTo(StatusCode.RESOURCE_EXHAUSTED));
    assertThatThrownBy(() -> tensors.allocate(DataType.DOUBLE, Shape.of(1L << 46)))
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> assertThat(failure.code()).isEqualTo(StatusCode.RESOURCE_EXHAUSTED));
  }

  @Test
  void signatureOfAnotherVersionIsRefused() {
    try (TensorFlowModel one = TensorFlowForTests.open(temporary, Models.HALF_PLUS_TWO, 1);
        TensorFlowModel other =
            TensorFlowForTests.open(temporary.resolve("other"), Models.HALF_PLUS_TWO, 2)) {
      assertThatThrownBy(() -> one.run(serving(other), List.of(), RunOptions.UNLIMITED))
          .hasMessageContaining("another model");
    }
  }

  @Test
  void directoryWithoutSavedModelSaysWhatWasExpected() {
    assertThatThrownBy(() -> TensorFlowForTests.open(temporary))
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> {
              assertThat(failure.code()).isEqualTo(StatusCode.NOT_FOUND);
              assertThat(failure)
                  .hasMessageContaining("should have a file called `saved_model.pb`")
                  .hasMessageContaining(temporary.toString());
            });
  }

  @Test
  void damagedSavedModelFailsAndLeavesNothingOpen() throws Exception {
    Files.write(temporary.resolve("saved_model.pb"), new byte[] {1, 2, 3, 4, 5});
    assertThatThrownBy(() -> TensorFlowForTests.open(temporary))
        .isInstanceOf(StatusException.class);
  }

  @Test
  void tagsMustMatchExactly() {
    Path version = Models.copyTo(temporary, Models.HALF_PLUS_TWO).resolve("1");
    assertThatThrownBy(
            () -> SavedModelSession.load(version, new SessionOptions(List.of("gpu"), 0, 0, true)))
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> assertThat(failure.code()).isEqualTo(StatusCode.NOT_FOUND))
        .hasMessageContaining("gpu");
  }

  @Test
  void pathWithLettersOutsideAsciiLoads() {
    try (TensorFlowModel model =
        TensorFlowForTests.open(temporary.resolve("modèles à côté"), Models.HALF_PLUS_TWO, 1)) {
      assertThat(model.signatures()).isNotEmpty();
    }
  }
}
