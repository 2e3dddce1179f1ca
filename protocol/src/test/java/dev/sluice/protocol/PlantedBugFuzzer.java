package dev.sluice.protocol;

import dev.sluice.model.DataType;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import java.util.List;

/**
 * A decoder with a fault that hides well: behind a request that is sound, of a certain shape, and
 * holds a certain kind of string. It is here to show that the fuzzers would find such a one.
 */
public final class PlantedBugFuzzer {

  private static final Signature STRINGS = Fixtures.oneInput(DataType.STRING);

  private PlantedBugFuzzer() {}

  /** Called with inputs that Jazzer makes up. */
  public static void fuzzerTestOneInput(byte[] input) {
    DecoderHarness.decodes(input, memory -> brokenDecode(input, memory));
  }

  private static List<Tensor> brokenDecode(byte[] input, CountingTensors memory) {
    List<Tensor> tensors =
        JsonPredictRequest.scan(input).tensors(STRINGS, memory, TensorBudget.DEFAULT);
    Tensor tensor = tensors.getFirst();
    if (tensor.shape().rank() == 2 && tensor.shape().elementCount() > 1) {
      byte[] last = tensor.string(tensor.shape().elementCount() - 1);
      // The fault: a reader that takes for granted that a tab has something behind it.
      for (int i = 0; i < last.length; i++) {
        if (last[i] == '\t' && last[i + 1] == '\t') {
          return tensors;
        }
      }
    }
    return tensors;
  }
}
