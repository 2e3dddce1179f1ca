package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.signature;

import dev.sluice.model.DataType;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

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

  /** In one array, and in pieces: what comes of it must be the same. */
  static boolean decodesEnvelope(byte[] input, Signature signature) {
    boolean decoded = decodes(input, memory -> envelope(WireBytes.of(input), signature, memory));
    String whole = outcome(WireBytes.of(input), signature);
    String inPieces = outcome(pieces(input), signature);
    require(whole.equals(inPieces), input, new AssertionError(whole + " but " + inPieces));
    return decoded;
  }

  private static List<Tensor> envelope(
      WireBytes input, Signature signature, CountingTensors memory) {
    PredictEnvelope envelope = PredictRequestReader.read(input);
    envelope.outputs(ANSWER);
    return envelope.tensors(signature, memory, BUDGET);
  }

  private static String outcome(WireBytes input, Signature signature) {
    StringBuilder outcome = new StringBuilder();
    try {
      for (Tensor tensor : envelope(input, signature, new CountingTensors())) {
        outcome.append(tensor.dataType()).append(tensor.shape()).append(text(tensor));
        tensor.close();
      }
    } catch (StatusException refused) {
      outcome.append(refused.code()).append(refused.getMessage());
    }
    return outcome.toString();
  }

  private static String text(Tensor tensor) {
    if (tensor.dataType() != DataType.STRING) {
      return Arrays.toString(CountingTensors.bytesOf(tensor));
    }
    StringBuilder strings = new StringBuilder();
    for (long i = 0; i < tensor.shape().elementCount(); i++) {
      strings.append(Arrays.toString(tensor.string(i)));
    }
    return strings.toString();
  }

  /** Buffers outside the heap with one to seven bytes each, some of them empty. */
  private static WireBytes pieces(byte[] input) {
    SplittableRandom random = new SplittableRandom(Arrays.hashCode(input));
    List<ByteBuffer> pieces = new ArrayList<>();
    for (int at = 0; at < input.length; ) {
      int size = Math.min(random.nextInt(8), input.length - at);
      pieces.add(ByteBuffer.allocateDirect(size).put(input, at, size).flip());
      at += size;
    }
    return WireBytes.of(pieces);
  }

  /** Requests over examples; of what is in an example the model's graph says whether it is one. */
  static boolean decodesExamples(byte[] input) {
    boolean one =
        decodes(
            input, memory -> List.of(ExampleRequestReader.read(input).examples().tensor(BUDGET)));
    boolean several =
        decodes(
            input,
            memory ->
                List.of(ExampleRequestReader.readMultiInference(input).examples().tensor(BUDGET)));
    return one || several;
  }

  static boolean decodesTensor(byte[] input) {
    return decodes(
        input,
        memory -> List.of(TensorProtoReader.read(input, 0, input.length, "x", memory, BUDGET)));
  }
}
