package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.signature;

import dev.sluice.model.DataType;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * What every decoder owes to every input: a tensor or a StatusException that is not INTERNAL, all
 * memory given back, and no more of it taken than the input's size allows. The fuzzers and the
 * mutation tests both ask here.
 */
final class DecoderHarness {

  static final Signature[] SIGNATURES = {
    signature("x", DataType.FLOAT),
    signature("x", DataType.INT32),
    signature("x", DataType.STRING),
    signature("x", DataType.COMPLEX64),
    signature("a", DataType.FLOAT, "b", DataType.STRING),
    signature("a", DataType.UINT8, "b", DataType.DOUBLE, "x", DataType.BOOL),
    signature(),
  };

  private static final TensorBudget BUDGET = new TensorBudget(1 << 20);
  private static final Signature ANSWER = signature("x", DataType.FLOAT);

  private DecoderHarness() {}

  /** Decodes a request. */
  interface Decoder {
    List<Tensor> decode(CountingTensors memory);
  }

  /** True iff it decoded; an AssertionError if a duty was broken. */
  static boolean decodes(byte[] input, Decoder decoder) {
    CountingTensors memory = new CountingTensors();
    boolean decoded = false;
    try {
      decoder.decode(memory).forEach(Tensor::close);
      decoded = true;
    } catch (StatusException refused) {
      require(refused.code() != StatusCode.INTERNAL, input, refused);
    } catch (RuntimeException | Error escaped) {
      require(false, input, escaped);
    }
    require(memory.open() == 0, input, null);
    return decoded;
  }

  private static void require(boolean kept, byte[] input, Throwable cause) {
    if (!kept) {
      String text = new String(input, StandardCharsets.ISO_8859_1);
      throw new AssertionError("duty broken for " + text + " = " + Arrays.toString(input), cause);
    }
  }

  static boolean decodesJson(byte[] input, Signature signature) {
    return decodes(
        input,
        memory -> {
          List<Tensor> tensors = JsonPredictRequest.scan(input).tensors(signature, memory, BUDGET);
          require(memory.bytes() <= 16L * input.length, input, null);
          return tensors;
        });
  }

  static boolean decodesEnvelope(byte[] input, Signature signature) {
    return decodes(
        input,
        memory -> {
          PredictEnvelope envelope = PredictRequestReader.read(input);
          envelope.outputs(ANSWER);
          return envelope.tensors(signature, memory, BUDGET);
        });
  }

  static boolean decodesTensor(byte[] input) {
    return decodes(
        input,
        memory -> List.of(TensorProtoReader.read(input, 0, input.length, "x", memory, BUDGET)));
  }
}
