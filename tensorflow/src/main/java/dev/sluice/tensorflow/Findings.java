package dev.sluice.tensorflow;

import dev.sluice.model.Signature;
import dev.sluice.model.TensorSpec;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.OpDef;
import dev.sluice.tensorflow.Flow.Cause;
import dev.sluice.tensorflow.Flow.Coupled;
import dev.sluice.tensorflow.Flow.Nothing;
import dev.sluice.tensorflow.Flow.Shaped;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link RowWalk} met on its way: state, what may wait, and what keeps the signature's runs
 * from being shared. Valid while the model is being loaded, by one thread.
 */
final class Findings {

  private @Nullable Cause state;
  private @Nullable Cause coupling;
  private @Nullable Cause reading;
  private @Nullable String waiting;
  private boolean writes;

  void reached(OpView op, RowOps ops) {
    Node node = op.node();
    if (!ops.justComputes(node.op()) && waiting == null) {
      waiting = "%s (node %s) may wait".formatted(node.op(), op.place());
    }
    if (ops.rule(node.op()) != null) {
      boolean handle = takesHandle(node) || node.op().startsWith("Variable");
      reading = handle && reading == null ? op.mixes("reads what runs may write").cause() : reading;
    } else if (hasEffect(node)) {
      state = state == null ? op.mixes("keeps a state, has an effect or is random").cause() : state;
      writes |= takesHandle(node) || !node.functions().isEmpty();
    }
  }

  /** Whether a node is more than a function of its inputs, or may be. */
  static boolean hasEffect(Node node) {
    return node.isStateful() || takesHandle(node) || !node.functions().isEmpty();
  }

  private static boolean takesHandle(Node node) {
    for (OpDef.ArgDef input : node.definition().getInputArgList()) {
      if (input.getIsRef() || input.getType() == DataType.DT_RESOURCE) {
        return true;
      }
    }
    return false;
  }

  void decides(OpView op, Flow decision) {
    boolean bySizes = decision instanceof Shaped shaped && !shaped.isRows();
    if (!bySizes && !(decision instanceof Nothing) && waiting == null) {
      waiting = "what %s (node %s) does depends on values".formatted(op.node().op(), op.place());
    }
  }

  void judged(Signature signature, List<Flow> outputs) {
    if (signature.inputs().isEmpty() || signature.outputs().isEmpty()) {
      coupling = new Cause("it has no inputs or no outputs");
    }
    for (TensorSpec input : signature.inputs()) {
      refuse(RowWalk.input(input));
    }
    for (int i = 0; i < outputs.size(); i++) {
      refuse(asRows(signature.outputs().get(i), outputs.get(i)));
    }
  }

  private void refuse(Flow flow) {
    if (flow instanceof Coupled coupled && coupling == null) {
      coupling = coupled.cause();
    }
  }

  private static Flow asRows(TensorSpec output, Flow flow) {
    boolean inOrder =
        flow instanceof Shaped shaped
            && shaped.axis() == 0
            && shaped.dimensions() != null
            && shaped.dimensions().get(0).equals(Size.ROWS);
    return inOrder || flow instanceof Coupled
        ? flow
        : new Coupled(
            new Cause(
                "output %s has not one row for each row of the inputs".formatted(output.name())));
  }

  /** What keeps a state, has an effect or is random; null for nothing. */
  @Nullable Cause state() {
    return state;
  }

  /** What mixes rows; null for nothing. */
  @Nullable Cause coupling() {
    return coupling;
  }

  /** The first op that reads from a variable or a table; null if none does. */
  @Nullable Cause reading() {
    return reading;
  }

  /** What may wait, as a sentence; null for nothing. */
  @Nullable String waiting() {
    return waiting;
  }

  /** Whether it may write to a variable or to a table. */
  boolean writes() {
    return writes;
  }
}
