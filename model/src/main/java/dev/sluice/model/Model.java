package dev.sluice.model;

import dev.sluice.status.StatusException;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.function.IntFunction;

/**
 * A loaded model as an engine offers it: signatures and a blocking run. Thread-safe; many runs go
 * on at once. It is valid while a loan of it is held (see {@code ServableHandle} in {@code core}).
 */
public interface Model {

  /** Every signature by name, in byte order of the names. */
  SortedMap<String, Signature> signatures();

  /** Makes the tensors that {@link #run} takes without a copy. */
  TensorAllocator tensors();

  /**
   * Computes a signature's outputs. Blocks until the engine has returned, also after a timeout.
   *
   * @param signature one of {@link #signatures()}, or one that {@link #merged} gave
   * @param inputs in the order of {@link Signature#inputs()}; they stay the caller's, who closes
   *     them after the return
   * @return in the order of {@link Signature#outputs()}; the caller closes each
   * @throws dev.sluice.status.StatusException with the engine's own code and text
   */
  List<Tensor> run(Signature signature, List<Tensor> inputs, RunOptions options);

  /**
   * One signature that {@link #run} takes and that computes what all of these do, in one run: their
   * {@link Signature#union}. The same ones in any order give the same one.
   *
   * @param signatures one or more of {@link #signatures()}, each once
   * @throws dev.sluice.status.StatusException UNIMPLEMENTED if the engine runs no more than one at
   *     a time, RESOURCE_EXHAUSTED if too many others were merged before, as each may cost memory
   *     for as long as the model is loaded
   */
  default Signature merged(Collection<Signature> signatures) {
    throw StatusException.unimplemented("this model runs one signature at a time");
  }

  /**
   * What is known of the runs of a signature. The same each time; costs no more than a look-up.
   *
   * @param signature one of {@link #signatures()}, or one that {@link #merged} gave
   */
  default RunTraits traits(Signature signature) {
    return RunTraits.UNKNOWN;
  }

  /**
   * Ways to make up inputs that a signature might take, for runs that nobody asked for, such as
   * those that make a version ready for its first request. Only where a run leaves nothing behind,
   * and only computes; none where that is not proven. The engine may refuse the inputs of a way, so
   * one has to be tried to be known.
   *
   * @param signature one of {@link #signatures()}
   * @return the likeliest first. Each takes a number of rows, at least 1, and gives tensors in the
   *     order of {@link Signature#inputs()}, which the caller closes; those of one row are not
   *     large
   */
  default List<IntFunction<List<Tensor>>> samples(Signature signature) {
    return List.of();
  }

  /**
   * How the engine runs a signature, in one sentence for people: whether it runs as it was loaded
   * or rewritten to cost less, and why. The same each time; empty where the engine does not say.
   *
   * @param signature one of {@link #signatures()}, or one that {@link #merged} gave
   */
  default String graphNote(Signature signature) {
    return "";
  }
}
