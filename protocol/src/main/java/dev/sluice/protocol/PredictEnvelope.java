package dev.sluice.protocol;

import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.model.TensorSpec;
import dev.sluice.status.StatusException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A Predict request before its tensors are decoded: whom it asks, under which names it sends what,
 * and what it wants back. Immutable as long as the bytes it was read from are.
 */
public final class PredictEnvelope {

  private static final Comparator<String> BYTE_ORDER =
      Comparator.comparing(name -> name.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

  /** So many inputs are found faster without a map. */
  private static final int FEW = 8;

  private final WireBytes wire;
  private final RequestedModel model;
  private final List<InputSpan> inputs;
  private final List<String> outputFilter;

  PredictEnvelope(
      WireBytes wire, RequestedModel model, List<InputSpan> inputs, List<String> outputFilter) {
    this.wire = wire;
    this.model = model;
    this.inputs = inputs;
    this.outputFilter = List.copyOf(outputFilter);
  }

  /** Whom the request asks. */
  public RequestedModel model() {
    return model;
  }

  /**
   * The signature that is asked for.
   *
   * @throws StatusException FAILED_PRECONDITION if the model has none of that name
   */
  public Signature signature(Model asked) {
    String name = model.signature();
    Signature signature = asked.signatures().get(name);
    if (signature == null) {
      throw StatusException.failedPrecondition("Serving signature key \"%s\" not found.", name);
    }
    return signature;
  }

  /** The bytes that {@link #inputs()} point into; not to be changed. */
  public WireBytes wire() {
    return wire;
  }

  /** Every input, one per alias. */
  public List<InputSpan> inputs() {
    return inputs;
  }

  /** The outputs wanted, as sent; empty for all. */
  public List<String> outputFilter() {
    return outputFilter;
  }

  /**
   * How many bytes the tensors will take, as their headers say: a message of a few bytes may ask
   * for a gigabyte, since its last value is repeated. An input that does not decode counts nothing.
   *
   * @return at most {@link Long#MAX_VALUE}
   */
  public long tensorBytes() {
    long bytes = 0;
    for (InputSpan input : inputs) {
      bytes += Math.min(bytesOf(input), Long.MAX_VALUE - bytes);
    }
    return bytes;
  }

  private long bytesOf(InputSpan input) {
    try {
      TensorHeader header = TensorHeader.read(wire.reader(input.offset(), input.length()));
      int size = header.dataType().elementSize();
      int each = size > 0 ? size : TensorBudget.STRING_BYTES;
      long elements = header.shape().elementCount();
      return elements > Long.MAX_VALUE / each ? Long.MAX_VALUE : elements * each;
    } catch (MalformedWireException malformed) {
      return 0; // the decoding will say so
    }
  }

  /**
   * Decodes the inputs.
   *
   * @return one tensor per input of the signature, in its order; the caller closes each. Nothing
   *     stays allocated on failure
   * @throws StatusException INVALID_ARGUMENT if the inputs are not those of the signature or one
   *     does not decode; RESOURCE_EXHAUSTED beyond the budget
   */
  public List<Tensor> tensors(Signature signature, TensorAllocator allocator, TensorBudget budget) {
    @Nullable InputSpan[] spans = spansOf(signature);
    SignatureDefaults defaults = null;
    if (!isExact(spans)) {
      defaults = SignatureDefaults.of(signature);
      requireRest(signature, spans, defaults);
    }
    try (TensorList tensors = new TensorList(spans.length)) {
      for (int i = 0; i < spans.length; i++) {
        InputSpan span = spans[i];
        tensors.add(
            span == null
                ? Objects.requireNonNull(defaults)
                    .tensor(signature.inputs().get(i).name(), allocator, budget)
                : TensorProtoReader.read(wire, span, allocator, budget));
      }
      return tensors.release();
    }
  }

  /** By the signature's inputs, what was sent for each; null for nothing. */
  private @Nullable InputSpan[] spansOf(Signature signature) {
    List<TensorSpec> specs = signature.inputs();
    @Nullable InputSpan[] spans = new InputSpan[specs.size()];
    if (specs.size() <= FEW) {
      for (InputSpan span : inputs) {
        int index = signature.inputIndex(span.alias());
        if (index >= 0) {
          spans[index] = span;
        }
      }
    } else {
      Map<String, InputSpan> sent = new HashMap<>();
      inputs.forEach(span -> sent.put(span.alias(), span));
      Arrays.setAll(spans, i -> sent.get(specs.get(i).name()));
    }
    return spans;
  }

  private boolean isExact(@Nullable InputSpan[] spans) {
    for (InputSpan span : spans) {
      if (span == null) {
        return false;
      }
    }
    return inputs.size() == spans.length;
  }

  /** What was not sent has to have a default, and what was sent has to be an input. */
  private void requireRest(
      Signature signature, @Nullable InputSpan[] spans, SignatureDefaults defaults) {
    if (inputs.size() > spans.length
        || (inputs.size() < spans.length && defaults.names().isEmpty())) {
      throw wrongCount(signature);
    }
    int used = 0;
    for (int i = 0; i < spans.length; i++) {
      if (spans[i] != null) {
        used++;
      } else if (!defaults.has(signature.inputs().get(i).name())) {
        throw missing(signature.inputs().get(i), defaults);
      }
    }
    if (used < inputs.size()) {
      List<String> names =
          Arrays.stream(spans).filter(Objects::nonNull).map(InputSpan::alias).toList();
      throw StatusException.invalidArgument(
          "Inputs contains invalid name. Used request inputs: %s, request input: %s",
          joined(names), joined(sent()));
    }
  }

  private List<String> sent() {
    return inputs.stream().map(InputSpan::alias).toList();
  }

  private StatusException wrongCount(Signature signature) {
    List<String> sent = sent();
    List<String> wanted = signature.inputs().stream().map(TensorSpec::name).toList();
    return StatusException.invalidArgument(
        "input size does not match signature: %d!=%d len({%s}) != len({%s})."
            + " Sent extra: {%s}. Missing but required: {%s}.",
        sent.size(),
        wanted.size(),
        joined(sent),
        joined(wanted),
        joined(without(sent, wanted)),
        joined(without(wanted, sent)));
  }

  private StatusException missing(TensorSpec spec, SignatureDefaults defaults) {
    return StatusException.invalidArgument(
        "Signature input alias: %s(feed name: %s) not found in request and no default value"
            + " provided. Inputs expected to be in the request {%s}, or default input alias set: %s",
        spec.name(), spec.engineName(), joined(sent()), joined(defaults.names()));
  }

  private static List<String> without(List<String> names, List<String> others) {
    return names.stream().filter(name -> !others.contains(name)).toList();
  }

  private static String joined(Collection<String> names) {
    return names.stream().sorted(BYTE_ORDER).collect(Collectors.joining(","));
  }

  /**
   * Which outputs to return.
   *
   * @return indices into {@link Signature#outputs()}: all of them, or those of the filter in its
   *     order
   * @throws StatusException INVALID_ARGUMENT if the filter names an output twice or one that the
   *     signature lacks
   */
  public int[] outputs(Signature signature) {
    if (outputFilter.isEmpty()) {
      return IntStream.range(0, signature.outputs().size()).toArray();
    }
    boolean[] taken = new boolean[signature.outputs().size()];
    return outputFilter.stream().mapToInt(alias -> take(alias, signature, taken)).toArray();
  }

  private static int take(String alias, Signature signature, boolean[] taken) {
    int index = signature.outputIndex(alias);
    if (index < 0) {
      List<String> known = signature.outputs().stream().map(TensorSpec::name).toList();
      throw StatusException.invalidArgument(
          "output tensor alias not found in signature: %s Outputs expected to be in the set {%s}.",
          alias, joined(known));
    }
    if (taken[index]) {
      throw StatusException.invalidArgument("duplicate output tensor alias: %s", alias);
    }
    taken[index] = true;
    return index;
  }
}
