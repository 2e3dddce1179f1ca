package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.show;
import static dev.sluice.protocol.Fixtures.signature;
import static dev.sluice.protocol.Fixtures.spec;
import static dev.sluice.protocol.Proto.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.ArenaTensors;
import dev.sluice.model.DataType;
import dev.sluice.model.Signature;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PredictEnvelopeTest {

  private static final Signature TWO = signature("a", DataType.FLOAT, "b", DataType.INT32);

  private static PredictEnvelope read(Proto proto) {
    return PredictRequestReader.read(proto.bytes());
  }

  private static Proto entry(String key, Proto tensor) {
    return new Proto().text(1, key).message(2, tensor);
  }

  private static Proto request(String... keys) {
    Proto request = new Proto();
    for (String key : keys) {
      request.message(2, entry(key, tensor(DataType.FLOAT).packedFloats(5, 1)));
    }
    return request;
  }

  private static List<String> shown(PredictEnvelope envelope, Signature signature) {
    return envelope.tensors(signature, new ArenaTensors(), TensorBudget.DEFAULT).stream()
        .map(Fixtures::show)
        .toList();
  }

  private static StatusException failure(Runnable action) {
    return org.assertj.core.api.Assertions.catchThrowableOfType(StatusException.class, action::run);
  }

  @Test
  @Spec("L02")
  void absentModelSpecIsToldFromAnEmptyOne() {
    assertThat(read(new Proto()).model().present()).isFalse();
    PredictEnvelope empty = read(new Proto().message(1, new Proto()));
    assertThat(empty.model().present()).isTrue();
    assertThat(empty.model().name()).isEmpty();
    assertThat(empty.model().signatureName()).isEmpty();
    assertThat(empty.model().version()).isEmpty();
    assertThat(empty.model().versionLabel()).isEmpty();
  }

  @Test
  @Spec("L08")
  void emptyVersionMessageIsVersionZero() {
    PredictEnvelope envelope =
        read(new Proto().message(1, new Proto().text(1, "m").message(2, new Proto())));
    assertThat(envelope.model().version()).hasValue(0);
    assertThat(envelope.model().name()).isEqualTo("m");
  }

  @Test
  void lastOfVersionAndLabelCounts() {
    Proto version = new Proto().varint(1, -7);
    PredictEnvelope labelled =
        read(new Proto().message(1, new Proto().message(2, version).text(4, "canary")));
    assertThat(labelled.model().version()).isEmpty();
    assertThat(labelled.model().versionLabel()).hasValue("canary");
    PredictEnvelope versioned =
        read(new Proto().message(1, new Proto().text(4, "").message(2, version)));
    assertThat(versioned.model().version()).hasValue(-7);
    assertThat(versioned.model().versionLabel()).isEmpty();
    // A label in between makes the version start anew.
    Proto anew = new Proto().message(2, version).text(4, "l").message(2, new Proto());
    assertThat(read(new Proto().message(1, anew)).model().version()).hasValue(0);
  }

  @Test
  void modelSpecInPartsMerges() {
    PredictEnvelope envelope =
        read(
            new Proto()
                .message(
                    1, new Proto().text(1, "a").text(3, "sig").message(2, new Proto().varint(1, 5)))
                .text(3, "y")
                .message(1, new Proto().text(1, "b").message(2, new Proto())));
    assertThat(envelope.model().name()).isEqualTo("b");
    assertThat(envelope.model().signatureName()).isEqualTo("sig");
    assertThat(envelope.model().version()).hasValue(5);
  }

  @Test
  @Spec("P20")
  void fieldsComeInAnyOrderAndUnknownOnesAreSkipped() {
    PredictEnvelope envelope =
        read(
            new Proto()
                .text(3, "y")
                .blob(6, (byte) 1)
                .message(7, new Proto().varint(2, 1))
                .message(5, new Proto().varint(1, 1))
                .message(2, entry("b", tensor(DataType.INT32).packed(7, 2)).group(9).varint(7, 1))
                .group(200)
                .varint(4, 4)
                .varint(1, 1)
                .text(3, "z")
                .message(1, new Proto().varint(9, 1).text(1, "m"))
                .message(2, entry("a", tensor(DataType.FLOAT).packedFloats(5, 1))));
    assertThat(envelope.model().name()).isEqualTo("m");
    assertThat(envelope.outputFilter()).containsExactly("y", "z");
    assertThat(envelope.inputs()).extracting(InputSpan::alias).containsExactly("b", "a");
    assertThat(shown(envelope, TWO)).containsExactly("float[]: 1.0", "int32[]: 2");
  }

  @Test
  void inputsBehaveAsAMap() {
    Proto one = tensor(DataType.FLOAT).packedFloats(5, 1);
    Proto two = tensor(DataType.FLOAT).packedFloats(5, 2);
    PredictEnvelope envelope =
        read(new Proto().message(2, entry("x", one)).message(2, entry("x", two)));
    assertThat(shown(envelope, signature("x", DataType.FLOAT))).containsExactly("float[]: 2.0");
    // No key is the empty key, and the last key in an entry counts.
    PredictEnvelope unnamed = read(new Proto().message(2, new Proto().message(2, one)));
    assertThat(unnamed.inputs()).extracting(InputSpan::alias).containsExactly("");
    PredictEnvelope renamed =
        read(new Proto().message(2, new Proto().text(1, "w").message(2, two).text(1, "x")));
    assertThat(shown(renamed, signature("x", DataType.FLOAT))).containsExactly("float[]: 2.0");
    // No value is an empty message, which has no type.
    PredictEnvelope bare = read(new Proto().message(2, new Proto().text(1, "x")));
    assertThat(bare.inputs()).containsExactly(new InputSpan("x", 0, 0));
    assertThat(failure(() -> shown(bare, signature("x", DataType.FLOAT))))
        .hasMessage("tensor parsing error: x");
  }

  @Test
  void valueInPartsMerges() {
    Proto parts =
        new Proto()
            .text(1, "x")
            .message(2, tensor(DataType.INT32, 1).packed(7, 1))
            .message(2, new Proto().message(2, Proto.shape(3)))
            .message(2, new Proto().packed(7, 2, 3));
    PredictEnvelope envelope =
        read(
            new Proto()
                .message(2, parts)
                .message(2, entry("w", tensor(DataType.FLOAT).packedFloats(5, 1))));
    assertThat(shown(envelope, signature("w", DataType.FLOAT, "x", DataType.INT32)))
        .containsExactly("float[]: 1.0", "int32[1,3]: 1 2 3");
  }

  @Test
  void malformedRequestIsRefused() {
    Proto good =
        new Proto()
            .message(1, new Proto().text(1, "m"))
            .message(2, entry("x", tensor(DataType.FLOAT)))
            .text(3, "y");
    byte[] bytes = good.bytes();
    int refused = 0;
    for (int length = 0; length < bytes.length; length++) {
      byte[] part = Arrays.copyOf(bytes, length);
      StatusException failure = failure(() -> PredictRequestReader.read(part));
      if (failure != null) {
        refused++;
        assertThat(failure.code()).isEqualTo(StatusCode.INVALID_ARGUMENT);
        assertThat(failure).hasMessageStartingWith("Malformed PredictRequest: ");
      }
    }
    assertThat(refused).isEqualTo(bytes.length - 3);
    assertThatThrownBy(() -> read(new Proto().blob(3, (byte) 0xFF)))
        .hasMessageContaining("not UTF-8");
    assertThatThrownBy(
            () -> read(new Proto().message(2, new Proto().blob(1, (byte) 0xC0, (byte) 0x80))))
        .hasMessageContaining("not UTF-8");
  }

  @Test
  @Spec({"P07", "P08", "P09"})
  void wrongNumberOfInputsListsThem() {
    Signature one = signature("x", DataType.FLOAT);
    StatusException extra =
        failure(() -> shown(read(request("unknown_key2", "unknown_key1")), one));
    assertThat(extra.code()).isEqualTo(StatusCode.INVALID_ARGUMENT);
    assertThat(extra)
        .hasMessage(
            "input size does not match signature: 2!=1 len({unknown_key1,unknown_key2}) !="
                + " len({x}). Sent extra: {unknown_key1,unknown_key2}. Missing but required: {x}.");
    assertThat(failure(() -> shown(read(request()), one)))
        .hasMessage(
            "input size does not match signature: 0!=1 len({}) != len({x}). Sent extra: {}."
                + " Missing but required: {x}.");
    assertThat(failure(() -> shown(read(request("y")), one)))
        .hasMessage(
            "Signature input alias: x(feed name: x:0) not found in request and no default value"
                + " provided. Inputs expected to be in the request {y}, or default input alias"
                + " set: ");
  }

  @Test
  void listsAreSortedByBytesNotByUtf16() {
    String astral = "\uD83D\uDE00";
    String last = "\uFFFD";
    assertThat(failure(() -> shown(read(request(astral, last, "z")), signature())))
        .hasMessageContaining("len({z," + last + "," + astral + "})");
  }

  @Test
  @Spec("P15")
  void signatureWithoutInputsIsLegal() {
    assertThat(shown(read(request()), signature())).isEmpty();
  }

  @Test
  void earlierTensorsAreClosedWhenALaterOneFails() {
    PredictEnvelope envelope =
        read(
            new Proto()
                .message(2, entry("a", tensor(DataType.FLOAT, 2)))
                .message(2, entry("b", tensor(DataType.FLOAT, -2))));
    CountingTensors memory = new CountingTensors();
    assertThatThrownBy(() -> envelope.tensors(TWO, memory, TensorBudget.DEFAULT))
        .hasMessage("tensor parsing error: b");
    assertThat(memory.allocations()).isEqualTo(1);
    assertThat(memory.open()).isZero();

    PredictEnvelope sound = read(request("a", "b"));
    CountingTensors failing = new CountingTensors().failingAt(1);
    assertThatThrownBy(() -> sound.tensors(TWO, failing, TensorBudget.DEFAULT))
        .hasMessage("out of memory, on demand");
    assertThat(failing.open()).isZero();
    assertThatThrownBy(() -> sound.tensors(TWO, memory, new TensorBudget(3)))
        .hasMessageContaining("input \"a\" would take 4 bytes");
    assertThat(memory.open()).isZero();
  }

  private static Signature withOutputs(String... names) {
    return new Signature(
        "s", "", List.of(), Arrays.stream(names).map(name -> spec(name)).toList(), new byte[0]);
  }

  private static int[] outputs(Signature signature, String... filter) {
    Proto request = new Proto();
    for (String alias : filter) {
      request.text(3, alias);
    }
    return read(request).outputs(signature);
  }

  @Test
  @Spec({"P10", "P11"})
  void outputFilterChoosesInItsOrder() {
    Signature signature = withOutputs("u", "v", "y");
    assertThat(outputs(signature)).containsExactly(0, 1, 2);
    assertThat(outputs(signature, "y", "u")).containsExactly(2, 0);
    assertThat(failure(() -> outputs(signature, "y", "output_filter")))
        .hasMessage(
            "output tensor alias not found in signature: output_filter Outputs expected to be in"
                + " the set {u,v,y}.")
        .extracting(StatusException::code)
        .isEqualTo(StatusCode.INVALID_ARGUMENT);
    assertThat(failure(() -> outputs(signature, "y", "y")))
        .hasMessage("duplicate output tensor alias: y");
    assertThat(failure(() -> outputs(signature, "y:0")))
        .hasMessageStartingWith("output tensor alias not found");
  }

  @Test
  void spansPointIntoTheWire() {
    PredictEnvelope envelope = read(request("x"));
    InputSpan span = envelope.inputs().getFirst();
    assertThat(
            show(
                TensorProtoReader.read(
                    envelope.wire().array(),
                    span.offset(),
                    span.length(),
                    "x",
                    new ArenaTensors(),
                    TensorBudget.DEFAULT)))
        .isEqualTo("float[]: 1.0");
  }

  @Test
  void bytesOfTheTensorsAreThoseTheHeadersAskFor() {
    Proto request =
        new Proto()
            .message(2, entry("a", tensor(DataType.DOUBLE, 1L << 27)))
            .message(2, entry("b", tensor(DataType.STRING, 3)))
            .message(2, entry("broken", new Proto().varint(1, 0)));
    assertThat(read(request).tensorBytes()).isEqualTo((8L << 27) + 3 * 24);
    Proto beyond =
        new Proto()
            .message(2, entry("a", tensor(DataType.DOUBLE, 1L << 61)))
            .message(2, entry("b", tensor(DataType.DOUBLE, 1L << 61)));
    assertThat(read(beyond).tensorBytes()).isEqualTo(Long.MAX_VALUE);
  }
}
