package dev.sluice.tensorflow;

import dev.sluice.tensorflow.Flow.Counter;
import dev.sluice.tensorflow.Flow.Coupled;
import dev.sluice.tensorflow.Flow.Filling;
import dev.sluice.tensorflow.Flow.Handle;
import dev.sluice.tensorflow.Flow.Item;
import dev.sluice.tensorflow.Flow.Listed;
import dev.sluice.tensorflow.Flow.Nothing;
import dev.sluice.tensorflow.Flow.RowList;
import dev.sluice.tensorflow.Flow.Shaped;
import java.util.List;
import java.util.Set;

/**
 * Ops inside of a {@link RowLoop}, whose inputs are one row's: whatever is computed from one item
 * and from what is the same for all rows is that row's again. Which op it is does not matter, nor
 * what shapes there are, if only it is a function of its inputs.
 *
 * <p>The counter is good for taking an item, putting one in its place, counting on, and asking
 * whether rows are left. For anything else a row would depend on its place in the run.
 */
final class ItemRules {

  /** Ops that TensorFlow says have state, or that read some, and that are functions for us. */
  private static final Set<String> FUNCTIONS =
      Set.of("Assert", "LookupTableFind", "LookupTableFindV2", "ResourceGather");

  private ItemRules() {}

  /** Whether a flow can only be inside of a loop over the rows. */
  static boolean isOfLoop(Flow flow) {
    return flow instanceof Item || flow instanceof Counter || flow instanceof Filling;
  }

  /** Whether a flow depends on one row at most: on that of the round, or on none. */
  static boolean isOfOneRow(Flow flow) {
    return switch (flow) {
      case Item _, Handle _ -> true;
      case Shaped shaped -> !shaped.isRows() && !shaped.counted();
      case Listed list -> list.element() instanceof Nothing || isOfOneRow(list.element());
      default -> false;
    };
  }

  /**
   * What the outputs of a node are.
   *
   * @param op with an input that is {@linkplain #isOfLoop of a loop}, and none that is coupled
   * @throws OpView.Mixes if it is not proven that rows stay apart
   */
  static List<Flow> outputs(OpView op) {
    return switch (op.node().op()) {
      case "Identity" -> op.inputs();
      case "TensorListGetItem" -> taken(op);
      case "TensorListSetItem" -> put(op);
      case "Add", "AddV2" -> next(op);
      case "Less" -> goesOn(op);
      case "LogicalAnd" -> both(op);
      default -> computed(op);
    };
  }

  private static boolean isHere(Flow flow) {
    return flow instanceof Counter counter && counter.kind() == Counter.Kind.HERE;
  }

  private static List<Flow> taken(OpView op) {
    boolean own =
        op.inputs().get(1) instanceof Counter at
            && isHere(at)
            && op.inputs().get(0).equals(new RowList(at.length(), true));
    return own ? op.all(new Item()) : computed(op);
  }

  /** A list may get its item again, in the place of the first. */
  private static List<Flow> put(OpView op) {
    return op.inputs().get(0) instanceof Filling list
            && op.inputs().get(1).equals(new Counter(list.length(), Counter.Kind.HERE))
            && isOfOneRow(op.inputs().get(2))
        ? op.all(new Filling(list.variable(), list.length(), true))
        : computed(op);
  }

  private static List<Flow> next(OpView op) {
    boolean byOne = op.inputs().get(1) instanceof Shaped step && isScalar(step, Size.ONE);
    return byOne && op.inputs().get(0) instanceof Counter at && isHere(at)
        ? op.all(new Counter(at.length(), Counter.Kind.NEXT))
        : computed(op);
  }

  /** Only as many rounds as there are items count: fewer would leave rows out. */
  private static List<Flow> goesOn(OpView op) {
    return op.inputs().get(0) instanceof Counter at
            && isHere(at)
            && op.inputs().get(1) instanceof Shaped bound
            && isScalar(bound, at.length())
        ? op.all(new Counter(at.length(), Counter.Kind.GOES_ON))
        : computed(op);
  }

  private static List<Flow> both(OpView op) {
    boolean alike =
        op.inputs().get(0) instanceof Counter left
            && left.kind() == Counter.Kind.GOES_ON
            && left.equals(op.inputs().get(1));
    return alike ? op.all(op.inputs().get(0)) : computed(op);
  }

  /** Whether a tensor is one number, and this one. */
  static boolean isScalar(Shaped shaped, Size number) {
    return List.of().equals(shaped.dimensions()) && List.of(number).equals(shaped.content());
  }

  private static List<Flow> computed(OpView op) {
    for (Flow input : op.inputs()) {
      if (!isOfOneRow(input)) {
        throw op.mixes(objection(input));
      }
    }
    if (Findings.hasEffect(op.node()) && !FUNCTIONS.contains(op.node().op())) {
      throw op.mixes("is not known to be a function of a row");
    }
    return op.all(new Item());
  }

  private static String objection(Flow flow) {
    return switch (flow) {
      case Counter _ -> "depends on which row of the run it is";
      case Filling _, RowList _ -> "takes what may be another row's";
      case Listed _ -> "sets a row against all rows";
      case Shaped shaped when shaped.isRows() -> "sets a row against all rows";
      default -> "computes with the number of rows";
    };
  }

  /**
   * What a branch or a loop gives that one row's item decides: that row's, if it is no other's.
   *
   * @param flow what comes of it whatever is decided
   */
  static Flow decided(OpView op, Flow flow) {
    if (flow instanceof Coupled || flow instanceof Nothing) {
      return flow;
    }
    return isOfOneRow(flow)
        ? new Item()
        : new Coupled(op.mixes("lets a row decide what becomes of others").cause());
  }
}
