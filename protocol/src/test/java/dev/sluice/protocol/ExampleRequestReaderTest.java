package dev.sluice.protocol;

import static dev.sluice.protocol.JsonExampleRequestTest.example;
import static dev.sluice.protocol.JsonExampleRequestTest.floats;
import static dev.sluice.protocol.JsonExampleRequestTest.integers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Int64Value;
import dev.sluice.model.Tensor;
import dev.sluice.proto.serving.ClassificationRequest;
import dev.sluice.proto.serving.ExampleList;
import dev.sluice.proto.serving.ExampleListWithContext;
import dev.sluice.proto.serving.InferenceTask;
import dev.sluice.proto.serving.Input;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.MultiInferenceRequest;
import dev.sluice.proto.tensorflow.Example;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExampleRequestReaderTest {

  private static final Example ONE = example("x", floats(1));
  private static final Example TWO = example("y", integers(2));

  private static Input list(Example... examples) {
    return Input.newBuilder()
        .setExampleList(ExampleList.newBuilder().addAllExamples(List.of(examples)))
        .build();
  }

  private static Input listWithContext(Example context, Example... examples) {
    return Input.newBuilder()
        .setExampleListWithContext(
            ExampleListWithContext.newBuilder()
                .setContext(context)
                .addAllExamples(List.of(examples)))
        .build();
  }

  private static byte[] request(Input input) {
    return ClassificationRequest.newBuilder().setInput(input).build().toByteArray();
  }

  private static List<byte[]> elements(byte[] request) {
    ExampleBatch batch = ExampleRequestReader.read(request).examples();
    List<byte[]> elements = new ArrayList<>();
    try (Tensor tensor = batch.tensor(TensorBudget.DEFAULT)) {
      for (long i = 0; i < tensor.shape().elementCount(); i++) {
        elements.add(tensor.string(i));
      }
    }
    return elements;
  }

  private static List<Example> examples(byte[] request) throws Exception {
    List<Example> examples = new ArrayList<>();
    for (byte[] element : elements(request)) {
      examples.add(Example.parseFrom(element));
    }
    return examples;
  }

  @Test
  @Spec("I01")
  void withoutContextElementsAreTheExamplesBytes() {
    assertThat(elements(request(list(ONE, TWO, Example.getDefaultInstance()))))
        .containsExactly(ONE.toByteArray(), TWO.toByteArray(), new byte[0]);
  }

  @Test
  @Spec({"I01", "C04"})
  void contextAndExampleParseToTheirUnionAndTheExampleWins() throws Exception {
    Example context = ONE.toBuilder().mergeFrom(example("y", integers(7))).build();
    List<Example> merged =
        examples(request(listWithContext(context, TWO, Example.getDefaultInstance())));
    assertThat(merged.get(0).getFeatures().getFeatureMap())
        .containsEntry("x", floats(1))
        .containsEntry("y", integers(2));
    assertThat(merged.get(1)).isEqualTo(context);
  }

  @Test
  @Spec("C05")
  void inputWithoutExamplesIsEmpty() {
    for (Input input :
        List.of(
            Input.getDefaultInstance(),
            list(),
            listWithContext(ONE),
            Input.newBuilder()
                .setExampleListWithContext(ExampleListWithContext.getDefaultInstance())
                .build())) {
      assertThatThrownBy(() -> elements(request(input)))
          .isInstanceOf(StatusException.class)
          .hasMessage("Input is empty.");
    }
    assertThatThrownBy(() -> elements(new byte[0])).hasMessage("Input is empty.");
  }

  @Test
  void bytesOfExamplesAreNotLookedAt() {
    byte[] garbage = {(byte) 0xFF, (byte) 0xFF, 1};
    byte[] request =
        new Proto().message(2, new Proto().message(1, new Proto().blob(1, garbage))).bytes();
    assertThat(elements(request)).containsExactly(garbage);
  }

  @Test
  void inputInPartsMergesAsProtobufMergesIt() throws Exception {
    Proto parts =
        new Proto()
            .blob(2, list(ONE).toByteArray())
            .blob(2, listWithContext(ONE, ONE, TWO).toByteArray())
            .blob(2, listWithContext(TWO, ONE).toByteArray());
    Input merged = ClassificationRequest.parseFrom(parts.bytes()).getInput();
    assertThat(examples(parts.bytes())).isEqualTo(examples(request(merged)));
    assertThat(examples(parts.bytes()))
        .hasSize(3)
        .allMatch(e -> e.getFeatures().getFeatureCount() == 2);
    Proto other = new Proto().raw(parts.bytes()).blob(2, list(TWO).toByteArray());
    assertThat(examples(other.bytes())).containsExactly(TWO);
  }

  @Test
  void fieldsComeInAnyOrderAndUnknownOnesArePassedOver() {
    Proto spec = new Proto().text(1, "m").text(3, "sig").message(2, new Proto().varint(1, 5));
    Proto input = new Proto().group(9).message(1, new Proto().varint(3, 1).blob(1, (byte) 7));
    ExampleEnvelope envelope =
        ExampleRequestReader.read(
            new Proto().message(2, input).text(8, "?").message(1, spec).group(5).bytes());
    assertThat(envelope.model().present()).isTrue();
    assertThat(envelope.model().name()).isEqualTo("m");
    assertThat(envelope.model().signature()).isEqualTo("sig");
    assertThat(envelope.model().version()).hasValue(5);
    assertThat(envelope.examples().size()).isEqualTo(1);
  }

  @Test
  void absentModelSpecIsToldFromAnEmptyOne() {
    assertThat(ExampleRequestReader.read(new byte[0]).model().present()).isFalse();
    byte[] empty = new Proto().message(1, new Proto()).bytes();
    assertThat(ExampleRequestReader.read(empty).model().present()).isTrue();
    assertThat(ExampleRequestReader.read(empty).model().signature()).isEqualTo("serving_default");
  }

  @Test
  void tasksAreReadInOrder() {
    MultiInferenceRequest request =
        MultiInferenceRequest.newBuilder()
            .addTasks(
                InferenceTask.newBuilder()
                    .setModelSpec(ModelSpec.newBuilder().setName("a").setVersion(Int64Value.of(3)))
                    .setMethodName("m1"))
            .setInput(list(ONE))
            .addTasks(InferenceTask.newBuilder().setMethodName("m2"))
            .build();
    MultiInferenceEnvelope envelope =
        ExampleRequestReader.readMultiInference(request.toByteArray());
    assertThat(envelope.examples().size()).isEqualTo(1);
    assertThat(envelope.tasks())
        .extracting(MultiInferenceEnvelope.Task::methodName)
        .containsExactly("m1", "m2");
    assertThat(envelope.tasks().get(0).model().version()).hasValue(3);
    assertThat(envelope.tasks().get(1).model().present()).isFalse();
  }

  @Test
  void truncatedMessagesAreRefused() {
    byte[] request =
        ClassificationRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName("model"))
            .setInput(listWithContext(ONE, TWO))
            .build()
            .toByteArray();
    int refused = 0;
    for (int length = 1; length < request.length; length++) {
      byte[] cut = Arrays.copyOf(request, length);
      StatusException failure =
          catchThrowableOfType(StatusException.class, () -> ExampleRequestReader.read(cut));
      refused += failure == null ? 0 : 1;
      assertThat(failure == null || failure.code() == StatusCode.INVALID_ARGUMENT).isTrue();
      var _ =
          catchThrowableOfType(
              StatusException.class, () -> ExampleRequestReader.readMultiInference(cut));
    }
    // The model spec alone is a message.
    assertThat(refused).isEqualTo(request.length - 2);
    assertThatThrownBy(() -> ExampleRequestReader.read(new byte[] {0x0a, 0x7f}))
        .hasMessageStartingWith("Malformed request: ");
    assertThatThrownBy(() -> ExampleRequestReader.readMultiInference(new byte[] {0x0a, 0x7f}))
        .hasMessageStartingWith("Malformed MultiInferenceRequest: ");
  }
}
