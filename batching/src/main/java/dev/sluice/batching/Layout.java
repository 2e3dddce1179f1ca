package dev.sluice.batching;

import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Where the tensors of a signature lie in a batch, in which they are in the order of the {@link
 * QueueKey}. Immutable.
 */
final class Layout {

  private final QueueKey key;
  private final Signature signature;

  /** For each input of the batch, its place in the signature. */
  private final int[] inputs;

  /** For each output of the signature, its place in the batch; -1 if it is not wanted. */
  private final int[] outputs;

  private Layout(QueueKey key, Signature signature, int[] inputs, int[] outputs) {
    this.key = key;
    this.signature = signature;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  /**
   * The layout of a request.
   *
   * @param wanted as {@link Call.Request#wanted}
   */
  static Layout of(Model model, Signature signature, List<Integer> wanted) {
    List<String> given = names(signature.inputs());
    List<String> computed = names(signature.outputs());
    int[] inputs =
        IntStream.range(0, given.size())
            .boxed()
            .sorted(Comparator.comparing(given::get))
            .mapToInt(Integer::intValue)
            .toArray();
    boolean[] isWanted = new boolean[computed.size()];
    Arrays.fill(isWanted, wanted.isEmpty());
    wanted.forEach(index -> isWanted[index] = true);
    List<String> asked =
        IntStream.range(0, computed.size())
            .filter(i -> isWanted[i])
            .mapToObj(computed::get)
            .sorted()
            .distinct()
            .toList();
    int[] outputs =
        IntStream.range(0, computed.size())
            .map(i -> isWanted[i] ? asked.indexOf(computed.get(i)) : -1)
            .toArray();
    List<String> fed = Arrays.stream(inputs).mapToObj(given::get).toList();
    return new Layout(new QueueKey(model, fed, asked), signature, inputs, outputs);
  }

  private static List<String> names(List<TensorSpec> specs) {
    return specs.stream().map(TensorSpec::engineName).toList();
  }

  QueueKey key() {
    return key;
  }

  Signature signature() {
    return signature;
  }

  /** Inputs of the signature, in the order of a batch. */
  List<Tensor> toBatch(List<Tensor> ofSignature) {
    return Arrays.stream(inputs).mapToObj(ofSignature::get).toList();
  }

  /** Inputs of a batch, in the order of the signature. */
  List<Tensor> toSignature(List<Tensor> ofBatch) {
    Tensor[] ordered = new Tensor[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      ordered[inputs[i]] = ofBatch.get(i);
    }
    return List.of(ordered);
  }

  /** Of the signature's outputs those that a batch wants, in its order; closes the others. */
  List<Tensor> wanted(List<Tensor> ofSignature) {
    @Nullable Tensor[] picked = new Tensor[key.outputs().size()];
    for (int i = 0; i < outputs.length; i++) {
      if (outputs[i] >= 0 && picked[outputs[i]] == null) {
        picked[outputs[i]] = ofSignature.get(i);
      } else {
        ofSignature.get(i).close();
      }
    }
    List<Tensor> wanted = new ArrayList<>(picked.length);
    for (@Nullable Tensor tensor : picked) {
      if (tensor != null) {
        wanted.add(tensor);
      }
    }
    return wanted;
  }

  /** Outputs of a batch, in the order of the signature. */
  List<Tensor> answer(List<Tensor> ofBatch) {
    return Arrays.stream(outputs)
        .mapToObj(index -> index < 0 ? UnwantedTensor.INSTANCE : ofBatch.get(index))
        .toList();
  }
}
