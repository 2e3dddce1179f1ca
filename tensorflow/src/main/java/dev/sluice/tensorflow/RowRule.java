package dev.sluice.tensorflow;

import java.util.List;

/** What becomes of the rows in ops of one kind. The table of ops is {@link RowOps}. */
@FunctionalInterface
interface RowRule {

  /**
   * What the outputs of a node are, by what its inputs are.
   *
   * @param op of which no input is coupled
   * @return one flow for each output
   * @throws OpView.Mixes if it is not proven that rows stay apart
   */
  List<Flow> outputs(OpView op);
}
