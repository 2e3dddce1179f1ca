package dev.sluice.tensorflow;

import dev.sluice.model.RunOptions;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs a signature frozen and as loaded, on the same inputs, and compares what comes. Only for
 * graphs that have no effect. Used by the loading thread.
 */
final class Probe {

  private static final RunOptions OPTIONS = new RunOptions(20_000, true);

  private final SavedModelSession session;
  private final Signature signature;
  private final FlatGraph flat;

  Probe(SavedModelSession session, Signature signature, FlatGraph flat) {
    this.session = session;
    this.signature = signature;
    this.flat = flat;
  }

  /**
   * Compares.
   *
   * @param elsewhere what the frozen signature fetches in the place of its outputs
   * @return why the frozen signature is not to be used, as a clause; null if it is
   */
  @Nullable String difference(Map<String, Port> elsewhere) {
    SignaturePorts asLoaded = SignaturePorts.resolve(session.graph(), signature);
    SignaturePorts frozen = SignaturePorts.resolve(session.graph(), signature, elsewhere);
    String problem = asLoaded.problem() == null ? frozen.problem() : asLoaded.problem();
    return problem != null ? problem : compare(asLoaded, frozen);
  }

  private @Nullable String compare(SignaturePorts asLoaded, SignaturePorts frozen) {
    String why = "it takes inputs of which there is no example";
    for (SampleInputs samples : SampleInputs.of(signature, flat)) {
      List<Tensor> inputs = samples.make(2);
      List<Tensor> expected = List.of();
      List<Tensor> actual = List.of();
      try {
        expected = NativeRun.run(session.pointer(), asLoaded, inputs, OPTIONS);
        actual = NativeRun.run(session.pointer(), frozen, inputs, OPTIONS);
        return Agreement.difference(signature.outputs(), expected, actual);
      } catch (StatusException failure) {
        if (!expected.isEmpty()) {
          return "frozen it failed: " + failure.getMessage();
        }
        why = "it takes none of the inputs it was tried with: " + firstLine(failure);
      } finally {
        inputs.forEach(Tensor::close);
        expected.forEach(Tensor::close);
        actual.forEach(Tensor::close);
      }
    }
    return why;
  }

  private static String firstLine(StatusException failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
  }
}
