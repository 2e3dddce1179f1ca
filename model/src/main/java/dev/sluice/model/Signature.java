package dev.sluice.model;

import static java.util.stream.Collectors.joining;

import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One way to call a model.
 *
 * @param name the key in the model: {@code serving_default}
 * @param methodName for example {@code tensorflow/serving/predict}; may be empty
 * @param inputs sorted by name in byte order; {@link Model#run} takes tensors in this order
 * @param outputs sorted by name in byte order; {@link Model#run} returns tensors in this order
 * @param definition the engine's own bytes for this signature (in TensorFlow a serialised {@code
 *     SignatureDef}), so that metadata stays exact; not to be changed
 */
public record Signature(
    String name,
    String methodName,
    List<TensorSpec> inputs,
    List<TensorSpec> outputs,
    byte[] definition) {

  /** The signature that is meant where a request names none. */
  public static final String DEFAULT_NAME = "serving_default";

  private static final byte[] NONE = {};

  public Signature {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** The name that is meant by one that was sent: the default where it is empty. */
  public static String nameOrDefault(String sent) {
    return sent.isEmpty() ? DEFAULT_NAME : sent;
  }

  /**
   * What several signatures of one model compute, as one: each distinct tensor of theirs once,
   * under its engine's name. An engine makes it runnable, see {@link Model#merged}.
   */
  public static Signature union(Collection<Signature> signatures) {
    SortedMap<String, TensorSpec> inputs = new TreeMap<>();
    SortedMap<String, TensorSpec> outputs = new TreeMap<>();
    for (Signature signature : signatures) {
      signature.inputs.forEach(spec -> inputs.putIfAbsent(spec.engineName(), spec));
      signature.outputs.forEach(spec -> outputs.putIfAbsent(spec.engineName(), spec));
    }
    String name = signatures.stream().map(Signature::name).sorted().collect(joining("+"));
    return new Signature(name, "", underEngineNames(inputs), underEngineNames(outputs), NONE);
  }

  private static List<TensorSpec> underEngineNames(SortedMap<String, TensorSpec> specs) {
    return specs.values().stream()
        .map(spec ->
            new TensorSpec(
                spec.engineName(), spec.engineName(), spec.dataType(), spec.dimensions()))
        .toList();
  }

  /** The input with this name, or null. */
  public @Nullable TensorSpec input(String inputName) {
    int index = inputIndex(inputName);
    return index < 0 ? null : inputs.get(index);
  }

  /** Where the input with this name stands in {@link #inputs}, or -1. */
  public int inputIndex(String inputName) {
    return indexOf(inputs, inputName);
  }

  /** Where the output with this name stands in {@link #outputs}, or -1. */
  public int outputIndex(String outputName) {
    return indexOf(outputs, outputName);
  }

  // Signatures have a handful of tensors: a scan beats a map.
  private static int indexOf(List<TensorSpec> specs, String name) {
    for (int i = 0; i < specs.size(); i++) {
      if (specs.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }
}
